"""What a result sheet that is used as a sheet again says of a row: it goes, it is left out, or it is still unusable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hotline_batch.issues.cells import CELLS, MESSAGES
from hotline_batch.issues.ids import TOPICS, USER_IDS
from hotline_batch.issues.in_doubt import DELIVERED, IN_DOUBT, SETTLED
from hotline_batch.issues.left_out import LEFT_OUT
from hotline_batch.issues.not_delivered import NOT_DELIVERED
from hotline_batch.issues.words import RECORDS, words_of
from hotline_batch.model.jobs import Decision, Job, RejectedRow, SkippedRow
from tests.plan.plan_examples import decisions, planner_for, rows_of

HEADER = ("user_id", "message", "hotline_status", "hotline_error_code", "hotline_run", "hotline_message")
RUN = "20261122-180412-k3f9"
GOES, UNUSABLE = "goes", "unusable"

OF_SKIPPED_ROWS = {
    "duplicate_in_sheet": "duplicate_in_sheet",
    "already_sent": "already_sent",
    "possibly_sent": "possibly_sent",
    "nothing_to_correct": "nothing_to_correct",
    "already_corrected": "already_corrected",
    "reused_answer": GOES,
    "not_selected": GOES,
    "hidden_row": "hidden_row",
}
"""Whoever adds a code of rows that are left out decides here whether such a row may go when its result is sent."""

NOT_SHOWN_BY_A_RESULT = {
    *("too_many_cells", "too_few_cells", "cell_is_an_error", "cell_is_a_date", "cell_is_true_or_false"),
    *("cell_is_a_formatted_number", "digits_lost", "cell_is_merged", "formula_without_value", "message_bad_characters"),
}


def every_code_with_its_status() -> Iterator[tuple[str, str, str]]:
    """Code, the status of a row that has it, and what becomes of that row."""
    for record in LEFT_OUT:
        yield record.code, "skipped", OF_SKIPPED_ROWS[record.code]
    for record in (*USER_IDS, *TOPICS, *CELLS, *MESSAGES):
        yield record.code, "invalid", UNUSABLE if record.code in NOT_SHOWN_BY_A_RESULT else GOES
    for record in NOT_DELIVERED:
        yield record.code, "failed", GOES
        yield record.code, "not_attempted", GOES
    for record in IN_DOUBT:
        yield record.code, "unknown", "possibly_sent"
    for record in DELIVERED:
        yield record.code, "sent", "already_sent"
    for record in SETTLED:
        was_delivered = record.delivered == "yes"
        yield record.code, "sent" if was_delivered else "failed", "already_sent" if was_delivered else GOES


EVERY_CODE = list(every_code_with_its_status())


def told(decision: Decision) -> str:
    match decision:
        case Job():
            return GOES
        case SkippedRow(_, issue):
            return issue.code
        case RejectedRow():
            return UNUSABLE


@pytest.mark.parametrize(("code", "status", "expected"), EVERY_CODE)
def test_what_becomes_of_a_row_of_each_code(code: str, status: str, expected: str) -> None:
    """The row looks well now; only what the run said of it stands against it."""
    (decision,) = decisions(HEADER, ["1001", "Hello", status, code, RUN, ""])

    assert expected == told(decision)
    if isinstance(decision, SkippedRow) and code != "hidden_row":
        assert RUN in words_of(decision.issue)


def test_no_code_is_forgotten() -> None:
    assert set(RECORDS) == {code for code, _, _ in EVERY_CODE}
    assert {record.code for record in LEFT_OUT} == set(OF_SKIPPED_ROWS)


def test_a_reason_for_which_a_newer_version_left_a_row_out_counts_as_may_have_been_sent() -> None:
    (decision,) = decisions(HEADER, ["1001", "Hello", "skipped", "sent_by_pigeon", RUN, ""])

    assert "possibly_sent" == told(decision)


@pytest.mark.parametrize("code", ["duplicate_in_sheet", "already_corrected", "nothing_to_correct"])
def test_a_row_that_was_left_to_another_says_so_and_how_it_goes_all_the_same(code: str) -> None:
    """In its own sentence, at planning and beside the row; a person who empties the code has decided."""
    planner = planner_for(HEADER)
    rows = rows_of(["1001", "Hello", "skipped", code, RUN, ""], ["1002", "Hello", "skipped", "", RUN, ""])

    first, second = (row.decision for row in planner.plan(rows))

    assert isinstance(first, SkippedRow)
    assert words_of(first.issue).startswith(f"Run {RUN} left this row out, since ")
    assert words_of(first.issue).endswith("empty its hotline_error_code cell.")
    assert isinstance(second, Job)
    assert [True] == [text.startswith("Row 2: ") for text in map(str, planner.warnings) if "left out before" in text]


def test_a_row_left_to_another_does_not_stand_in_the_way_of_that_one() -> None:
    """A sorted sheet has the copy first; the row that it was a copy of had failed, and is to go now."""
    copy, failed = decisions(
        HEADER,
        ["1001", "Hello", "skipped", "duplicate_in_sheet", RUN, ""],
        ["1001", "Hello", "failed", "api_refused", RUN, "Hello"],
    )

    assert ["duplicate_in_sheet", GOES] == [told(copy), told(failed)]


def test_a_row_that_is_a_copy_in_this_sheet_too_is_told_as_that() -> None:
    first, copy = decisions(
        HEADER,
        ["1001", "Hello", "failed", "api_refused", RUN, "Hello"],
        ["1001", "Hello", "skipped", "duplicate_in_sheet", RUN, ""],
    )

    assert isinstance(first, Job)
    assert isinstance(copy, SkippedRow)
    assert "Row 2 has the same message for user 1001." == words_of(copy.issue)
