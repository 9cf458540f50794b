"""Which worksheet is meant: the one on which the workbook opens, if no other could be; else the person is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.journeys_sheets.conftest import Desk

ANNA, BOB = 987600001, 987600002
HEADER = ("user_id", "message")


def workbook(desk: Desk, sheets: Mapping[str, Sequence[Sequence[Any]]], active: int = 0) -> Path:
    """A workbook that opens on one of its worksheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.active = active
    path = desk.folder / "a.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("active", [0, 1])
def test_two_worksheets_with_the_columns_are_a_question(desk: Desk, active: int) -> None:
    """Nothing is sent; both are named with their columns, and what to type."""
    sheet = workbook(
        desk, {"May": [HEADER, (ANNA, "May")], "June": [(*HEADER, "City"), (BOB, "June", "Bonn")]}, active=active
    )

    said = desk.send(sheet)

    assert (2, 0) == (said.exit_code, desk.asked)
    assert "several worksheets with the columns that are needed" in said.stderr
    assert "'May' (user_id, message)" in said.stderr
    assert "'June' (user_id, message, City)" in said.stderr
    assert f"--worksheet '{'June' if active else 'May'}'" in said.stderr


@pytest.mark.parametrize("asked", ["June", "june", " JUNE ", "June "])
def test_a_worksheet_is_named_as_people_type(desk: Desk, asked: str) -> None:
    """Capitals and blanks at the ends do not matter, neither in the option nor in the workbook."""
    sheet = workbook(desk, {"May": [HEADER, (ANNA, "May")], "June ": [HEADER, (BOB, "June")]})

    said = desk.send(sheet, "--worksheet", asked)

    assert 0 == said.exit_code, said.stderr
    assert [(BOB, "June")] == desk.applied


def test_the_worksheet_that_alone_has_the_columns_is_read(desk: Desk) -> None:
    """Others may be full of other things; a header without rows below it is no table to choose either."""
    notes = [("Notes", "for us"), ("Call", "Anna")]
    sheet = workbook(desk, {"Notes": notes, "Data": [HEADER, (ANNA, "Hello")], "Template": [HEADER]}, active=1)

    said = desk.send(sheet)

    assert 0 == said.exit_code, said.stderr
    assert [(ANNA, "Hello")] == desk.applied


def test_the_worksheet_that_has_the_columns_is_named(desk: Desk) -> None:
    """As Apple Numbers exports: a summary first, and each table below its title."""
    summary = [(None, "This document was exported from Numbers."), (None, "Sheet 1", "Table 1")]
    table = [("Contacts",), HEADER, (ANNA, "Hello")]
    sheet = workbook(desk, {"Export Summary": summary, "Sheet 1": table})

    refused = desk.send(sheet)
    said = desk.send(sheet, "--worksheet", "Sheet 1", "--header-row", "2")

    assert (2, 0) == (refused.exit_code, said.exit_code)
    assert "Worksheet 'Sheet 1' (row 2) has such columns: use --worksheet 'Sheet 1' --header-row 2." in refused.stderr
    assert [(ANNA, "Hello")] == desk.applied


def test_an_empty_worksheet_in_front_is_passed_over(desk: Desk) -> None:
    """Where only one other is filled it is that one, and this is told."""
    sheet = workbook(desk, {"Sheet1": [], "Data": [HEADER, (ANNA, "Hello")], "Sheet3": []})

    said = desk.send(sheet)

    assert 0 == said.exit_code, said.stderr
    assert "Worksheet 'Data' of 3" in said.stderr
    assert [(ANNA, "Hello")] == desk.applied


def test_instructions_are_no_second_table(desk: Desk) -> None:
    """They name columns, too, one below the other, each with an example."""
    link = f"https://t.me/c/2101424779/{ANNA}"
    told = [("topic_link", "Right-click the topic, copy the link", link), ("connection", "Which one", "support")]
    sheet = workbook(desk, {"Topics": [("topic_link",), (link,)], "How to": told})

    said = desk.run("check", sheet, "--for", "enrich")

    assert 2 != said.exit_code, said.stderr
