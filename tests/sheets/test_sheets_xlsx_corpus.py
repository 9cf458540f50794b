"""Hundreds of workbooks by the libraries that people use: what was written is what is read."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from hotline_batch.model.sheets import CellKind, TypedCell
from hotline_batch.sheets.source import open_sheet

LINK = "https://t.me/c/2101424779/77"


@dataclass(frozen=True, slots=True)
class Written:
    """A value as a person has it in a cell: what is written, and what must be read."""

    value: Any
    text: str
    code: str = ""
    kind: CellKind = CellKind.TEXT
    number: float | None = None
    number_format: str = ""
    link: str = ""

    def typed(self, column: int) -> tuple[TypedCell, ...]:
        """What is told of the cell beyond its text."""
        if self.kind is CellKind.TEXT and not self.link:
            return ()
        return (TypedCell(column, self.kind, self.number, self.number_format, self.link),)


def number(value: float, text: str, number_format: str = "") -> Written:
    code = "number_format" if number_format not in {"", "0", "@"} else ""
    return Written(value, text, code, CellKind.NUMBER, float(value), number_format)


def date(value: Any, text: str, days: float, number_format: str) -> Written:
    return Written(value, text, "date", CellKind.DATE, days, number_format)


VALUES = {
    "text": Written("Hello", "Hello"),
    "lines": Written("Line one\nLine two\t!", "Line one\nLine two\t!"),
    "blanks": Written("  two blanks around  ", "  two blanks around  "),
    "digits": Written("0012345678901234567", "0012345678901234567"),
    "letters": Written("Grüße, Привет, 你好, 👍🏽 & <b> \"'", "Grüße, Привет, 你好, 👍🏽 & <b> \"'"),
    "error-as-text": Written("Loading... #SPILL!", "Loading... #SPILL!"),
    "id": number(987654321, "987654321"),
    "large": number(999999999999999, "999999999999999"),
    "decimals": number(1234.56, "1234.56"),
    "negative": number(-0.001, "-0.001"),
    "whole": number(42, "42", "0"),
    "percent": number(0.19, "0.19", "0.0%"),
    "money": number(1234.5, "1234.5", '#,##0.00\\ "€"'),
    "zeros": number(7, "7", "000"),
    "id-as-duration": number(5339212345, "5339212345", "[h]:mm:ss"),
    "date": date(dt.date(2025, 2, 1), "2025-02-01", 45689.0, "dd.mm.yyyy"),
    "moment": date(dt.datetime(2025, 2, 1, 13, 30), "2025-02-01 13:30:00", 45689.5625, "yyyy-mm-dd hh:mm"),  # noqa: DTZ001 - a sheet knows no zones
    "time": date(dt.time(18, 0), "18:00:00", 0.75, "hh:mm"),
    "duration": date(dt.timedelta(hours=30), "30:00:00", 1.25, "[h]:mm:ss"),
    "true": Written(True, "TRUE", "boolean", CellKind.BOOLEAN),
    "link": Written("Open", "Open", "link_target", link=LINK),
}
WRITERS = ("openpyxl", "xlsxwriter", "xlsxwriter-inline", "openpyxl-rich")
PLACES = {"corner": (1, 0), "inside": (4, 2)}
AROUND = ("nothing", "hidden", "gap", "merged")
ROWS = 3


def _write(writer: str, path: Path, written: Written, row: int, column: int, around: str) -> None:
    """A header in a place of the worksheet, and below it three rows of an id and the value."""
    numbers = [row + i + (around == "gap") * 2 * i for i in range(1, ROWS + 1)]
    if writer.startswith("openpyxl"):
        _write_with_openpyxl(path, written, row, column, numbers, around, is_rich=writer.endswith("rich"))
    else:
        _write_with_xlsxwriter(path, written, row, column, numbers, around, is_inline=writer.endswith("inline"))


def _write_with_openpyxl(
    path: Path, written: Written, row: int, column: int, numbers: list[int], around: str, *, is_rich: bool
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for offset, name in enumerate(("user_id", "message")):
        sheet.cell(row, column + offset + 1, name)
    for place in numbers:
        sheet.cell(place, column + 1, str(700000000 + place))
        if around == "merged" and place == numbers[1]:
            continue
        cell = sheet.cell(place, column + 2, written.value)
        if is_rich and isinstance(written.value, str):
            middle = len(written.value) // 2
            cell.value = CellRichText(written.value[:middle], TextBlock(InlineFont(b=True), written.value[middle:]))
        cell.number_format = written.number_format or "General"
        cell.hyperlink = written.link or None
    if around == "hidden":
        sheet.row_dimensions[numbers[1]].hidden = True
    if around == "merged":
        sheet.merge_cells(start_row=numbers[0], end_row=numbers[1], start_column=column + 2, end_column=column + 2)
    book.save(path)


def _write_with_xlsxwriter(
    path: Path, written: Written, row: int, column: int, numbers: list[int], around: str, *, is_inline: bool
) -> None:
    options = {"constant_memory": is_inline, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        look = book.add_format({"num_format": written.number_format} if written.number_format else {})
        sheet.write_row(row - 1, column, ["user_id", "message"])
        for place in numbers:
            sheet.write_string(place - 1, column, str(700000000 + place))
            if around == "merged" and place == numbers[0]:
                sheet.merge_range(place - 1, column + 1, place, column + 1, written.value, look)
            elif around == "merged" and place == numbers[1]:
                continue
            elif written.link:
                sheet.write_url(place - 1, column + 1, written.link, string=written.value)
            elif isinstance(written.value, dt.date | dt.time | dt.timedelta):
                sheet.write_datetime(place - 1, column + 1, written.value, look)
            else:
                sheet.write(place - 1, column + 1, written.value, look)
            if around == "hidden" and place == numbers[1]:
                sheet.set_row(place - 1, options={"hidden": True})


CASES = list(itertools.product(WRITERS, PLACES, AROUND))


@pytest.mark.parametrize(("writer", "place", "around"), CASES, ids=map("-".join, CASES))
def test_what_was_written_is_read(tmp_path, writer, place, around):
    """Every value, in every place, by every writer: text, remarks, what the cell is, its row and nothing else."""
    row, column = PLACES[place]
    for name, written in VALUES.items():
        path = tmp_path / f"{name}.xlsx"
        _write(writer, path, written, row, column, around)

        with open_sheet(path) as sheet:
            read = list(sheet.rows())

        assert sheet.sheet.header[column : column + 2] == ("user_id", "message"), name
        assert [row + i + (around == "gap") * 2 * i for i in range(1, ROWS + 1)] == [each.number for each in read], name
        assert int(around == "hidden") == sheet.hidden_rows, name
        for i, each in enumerate(read):
            if around == "merged" and i == 1:
                assert "merged" in {remark.code for remark in each.remarks if remark.column == column + 1}, name
                assert not "".join(each.cells[column + 1 :]), name
                continue
            if around == "merged" and i == 0 and written.link and writer.startswith("xlsxwriter"):
                continue  # it writes no link into merged cells
            expected = {written.code} - {""}
            if written.kind is CellKind.NUMBER and not expected and i == 0:
                expected = {"number"}
            expected |= {"hidden_row"} if around == "hidden" and i == 1 else set()
            told = {remark.code for remark in each.remarks if remark.column in {-1, column + 1}}
            assert (str(700000000 + each.number), written.text) == each.cells[column : column + 2], name
            assert expected == told, name
            assert written.typed(column + 1) == each.typed, name


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda sheet: sheet.write_formula(1, 1, "=1+1", None, 2), "formula"),
        (lambda sheet: sheet.write_formula(1, 1, '="a"', None, "a"), "formula"),
        (lambda sheet: sheet.write_formula(1, 1, "=NA()", None, "#N/A"), "error_value"),
        (lambda sheet: sheet.write_formula(1, 1, f'=HYPERLINK("{LINK}","Open")', None, "Open"), "link_target"),
        (lambda sheet: sheet.write_array_formula("B2:B2", "{=SUM(A1:A1*2)}", None, 2), "formula"),
        (lambda sheet: sheet.write_dynamic_array_formula("B2:B2", "=LEN(A2)", None, 2), "formula"),
        (lambda sheet: sheet.write_boolean(1, 1, False), "boolean"),
        (lambda sheet: sheet.set_row(1, 0), "hidden_row"),
    ],
)
def test_formulas_and_facts_of_xlsxwriter_are_told(tmp_path, make: Callable[[Any], None], code):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["user_id", "message"])
        sheet.write_string(1, 0, "700000101")
        make(sheet)

    with open_sheet(path) as opened:
        (row,) = opened.rows()

    assert code in {remark.code for remark in row.remarks}
