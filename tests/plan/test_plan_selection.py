"""The person's choice of rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_examples import decisions, planned, planner_for, rows_of

from hotline_batch.errors import SettingsError, SheetError
from hotline_batch.model.jobs import Job, SkippedRow
from hotline_batch.model.sheets import Remark
from hotline_batch.plan.selection import RowRanges

HEADER = ("user_id", "message", "Team")
CELLS = [["1001", "a", "x"], ["1002", "b", "y"], ["bad", "c", "x"], ["1004", "d", "x"], ["1005", "e", "x"]]


def outcomes(**choices: object) -> list[str]:
    return [
        decision.issue.code if isinstance(decision, SkippedRow) else type(decision).__name__
        for decision in decisions(HEADER, *CELLS, **choices)
    ]


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), min_size=1), st.integers(0, 80))
def test_row_ranges_hold_exactly_the_rows_that_are_written(parts: list[tuple[int, int]], row: int) -> None:
    """Overlapping and unordered ranges included."""
    text = ",".join(f"{first}-{first + more}" if more else str(first) for first, more in parts)

    assert any(first <= row <= first + more for first, more in parts) is (row in RowRanges(text))


def test_row_ranges_may_be_written_loosely() -> None:
    """Blanks, an en dash, and a range without an end."""
    ranges = RowRanges(" 2 – 3, 7 ,10-")

    assert [2, 3, 7, 10, 11] == [row for row in range(1, 12) if row in ranges]
    assert 10**8 in ranges


@pytest.mark.parametrize("text", ["", "a", "2-50,", "50-2", "0", "-5", "2..5", "2-5-7", "²"])
def test_row_ranges_that_cannot_be_read_are_refused(text: str) -> None:
    """The message holds what was typed."""
    with pytest.raises(SettingsError, match=r"^rows .*: "):
        RowRanges(text)


def test_rows_that_are_not_chosen_come_back_as_skipped() -> None:
    """Sheet row numbers: the first row below the header is row 2."""
    assert ["not_selected", "Job", "RejectedRow", "not_selected", "Job"] == outcomes(rows="3-4,6")


def test_limit_counts_usable_rows() -> None:
    """A row that cannot be used does not use up the limit."""
    assert ["Job", "Job", "RejectedRow", "Job", "not_selected"] == outcomes(limit=3)
    assert ["not_selected", "Job", "not_selected", "not_selected", "not_selected"] == outcomes(limit=1, rows="3-")
    with pytest.raises(SettingsError, match="limit 0: at least one row"):
        outcomes(limit=0)


def test_where_compares_a_column() -> None:
    """Column names are found as everywhere; several conditions must all hold."""
    assert ["Job", "not_selected", "RejectedRow", "Job", "Job"] == outcomes(where=["team=x"])
    assert ["not_selected"] * 3 + ["Job", "not_selected"] == outcomes(where=["Team = x", "message=d"])
    with pytest.raises(SheetError, match=r"where 'Tem=x': the sheet has no column 'Tem'\. Did you mean 'Team'"):
        outcomes(where=["Tem=x"])
    with pytest.raises(SettingsError, match="COLUMN=VALUE"):
        outcomes(where=["Team"])


def test_hidden_rows_are_left_out_on_request() -> None:
    """The sheet marks them; without the request they are rows like any other."""
    rows = rows_of(["1001", "a", ""], remarks=(Remark(-1, "hidden_row"),))

    (skipped,) = planned(HEADER, rows, hidden_rows="skip")
    (sent,) = planned(HEADER, rows)

    assert isinstance(skipped.decision, SkippedRow)
    assert "hidden_row" == skipped.decision.issue.code
    assert isinstance(sent.decision, Job)


def test_rows_beyond_the_sheet_are_told() -> None:
    """Probably a slip: the person expected more rows."""
    planner = planner_for(HEADER, rows="2-50")

    list(planner.plan(rows_of(*CELLS)))

    assert "rows 2-50 goes beyond the sheet, whose last row is 6." == planner.warnings[-1]
