"""Which columns a result sheet has, and what stands in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from result_examples import ENRICH_RUN, SEND_RUN, cells_of, ended, enriched, invalid, sent

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import RECORDS
from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.results.cell_safety import csv_text
from hotline_batch.results.formatting import field_text, utc_text
from hotline_batch.results.rows.columns import DOCUMENTED_FIELDS, expected_columns, lay_out
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.run_options import options_named


def line_of(run: Run, record: RowRecord) -> dict[str, str]:
    layout = lay_out(run, [record])
    return dict(zip(layout.names, cells_of(run, record, layout), strict=True))


def test_columns_of_a_send_stand_in_the_order_of_the_contract():
    """The input's columns first, then our own, each of them starting with hotline_."""
    columns = lay_out(SEND_RUN, ()).names

    assert columns == (
        "Kunden-ID",
        "Status",
        "hotline_row",
        "hotline_status",
        "hotline_topic_link",
        "hotline_delivered",
        "hotline_error_code",
        "hotline_error",
        "hotline_advice",
        "hotline_attempts",
        "hotline_http_status",
        "hotline_finished_at",
        "hotline_connection",
        "hotline_run",
        "hotline_message",
        "hotline_chat_id",
        "hotline_thread_id",
        "hotline_service",
        "hotline_recipient",
    )


def test_sent_row_tells_link_and_ids():
    """A confirmed row holds the link, the ids with every digit, and the message; nothing in the error columns."""
    line = line_of(SEND_RUN, sent(17, "987654321", "bestätigt", message="Status: bestätigt"))

    assert line["Kunden-ID"] == "987654321"
    assert line["Status"] == "bestätigt"
    assert line["hotline_row"] == "17"
    assert line["hotline_status"] == "sent"
    assert line["hotline_delivered"] == "yes"
    assert line["hotline_topic_link"] == "https://t.me/c/2101424779/5343"
    assert line["hotline_chat_id"] == "-1002101424779"
    assert line["hotline_thread_id"] == "5602541568"
    assert line["hotline_message"] == "Status: bestätigt"
    assert line["hotline_finished_at"] == "2026-11-22T18:04:12Z"
    assert (line["hotline_error_code"], line["hotline_error"], line["hotline_advice"]) == ("", "", "")


@pytest.mark.parametrize(
    ("state", "status", "delivered", "message"),
    [
        (JobState.FAILED, "failed", "no", "Hello"),
        (JobState.UNKNOWN, "unknown", "unknown", "Hello"),
        (JobState.SKIPPED, "skipped", "no", ""),
        (JobState.PENDING, "not_attempted", "no", ""),
    ],
)
def test_every_other_end_tells_whether_it_was_delivered(state: JobState, status: str, delivered: str, message: str):
    """The message stands only where it was posted, may have been, or was refused."""
    line = line_of(SEND_RUN, ended(3, state))

    assert (line["hotline_status"], line["hotline_delivered"], line["hotline_message"]) == (status, delivered, message)


@pytest.mark.parametrize(
    ("code", "delivered"),
    [("already_sent", "yes"), ("possibly_sent", "unknown"), ("duplicate_in_sheet", "no"), ("not_selected", "no")],
)
def test_skipped_row_tells_what_became_of_its_message(code: str, delivered: str):
    """A message that an earlier run sent, or may have sent, is not said to be undelivered."""
    line = line_of(SEND_RUN, ended(3, JobState.SKIPPED, code))

    assert (line["hotline_status"], line["hotline_delivered"]) == ("skipped", delivered)


def test_send_in_flight_is_unknown_while_the_run_goes_on():
    """Results of a run in progress never call a message on its way failed."""
    line = line_of(SEND_RUN, ended(3, JobState.IN_FLIGHT))

    assert (line["hotline_status"], line["hotline_error_code"]) == ("unknown", "interrupted_in_flight")
    assert line["hotline_error"] == "The row was on its way when this was written."
    assert f"go on with it (resume {SEND_RUN.id})." in line["hotline_advice"]


def test_invalid_row_names_every_problem_with_its_column():
    """The code is the first problem's; the text has all of them."""
    record = invalid(
        5,
        Issue("user_id_missing", "Kunden-ID", "", {"text": "The row has no user id."}),
        Issue("message_blank", "", "", {"text": "The message is empty."}),
    )

    line = line_of(SEND_RUN, record)

    assert line["hotline_error_code"] == "user_id_missing"
    assert line["hotline_error"] == "Kunden-ID: The row has no user id.; The message is empty."
    assert line["hotline_advice"] == RECORDS["user_id_missing"].advice


def test_row_that_was_not_reached_says_how_to_go_on():
    """A row without a code of its own still says what to do."""
    line = line_of(SEND_RUN, ended(9, JobState.PENDING))

    assert "Go on with this run (resume 20261122-180412-k3f9)." == line["hotline_advice"]


def test_server_text_becomes_one_short_line():
    """An error page does not blow the table up."""
    page = "<html>\r\n\x1b[31m" + "Bad\tGateway\u2028" * 200

    error = line_of(SEND_RUN, ended(4, JobState.FAILED, "api_refused", page))["hotline_error"]

    assert len(error) == 500
    assert error.isprintable()


def test_columns_of_an_earlier_result_are_refreshed_in_place():
    """A result sheet used as input again keeps its column order; foreign hotline_ columns keep their cells."""
    run = replace(SEND_RUN, header=("hotline_status", "Kunden-ID", "hotline_mine"))
    record = ended(2, JobState.UNKNOWN, "reply_timeout")._replace(cells=("sent", "987654321", "keep"))

    layout = lay_out(run, ())
    cells = cells_of(run, record, layout)

    assert layout.names[:4] == ("hotline_status", "Kunden-ID", "hotline_mine", "hotline_row")
    assert layout.names.count("hotline_status") == 1
    assert cells[:4] == ["unknown", "987654321", "keep", "2"]
    assert len(cells) == len(layout.names)


def test_enrich_adds_documented_fields_first_and_new_ones_by_appearance():
    """Every field of the reply but result becomes a column; a field that the API adds one day appears by itself."""
    records = [
        enriched(2, {"result": "topic_info", "zebra": 1, "user_phone": "+12125550123"}),
        enriched(3, {"result": "topic_info", "apple": None, "topic_status": "closed"}),
    ]

    columns = lay_out(ENRICH_RUN, records).names

    assert columns[12:14] == ("hotline_changes", "hotline_service")
    assert columns[14:] == (*(f"hotline_{name}" for name in DOCUMENTED_FIELDS), "hotline_zebra", "hotline_apple")
    assert "hotline_delivered" not in columns
    assert "hotline_result" not in columns


def test_enrich_without_one_reply_has_the_documented_columns_all_the_same():
    """What reads the result sheet finds the same columns on a bad day."""
    columns = lay_out(ENRICH_RUN, [ended(2, JobState.FAILED, "api_refused", "no", cells=("x",))]).names

    assert {f"hotline_{name}" for name in DOCUMENTED_FIELDS} < set(columns)


def test_reply_field_never_overwrites_a_column_of_ours():
    """Fields named row, status or changes get a name of their own; so do fields whose names become equal."""
    record = enriched(2, {"status": "theirs", "row": 99, "changes": "theirs", "a\nb": 1, "a b": 2})

    line = line_of(ENRICH_RUN, record)

    assert (line["hotline_status"], line["hotline_row"]) == ("enriched", "2")
    assert (line["hotline_reply_status"], line["hotline_reply_row"]) == ("theirs", "99")
    assert line["hotline_reply_changes"] == "theirs"
    assert (line["hotline_a b"], line["hotline_a b_2"]) == ("1", "2")


def test_reply_fields_that_differ_in_what_no_sheet_can_hold_do_not_grow():
    """Their names become equal on paper, so they are told apart; used as input again, the columns are refreshed."""
    record = enriched(2, {"mood": "1", "mo\ufffeod": "2", "mood\ud83d": "3", "\ufffe": "4"}, "link")
    layout = lay_out(ENRICH_RUN, [record])
    written = [csv_text(column) for column in layout.names]

    again = lay_out(replace(ENRICH_RUN, header=tuple(written)), [record._replace(cells=tuple(written))])

    assert ["hotline_mood", "hotline_mood_2", "hotline_mood_3", "hotline_"] == list(layout.names)[-4:]
    assert len(set(written)) == len(written)
    assert list(again.names) == written


def test_lookup_that_failed_links_to_the_topic_that_was_asked_for():
    """The person can open the topic, and no field is filled from an error reply."""
    record = enriched(2, {"user_name": "stale"})._replace(
        state=JobState.FAILED, issues=(Issue.worded("api_refused", "not found"),)
    )

    line = line_of(ENRICH_RUN, record)

    assert line["hotline_topic_link"] == "https://t.me/c/2101424779/5343"
    assert line["hotline_user_name"] == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-1002101424779, "-1002101424779"),
        (132099468746812345, "132099468746812345"),
        (1.5, "1.5"),
        ("00123", "00123"),
        ({"ä": [1, None, True]}, '{"ä":[1,null,true]}'),
        ([], "[]"),
    ],
)
def test_reply_values_become_exact_text(value: object, text: str):
    """Nothing is rounded, guessed or localised."""
    assert field_text(value) == text


def test_time_is_utc_without_fractions():
    """ISO 8601 with a Z, cut to whole seconds; no time, no text."""
    assert utc_text(1_795_370_652.999) == "2026-11-22T18:04:12Z"
    assert utc_text(None) == ""


@given(cells=st.lists(st.text(), max_size=5), header=st.lists(st.text(max_size=20), max_size=4))
def test_every_line_is_as_wide_as_the_header(cells: list[str], header: list[str]):
    """Rows that are too short or too long never shift our columns; cells of the input stay as they are."""
    run = replace(SEND_RUN, header=tuple(header))
    record = sent(2)._replace(cells=tuple(cells))

    layout = lay_out(run, ())
    line = cells_of(run, record, layout)

    assert len(line) == len(layout.names)
    assert line[layout.names.index("hotline_run")] == run.id
    kept = [at for at, name in enumerate(header[: len(cells)]) if not name.strip().startswith("hotline_")]
    assert [line[at] for at in kept] == [cells[at] for at in kept]


@pytest.mark.parametrize("options", [{}, {"columns": "hotline_error,Kunden-ID"}, {"leave_out": "personal_data,Status"}])
@pytest.mark.parametrize("run", [SEND_RUN, replace(ENRICH_RUN, header=("topic_link", "hotline_row", "Kunden-ID"))])
def test_width_of_a_result_is_known_before_any_reply(run: Run, options: dict[str, str]) -> None:
    """A workbook that would be too wide is refused before anything is sent."""
    kept = KeptColumns.of(options_named(options).results)

    assert len(lay_out(run, (), kept).columns) == expected_columns(run.kind, run.header, kept)
