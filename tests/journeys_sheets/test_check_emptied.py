"""The marked sheet of `check -o`: a row that could not be used cannot be sent from there before a person mended it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.journeys_sheets.conftest import Desk

GOOD = (987600001, "Hello")


def mended(desk: Desk, sheet: str | Path, *choices: str, **cells: object) -> tuple[Any, Any]:
    """The marked sheet and its plan; some cells are mended in ``mended.xlsx``."""
    said = desk.run("check", sheet, "--for", "send", *choices, "-o", "marked.xlsx", "--force")
    assert 1 == said.exit_code, said.stderr
    book = load_workbook(desk.folder / "marked.xlsx")
    for name, value in cells.items():
        book.worksheets[0][name] = value
    book.save(desk.folder / "mended.xlsx")
    marked = load_workbook(desk.folder / "marked.xlsx")
    return marked.worksheets[0], marked["Plan"]


def workbook(desk: Desk, *rows: list[object]) -> Any:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return book


def test_what_is_left_of_a_row_with_too_many_cells_is_not_sent(desk: Desk) -> None:
    """Neither the first part of its text, nor to a number that may have slipped; both can be filled in again."""
    text = "user_id,message\n98760000l,Hello\n987654321,Your appointment is Monday, not Tuesday\n"
    marked, plan = mended(desk, desk.file("short.csv", text), A2="987600001")

    said = desk.send("mended.xlsx")

    assert 1 == said.exit_code, said.stderr
    assert [GOOD] == desk.applied
    assert ["user_id_not_a_number"] == [row["hotline_error_code"] for row in desk.rows() if row["hotline_row"] == "3"]
    assert ("?", None) == (marked["A3"].value, marked["B3"].value)
    assert "Here stood: Your appointment is Monday" in marked["B3"].comment.text
    assert "Beyond the last column stands:  not Tuesday" in marked["B3"].comment.text
    assert "Here stood: 987654321" in marked["A3"].comment.text
    assert [
        "user_id: 987654321",
        "message: Your appointment is Monday",
        "beyond the last column:  not Tuesday",
    ] == plan["H3"].value.splitlines()
    mended(desk, "short.csv", A2="987600001", A3="987654321", B3="Your appointment is Monday, not Tuesday")
    assert 0 == desk.send("mended.xlsx").exit_code
    assert [GOOD, (987654321, "Your appointment is Monday, not Tuesday")] == desk.applied


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (date(2026, 12, 1), "DD.MM.YYYY", "2026-12-01"),
        (0.5, "0%", "0.5"),
        (12.5, '#,##0.00 "EUR"', "12.5"),
        (True, "General", "TRUE"),
        ("#N/A", "General", "#N/A"),
        (1234567890123456.0, "General", "1234567890123456"),
        ("Hello \ufffeBob", "General", "Hello \\ufffeBob"),
    ],
)
def test_a_message_that_is_no_text_is_not_sent_as_one(
    desk: Desk, value: object, number_format: str, shown: str
) -> None:
    """As the cells of the marked sheet are texts, nothing would tell any more that it is none; a note keeps it."""
    sheet: str | Path = "sheet.xlsx"
    if isinstance(value, str) and "\ufffe" in value:
        sheet = desk.file("sheet.csv", f"user_id,message\n98760000l,Hello\n987654321,{value}\n")
    else:
        book = workbook(desk, ["user_id", "message"], ["98760000l", "Hello"], ["987654321", value])
        book.active["B3"].number_format = number_format
        if value == "#N/A":
            book.active["B3"].data_type = "e"
        book.save(desk.folder / "sheet.xlsx")
    marked, _ = mended(desk, sheet, A2="987600001")

    said = desk.send("mended.xlsx")

    assert 1 == said.exit_code, said.stderr
    assert [GOOD] == desk.applied
    assert ["message_blank"] == [row["hotline_error_code"] for row in desk.rows() if row["hotline_row"] == "3"]
    assert f"Here stood: {shown}" in marked["B3"].comment.text
    assert "987654321" == marked["A3"].value


def test_a_row_of_which_nothing_is_left_is_a_row_still(desk: Desk) -> None:
    """Else it would not come back at all."""
    book = workbook(desk, ["user_id", "message"], ["98760000l", "Hello"], [None, date(2026, 12, 1)])
    book.save(desk.folder / "sheet.xlsx")
    mended(desk, "sheet.xlsx", A2="987600001")

    said = desk.send("mended.xlsx")

    assert 1 == said.exit_code, said.stderr
    assert ["sent", "invalid"] == [row["hotline_status"] for row in desk.rows()]


def test_an_error_in_a_cell_of_the_template_keeps_its_row_from_being_sent(desk: Desk) -> None:
    """The message could be made without that cell; so it has no recipient, who stands in a note."""
    book = workbook(
        desk, ["user_id", "Name", "Due"], ["98760000l", "Ann", date(2026, 12, 1)], ["987654321", "#REF!", 5.5]
    )
    book.active["B3"].data_type = "e"
    book.save(desk.folder / "sheet.xlsx")
    template = ("-m", "Dear {{ Name }}")
    marked, plan = mended(desk, "sheet.xlsx", *template, A2="987600001")

    said = desk.send("mended.xlsx", *template)

    assert 1 == said.exit_code, said.stderr
    assert [(987600001, "Dear Ann")] == desk.applied
    assert (None, None, 5.5) == tuple(cell.value for cell in marked[3])
    assert "before its column 'Name' is mended" in marked["A3"].comment.text
    assert "Here stood: 987654321" in marked["A3"].comment.text
    assert ["user_id: 987654321", "Name: #REF!"] == plan["H3"].value.splitlines()


def test_a_row_that_ends_before_its_connection_is_not_sent_through_the_usual_one(desk: Desk) -> None:
    """A text that a line break divides ends its row too early: what is there of it is not all."""
    text = "user_id,message,connection\n98760000l,Hello,\n987654321,Your appointment is\nnot on Monday,\n"
    marked, _ = mended(desk, desk.file("broken.csv", text), A2="987600001")

    said = desk.send("mended.xlsx")

    assert 1 == said.exit_code, said.stderr
    assert [GOOD] == desk.applied
    assert "Here stood: Your appointment is" in marked["B3"].comment.text


def test_a_link_behind_an_unusable_cell_is_gone_with_it(desk: Desk) -> None:
    book = workbook(desk, ["topic_link", "note"], ["https://t.me/c/2101424779/1", "a"], ["#N/A", "b"])
    book.active["A3"].data_type = "e"
    book.active["A3"].hyperlink = "https://t.me/c/2101424779/5343"
    book.save(desk.folder / "links.xlsx")
    said = desk.run("check", "links.xlsx", "--for", "enrich", "-o", "marked.xlsx")
    assert 1 == said.exit_code, said.stderr

    said = desk.run("check", "marked.xlsx", "--for", "enrich", "--json")

    assert {"topic_link_missing", "topic_is_general"} == {each["code"] for each in said.summary["problems"]}


def test_rows_that_stay_invalid_by_what_is_seen_keep_their_cells(desk: Desk) -> None:
    """Also the cell that bears the note of a whole row, with its own number or date."""
    book = workbook(desk, ["Due", "user_id"], [date(2026, 12, 1), "987600001"], [date(2026, 12, 2), "12a4"])
    book.save(desk.folder / "sheet.xlsx")

    marked, plan = mended(desk, "sheet.xlsx", "-m", "{{ 1 // (user_id|length - 9) }}")

    assert marked["A2"].comment
    assert ("d", "12a4") == (marked["A2"].data_type, marked["B3"].value)
    assert [None, None] == [cell.value for cell in plan["H"][1:]]


def test_what_stood_in_emptied_cells_is_kept_where_there_are_too_many_notes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline_batch.results.workbook.marked_sheet.MOST_NOTES", 0)
    long = "x" * 3000

    marked, plan = mended(desk, desk.file("short.csv", f"user_id,message\n987654321,Hello,{long}\n"))

    assert not marked["B2"].comment
    assert f"user_id: 987654321\nmessage: Hello\nbeyond the last column: {long}" == plan["H2"].value


def test_a_row_that_its_result_calls_invalid_keeps_the_word_for_it(desk: Desk) -> None:
    """An emptied code there would mean that somebody mended the row."""
    desk.file("short.csv", "user_id,message\n98760000l,Hello\n987654321,Monday, not Tuesday\n")
    assert 1 == desk.send("short.csv").exit_code
    mended(desk, "out.csv", A2="987600001")

    said = desk.run("send", "mended.xlsx", "--yes", "--force", "-o", "again.csv")

    assert 1 == said.exit_code, said.stderr
    assert [GOOD] == desk.applied
