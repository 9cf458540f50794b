"""Rows are chosen by what a column of the workbook holds: what is compared is told, nobody is sent to by a guess."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook

from tests.journeys_sheets.conftest import Desk

ANNA, BOB = 987600001, 987600002
NOTE = "Column 'Team', by which rows are chosen, holds values that the sheet may show otherwise, the first in row 2"


def chosen_by(desk: Desk, first: object, second: object, number_format: str = "General") -> Any:
    """The worksheet of a sheet with two people and what the column Team holds of each."""
    book = Workbook()
    sheet: Any = book.active
    rows: Sequence[Sequence[object]] = (["user_id", "message", "Team"], [ANNA, "Hi", first], [BOB, "Hi", second])
    for row in rows:
        sheet.append(row)
    sheet["C2"].number_format = sheet["C3"].number_format = number_format
    book.save(desk.folder / "s.xlsx")
    return sheet


@pytest.mark.parametrize(
    ("first", "second", "number_format"),
    [
        (datetime(2026, 12, 5), datetime(2026, 12, 6), "dd.mm.yyyy"),  # noqa: DTZ001 - a cell knows no zone
        (0.19, 0.2, "0%"),
        (7, 8, "000"),
        (True, False, "General"),
        (19.9, 20, "General"),
    ],
    ids=["dates", "percentages", "zeros", "truths", "decimals"],
)
def test_that_cells_are_not_compared_as_they_look_is_told(
    desk: Desk, first: object, second: object, number_format: str
) -> None:
    """Whoever types what the sheet shows leaves out others than they think."""
    chosen_by(desk, first, second, number_format)

    said = desk.run("check", "s.xlsx", "--for", "send", "--where", "Team!=05.12.2026")

    assert f"{NOTE}; they are compared plainly: dates as YYYY-MM-DD" in said.stdout


def test_texts_and_whole_numbers_are_compared_as_they_look(desk: Desk) -> None:
    """Nothing is to be told of them, nor of columns that choose nothing."""
    chosen_by(desk, "x", 8)

    said = desk.run("check", "s.xlsx", "--for", "send", "--where", "Team=8", "--where", "user_id!=5")

    assert "by which rows are chosen" not in said.stdout
    assert "1 row to send, 1 left out" in said.stdout


@pytest.mark.parametrize("condition", ["Team!=closed", "Team=closed", "Team~closed"])
@pytest.mark.parametrize("code", ["cell_is_merged", "formula_without_value"])
def test_who_cannot_be_told_from_the_others_gets_nothing(desk: Desk, code: str, condition: str) -> None:
    """A person sees the team in the merged cell, or what the formula gives; the file holds none of it."""
    sheet = chosen_by(desk, "closed", None if code == "cell_is_merged" else '="clo"&"sed"')
    if code == "cell_is_merged":
        sheet.merge_cells("C2:C3")
        sheet.parent.save(desk.folder / "s.xlsx")

    said = desk.send("s.xlsx", "--where", condition)

    assert 1 == said.exit_code, said.stderr
    assert BOB not in [user for user, _ in desk.applied]
    row = desk.rows()[1]
    assert ("invalid", code) == (row["hotline_status"], row["hotline_error_code"])
    assert row["hotline_error"].startswith("Team: ")


def test_rows_that_other_choices_leave_out_are_not_judged(desk: Desk) -> None:
    sheet = chosen_by(desk, "open", None)
    sheet.merge_cells("C2:C3")
    sheet.parent.save(desk.folder / "s.xlsx")

    said = desk.send("s.xlsx", "--where", "Team=open", "--rows", "2")

    assert 0 == said.exit_code, said.stderr
    assert [ANNA] == [user for user, _ in desk.applied]
    assert ["sent", "skipped"] == [row["hotline_status"] for row in desk.rows()]


@pytest.mark.parametrize("more", [("--where", "message=Hello"), ("--limit", "1")], ids=["condition", "limit"])
def test_what_else_leaves_a_row_out_for_certain_comes_first(desk: Desk, more: tuple[str, str]) -> None:
    """Whatever stood in the merged cell, the row would not be sent."""
    sheet = chosen_by(desk, "open", None)
    sheet.merge_cells("C2:C3")
    sheet.parent.save(desk.folder / "s.xlsx")

    said = desk.send("s.xlsx", "--where", "Team=open", *more)

    assert 0 == said.exit_code, said.stderr
    assert "skipped" == desk.rows()[1]["hotline_status"]


def test_a_heading_over_all_columns_is_left_out(desk: Desk) -> None:
    """What stands over the column begins in another one of the same row: that is no value of it."""
    sheet = chosen_by(desk, "open", "open")
    sheet.append(["Section North", None, None])
    sheet.merge_cells("A4:C4")
    sheet.parent.save(desk.folder / "s.xlsx")

    said = desk.send("s.xlsx", "--where", "Team=open")

    assert 0 == said.exit_code, said.stderr
    assert ["sent", "sent", "skipped"] == [row["hotline_status"] for row in desk.rows()]


def test_mended_rows_are_chosen_by_the_same_condition(desk: Desk) -> None:
    """Whoever fills in what the merged cell showed, and runs the command that is told, sends to nobody else."""
    sheet = chosen_by(desk, "closed", None)
    sheet.merge_cells("C2:C3")
    sheet.parent.save(desk.folder / "s.xlsx")
    said = desk.send("s.xlsx", "--where", "Team!=closed")
    sheet.unmerge_cells("C2:C3")
    sheet["C3"] = "closed"
    sheet.parent.save(desk.folder / "s.xlsx")
    told = next(line for line in said.stdout.splitlines() if "--rows" in line)

    desk.run(*shlex.split(told[told.index("hotline-batch") :])[1:], "--yes")

    assert "'--where=Team!=closed'" in told
    assert [] == desk.applied
