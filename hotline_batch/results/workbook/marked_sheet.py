"""A sheet as it was read, and what is wrong with its cells -> a workbook to mend it in: cells filled, a note on each.

Every row keeps its number. The workbook can be sent as it is once its cells are mended: notes and colours are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hotline_batch.errors import OutputError
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.cell_safety import workbook_text
from hotline_batch.results.workbook.xlsx import HEADER_LOOK, TEXT_FORMAT, Workbook, Worksheet, new_workbook

MOST_NOTES = 50_000
"""Notes in one workbook; beyond that, spreadsheet programs take minutes to open it. Cells are filled all the same."""

_WRONG, _LEFT_OUT = "#F8CBAD", "#E7E6E6"
_LAST_ROW = 1_048_576
_WIDEST, _NARROWEST = 60, 12
_NOTE_LOOK = {"author": "hotline-batch", "width": 320, "height": 110}


@dataclass(frozen=True, slots=True)
class Mark:
    """A note on the cell of one column, an index into the header; ``is_wrong``: the row cannot be used as it is."""

    column: int
    note: str
    is_wrong: bool = True


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """One row of the sheet with its marks; several on one cell become one note. A row that was hidden and is left out
    stays hidden: else it would be sent with the mended ones.
    """

    number: int
    cells: tuple[str, ...]
    marks: tuple[Mark, ...]
    is_hidden: bool = False


def write_marked_sheet(
    title: str,
    header: Sequence[str],
    header_row: int,
    rows: Iterable[MarkedRow],
    remarks: Iterable[str],
    stream: BinaryIO,
) -> None:
    """Write the workbook at flat memory but for its notes. ``remarks`` are read after the rows, for a second worksheet.

    OutputError for a row beyond the last one of a worksheet.
    """
    with new_workbook(stream) as book:
        sheet, words = book.worksheet(title), book.worksheet("What to do")
        _write_header(book, sheet, header, header_row)
        _write_rows(book, sheet, rows)
        words.set_width(0, 110)
        for at, remark in enumerate(remarks):
            words.write_text(at, 0, remark, book.style(num_format=TEXT_FORMAT))


def _write_header(book: Workbook, sheet: Worksheet, header: Sequence[str], header_row: int) -> None:
    text = book.style(num_format=TEXT_FORMAT)
    for column, name in enumerate(header):
        sheet.set_width(column, min(max(len(name) + 3, _NARROWEST), _WIDEST), text)
        if header_row:
            sheet.write_text(header_row - 1, column, name, book.style(num_format=TEXT_FORMAT, **HEADER_LOOK))
    if header_row:
        sheet.freeze_panes(header_row, 0)


def _write_rows(book: Workbook, sheet: Worksheet, rows: Iterable[MarkedRow]) -> None:
    """Write each row where it stood: those without any text were left out when the sheet was read."""
    notes = 0
    for row in rows:
        if row.number > _LAST_ROW:
            raise OutputError(
                f"A worksheet ends at row {_LAST_ROW:,}, and the sheet goes on.", step(NextStep.CHECK_WITHOUT_MARKS)
            )
        _write_row(book, sheet, row, may_note=notes < MOST_NOTES)
        notes += len(row.marks)


def _write_row(book: Workbook, sheet: Worksheet, row: MarkedRow, *, may_note: bool) -> None:
    plain = book.style(num_format=TEXT_FORMAT)
    if row.is_hidden:
        sheet.hide_row(row.number - 1)
    for at, text in enumerate(row.cells):
        marks = [mark for mark in row.marks if mark.column == at]
        if not marks:
            sheet.write_text(row.number - 1, at, text, plain)
            continue
        fill = _WRONG if any(mark.is_wrong for mark in marks) else _LEFT_OUT
        style = book.style(num_format=TEXT_FORMAT, bg_color=fill)
        sheet.write_blank(row.number - 1, at, None, style)
        sheet.write_text(row.number - 1, at, text, style)
        if may_note:
            note = workbook_text("\n".join(dict.fromkeys(mark.note for mark in marks)))
            sheet.write_comment(row.number - 1, at, note, _NOTE_LOOK)
