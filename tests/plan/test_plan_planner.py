"""Rows become jobs, rejected rows or skipped rows: each once, in order, with every reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_examples import CONNECTIONS, decisions, planned, planner_for, problem_codes, rows_of

from hotline_batch.errors import SettingsError, SheetError, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import RECORDS, words_of
from hotline_batch.keys import request_key
from hotline_batch.model.jobs import GetTopicInfo, Job, Kind, RejectedRow, SendMessage, SkippedRow
from hotline_batch.model.sheets import Remark, Row

SEND = ("Kunden-ID", "Nachricht")
LINK = "https://t.me/c/2101424779/5343"


def test_a_row_becomes_a_job() -> None:
    """With the key of its request and the default connection."""
    (decision,) = decisions(SEND, ["987654321", "Hello"])

    request = SendMessage(987654321, "Hello")
    key = request_key(CONNECTIONS["support_bot"].identity, request)
    assert Job(2, request, "support_bot", key) == decision


def test_a_repaired_id_is_told_on_the_job() -> None:
    """The summary lists what was read differently from how it was written."""
    (decision,) = decisions(SEND, ["987654321.0", "Hello"])

    assert isinstance(decision, Job)
    assert ("987654321.0 read as 987654321",) == decision.repairs


def test_a_row_lists_all_of_its_problems() -> None:
    """With the person's own column names and cells; one pass mends the row."""
    (decision,) = decisions((*SEND, "connection"), ["12a4", " ", "nowhere"])

    assert isinstance(decision, RejectedRow)
    found = {problem.code: (problem.column, problem.shown) for problem in decision.issues}
    assert {
        "connection_unknown": ("connection", "nowhere"),
        "user_id_not_a_number": ("Kunden-ID", "12a4"),
        "message_blank": ("Nachricht", " "),
    } == found


def test_the_second_of_two_equal_messages_is_skipped() -> None:
    """It names the earlier row. Another text, user or connection is another message."""
    header = (*SEND, "connection")
    results = decisions(
        header,
        ["1001", "Hello", ""],
        ["1001.0", "Hello", "support_bot"],
        ["1001", "Hello!", ""],
        ["1002", "Hello", ""],
        ["1001", "Hello", "Sales"],
        ["1001", "Hello", ""],
    )

    assert ["Job", "SkippedRow", "Job", "Job", "Job", "SkippedRow"] == [type(result).__name__ for result in results]
    second = results[1]
    assert isinstance(second, SkippedRow)
    assert ("duplicate_in_sheet", True) == (second.issue.code, "Row 2" in words_of(second.issue))


def test_only_usable_rows_have_duplicates() -> None:
    """A row that is rejected or left out is never the earlier one."""
    results = decisions((*SEND, "connection"), ["1001", "a", "?"], ["1001", "a", ""], ["1001", "b", ""], rows="2-3")

    assert [RejectedRow, Job, SkippedRow] == [type(result) for result in results]


def test_equal_lookups_are_all_answered() -> None:
    """Every row of an enrichment gets its fields."""
    results = decisions(("Link",), [LINK], [LINK], kind=Kind.ENRICH)

    assert [GetTopicInfo(2101424779, 5343)] * 2 == [result.request for result in results if isinstance(result, Job)]


def test_a_template_is_filled_in_with_the_row() -> None:
    """The message column is not needed; the limit counts after filling in."""
    results = decisions(("user_id", "Vor Name"), ["1001", "Ann"], ["1002", "x" * 5000], template="Hi {{ Vor Name }}")

    first, second = results
    assert isinstance(first, Job)
    assert SendMessage(1001, "Hi Ann") == first.request
    assert ["message_too_long"] == problem_codes(second)


def test_a_row_that_the_template_cannot_take_is_rejected() -> None:
    """The other rows go on."""
    results = decisions(("user_id", "Betrag"), ["1001", "x"], ["1002", "5"], template="{{ Betrag|int + 1 }}")

    assert ["template_failed"] == problem_codes(results[0])
    assert isinstance(results[1], Job)


def test_a_row_may_choose_its_connection() -> None:
    """By name, whatever its case; a blank cell means the default."""
    results = decisions(
        (*SEND, "Verbindung"), ["1", "a", "sales"], ["2", "a", " Sales "], ["3", "a", " "], ["4", "a", ""]
    )

    assert ["Sales", "Sales", "support_bot", "support_bot"] == [r.connection for r in results if isinstance(r, Job)]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("date", "cell_is_a_date"),
        ("boolean", "cell_is_true_or_false"),
        ("error_value", "cell_is_an_error"),
        ("formula_without_value", "formula_without_value"),
        ("digits_lost", "digits_lost"),
        ("merged", "cell_is_merged"),
    ],
)
@pytest.mark.parametrize("column", [0, 1])
def test_what_the_file_says_of_a_used_cell_counts_more_than_its_text(code: str, problem: str, column: int) -> None:
    """The cell's text alone would pass; the same remark on an unused column is nobody's business."""
    used = rows_of(["45939", "45939", "x"], remarks=(Remark(column, code),))
    unused = rows_of(["45939", "45939", "x"], remarks=(Remark(2, code),))

    (rejected,), (accepted,) = planned((*SEND, "Note"), used), planned((*SEND, "Note"), unused)

    assert [problem] == problem_codes(rejected.decision)
    assert isinstance(accepted.decision, Job)
    assert problem in RECORDS


def test_numbers_in_texts_are_told() -> None:
    """Once for each column; in a template a whole number is what it looks like, and ids are nobody's texts."""
    rows = [
        Row(2, ("700001001", "5", "59.97", "7"), tuple(Remark(column, "number") for column in range(4))),
        Row(3, ("700001002", "0.19", "1", "1"), (Remark(0, "number_format"), Remark(1, "number_format"))),
    ]
    header = ("user_id", "Anteil", "Preis", "Anzahl")
    as_message = planner_for((*SEND, "Preis", "Anzahl"))
    in_template = planner_for(header, template="{{ Anteil }} {{ Preis }} {{ Anzahl }}")

    sent, rejected = (row.decision for row in as_message.plan(rows))
    filled_in = [row.decision for row in in_template.plan(rows)]

    assert isinstance(sent, Job)
    assert ["cell_is_a_formatted_number"] == problem_codes(rejected)
    assert all(isinstance(decision, Job) for decision in filled_in)
    assert [
        "Column 'Nachricht' holds number cells, the first in row 2; they are written plainly, such as 59.97."
    ] == as_message.warnings
    assert ["Column 'Preis' holds number cells", "Row 3: column 'Anteil', which the template uses"] == [
        warning[: max(warning.find(" cells") + 6, warning.find(" uses") + 5)] for warning in in_template.warnings
    ]


def test_dates_in_a_templates_column_are_written_and_told() -> None:
    """An appointment is a value like any other there; a lost digit is not."""
    header, template = ("user_id", "Termin"), "On {{ Termin }}"
    planner = planner_for(header, template=template)
    (row,) = planner.plan(rows_of(["1001", "2025-10-09"], remarks=(Remark(1, "date"),)))
    (lost,) = planner_for(header, template=template).plan(rows_of(["1001", "1"], remarks=(Remark(1, "digits_lost"),)))

    assert isinstance(row.decision, Job)
    assert "Row 2: column 'Termin'" in planner.warnings[0]
    assert ["digits_lost"] == problem_codes(lost.decision)


def test_a_formulas_stored_result_is_used_and_told() -> None:
    """The person hears which column it was."""
    planner = planner_for(SEND)

    (row,) = planner.plan(rows_of(["1001", "Hello"], remarks=(Remark(0, "formula"),)))

    assert isinstance(row.decision, Job)
    assert "'Kunden-ID' holds formulas" in planner.warnings[0]


def test_a_row_with_too_many_cells_is_never_sent() -> None:
    """Which cell is the message is unclear."""
    (row,) = planned(SEND, rows_of(["1001", "Hello"], remarks=(Remark(-1, "too_many_cells", "3"),)))

    assert ["too_many_cells"] == problem_codes(row.decision)


@pytest.mark.parametrize(
    ("found", "is_usable"),
    [("3", True), ("2 cells, the header has 4", True), ("1 cell, the header has 4", False), ("", False)],
)
def test_a_short_row_is_usable_if_nothing_needed_is_missing(found: str, is_usable: bool) -> None:
    """``detail`` begins with the number of cells that there were."""
    (row,) = planned(
        (*SEND, "x", "y"), rows_of(["1001", "Hello", "", ""], remarks=(Remark(-1, "too_few_cells", found),))
    )

    assert is_usable is isinstance(row.decision, Job)
    if not is_usable:
        assert ["too_few_cells"] == problem_codes(row.decision)[:1]


def test_a_short_row_that_lacks_a_templates_column_is_rejected() -> None:
    """A blank in place of a missing cell would be a wrong message."""
    rows = rows_of(["1001", ""], remarks=(Remark(-1, "too_few_cells", "1"),))

    (row,) = planned(("user_id", "Name"), rows, template="Hi {{ Name }}")

    assert ["too_few_cells"] == problem_codes(row.decision)


def test_the_hyperlink_behind_a_cell_is_used_where_its_text_is_no_link() -> None:
    """Excel shows "Topic 5343" and holds the address beside it."""
    rows = [
        Row(2, ("Topic 5343",), (Remark(0, "link_target", LINK),)),
        Row(3, ("https://t.me/c/2101424779/77",), (Remark(0, "link_target", LINK),)),
        Row(4, ("Topic",), (Remark(0, "link_target", "https://t.me/c/2101424779"),)),
    ]

    first, second, third = (row.decision for row in planned(("Link",), rows, kind=Kind.ENRICH))

    assert isinstance(first, Job)
    assert GetTopicInfo(2101424779, 5343) == first.request
    assert LINK in first.repairs[0]
    assert isinstance(second, Job)
    assert GetTopicInfo(2101424779, 77) == second.request
    assert ["topic_link_without_topic"] == problem_codes(third)


def test_group_and_topic_ids_do_for_a_lookup() -> None:
    """Each repair and each problem is told under its own column."""
    header = ("chat_id", "thread_id")
    good, bad = decisions(header, ["-1002101424779", "5602541568"], ["-5", ""], kind=Kind.ENRICH)

    assert isinstance(good, Job)
    assert GetTopicInfo(2101424779, 5343) == good.request
    assert 2 == len(good.repairs)
    assert ["group_id_basic_group", "topic_id_missing"] == problem_codes(bad)


def test_the_two_ids_stand_in_for_a_blank_link() -> None:
    """Exports of Hotline's webhooks hold both."""
    header = ("topic_link", "group_id", "topic_id")
    results = decisions(header, ["", "2101424779", "5343"], [LINK, "", ""], ["", "2101424779", ""], kind=Kind.ENRICH)

    requests = [result.request for result in results if isinstance(result, Job)]
    assert [GetTopicInfo(2101424779, 5343)] * 2 == requests
    assert ["topic_link_missing"] == problem_codes(results[2])


def test_users_may_be_found_through_their_topics() -> None:
    """Only for rows that can be used otherwise; who is not found is a problem of that row."""
    asked: list[tuple[GetTopicInfo, str]] = []

    def find_user(topic: GetTopicInfo, connection: str) -> int | Issue:
        asked.append((topic, connection))
        return 987654321 if topic.topic_id == 5343 else Issue("topic_without_user")

    results = decisions(
        ("Themenlink", "message"), [LINK, "Hi"], [LINK, ""], ["x", "Hi"], [LINK + "1", "Hi"], find_user=find_user
    )

    first = results[0]
    assert isinstance(first, Job)
    assert SendMessage(987654321, "Hi") == first.request
    assert [["message_blank"], ["topic_link_not_a_link"], ["topic_without_user"]] == list(
        map(problem_codes, results[1:])
    )
    assert [(GetTopicInfo(2101424779, 5343), "support_bot"), (GetTopicInfo(2101424779, 53431), "support_bot")] == asked


def test_what_looks_odd_is_told_with_its_rows() -> None:
    """Warnings are counted while rows flow; none of them stops a row."""
    planner = planner_for(SEND, column_map={})
    rows = rows_of(
        *[[str(700001000 + number), "/hold"] for number in range(9)],
        ["700000007", "😀" * 2049],
        ["700000008", "Hi {{ name }}"],
    )

    results = [row.decision for row in planner.plan(rows)]

    assert all(isinstance(result, Job) for result in results)
    slash, units, braces = planner.warnings
    assert str(slash).startswith("9 rows (2, 3, 4, 5, 6, …): the message begins with '/'")
    assert str(units).startswith("Row 11: ")
    assert str(braces).startswith("Row 12: the message holds {{ }}")


def test_blank_cells_of_a_plain_template_are_told() -> None:
    """ "Dear ," is sent, but not unnoticed."""
    planner = planner_for(("user_id", "Name"), template="Dear {{ Name }},")

    list(planner.plan(rows_of(["700001001", "Ann"], ["700001002", " "])))

    assert ["Row 3: column 'Name', which the template uses, is blank."] == planner.warnings


def test_a_column_named_like_phone_numbers_is_doubted() -> None:
    """Phone numbers fit the range of user ids."""
    assert "phone numbers" in planner_for(("Telefon", "message"), column_map={"user_id": "Telefon"}).warnings[0]


def test_what_is_wrong_with_the_whole_sheet_is_raised_before_any_row() -> None:
    """Columns, template, connection."""
    with pytest.raises(SheetError):
        planner_for(("Name", "message"))
    with pytest.raises(TemplateError):
        planner_for(("user_id",), template="{{ Name }}")
    with pytest.raises(SettingsError, match="nobody"):
        planner_for(SEND, default_connection="nobody")


def test_rows_flow_one_by_one() -> None:
    """Each decision is there before the next row is read."""
    read: list[int] = []

    def rows() -> Iterator[Row]:
        for row in rows_of(["1", "a"], ["2", "b"], ["3", "c"]):
            read.append(row.number)
            yield row

    flow = planner_for(SEND).plan(rows())

    assert 2 == next(flow).row.number
    assert [2] == read


CELL = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(["1001", "1002.0", "Hello", LINK, "", "Sales"])
WORDS = (
    "link_target error_value formula_without_value formula date boolean digits_lost merged too_many_cells "
    "too_few_cells hidden_row something_new"
)
CODES = st.sampled_from(WORDS.split())
REMARKS = st.lists(st.builds(Remark, st.integers(-1, 5), CODES, st.sampled_from(["", "1", "3", "²", LINK])), max_size=2)
ROWS = st.lists(st.tuples(st.lists(CELL, max_size=5), REMARKS), max_size=8)


@given(
    ROWS,
    st.sampled_from([{}, {"rows": "3-5"}, {"limit": 1}, {"hidden_rows": "skip"}]),
    st.sampled_from(["", "{{ a }}!", "{{ a|int }}"]),
)
@pytest.mark.parametrize(
    ("kind", "header"),
    [
        (Kind.SEND, ("user_id", "message", "a", "connection")),
        (Kind.ENRICH, ("topic_link", "group_id", "topic_id", "a")),
    ],
)
def test_every_row_comes_back_once_in_order_and_nothing_raises(
    kind: Kind,
    header: tuple[str, ...],
    rows: list[tuple[list[str], list[Remark]]],
    choices: dict[str, object],
    template: str,
) -> None:
    """Whatever cells and remarks hold, each row has one decision, under its own number, with known codes."""
    given_rows = [Row(number, tuple(cells), tuple(remarks)) for number, (cells, remarks) in enumerate(rows, start=2)]

    result = planned(header, given_rows, kind=kind, template=template or None, **choices)

    assert given_rows == [planned_row.row for planned_row in result]
    assert [row.number for row in given_rows] == [planned_row.decision.row_number for planned_row in result]
    for planned_row in result:
        match planned_row.decision:
            case RejectedRow(issues=issues):
                assert issues
                assert all(issue.code in RECORDS for issue in issues)
                "".join(issue.shown + words_of(issue) + issue.column for issue in issues).encode()
            case SkippedRow(issue=Issue(code=code)):
                assert code in RECORDS
            case Job(request=SendMessage(user_id, message), key=key):
                assert user_id in {1001, 1002} or str(user_id) in "".join(planned_row.row.cells)
                assert message.encode()
                assert 16 == len(key)
            case Job(request=GetTopicInfo()):
                assert kind is Kind.ENRICH
