"""A sheet as it was read, and what is wrong with its cells -> a workbook to mend it in: cells filled, a note on each.

Every row keeps its number. The workbook can be sent as it is once its cells are mended: notes and colours are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from hotline_batch.errors import OutputError
from hotline_batch.results.cell_safety import workbook_text
from hotline_batch.results.text_sheet import HEADER_FILL, HEADER_FONT, TEXT_FORMAT, discard_parts

MOST_NOTES = 50_000
"""Notes in one workbook; beyond that, spreadsheet programs take minutes to open it. Cells are filled all the same."""

_WRONG = PatternFill("solid", fgColor="F8CBAD")
_LEFT_OUT = PatternFill("solid", fgColor="E7E6E6")
_LAST_ROW = 1_048_576
_WIDEST, _NARROWEST = 60, 12
_NOTE_WIDTH, _NOTE_HEIGHT = 320, 110


@dataclass(frozen=True, slots=True)
class Mark:
    """A note on the cell of one column, an index into the header; ``is_wrong``: the row cannot be used as it is."""

    column: int
    note: str
    is_wrong: bool = True


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """One row of the sheet with its marks; several on one cell become one note."""

    number: int
    cells: tuple[str, ...]
    marks: tuple[Mark, ...]


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
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "hotline-batch"
    try:
        sheet: Any = workbook.create_sheet(title)
        _set_up(sheet, header, header_row)
        _write_rows(sheet, header, header_row, rows)
        words: Any = workbook.create_sheet("What to do")
        words.column_dimensions["A"].width = 110
        for remark in remarks:
            words.append([_text_cell(words, remark)])
        with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(workbook, archive).write_data()
    except BaseException:
        discard_parts(workbook)
        raise


def _set_up(sheet: Any, header: Sequence[str], header_row: int) -> None:
    if header_row:
        sheet.freeze_panes = f"A{header_row + 1}"
    for position, name in enumerate(header, 1):
        dimension = sheet.column_dimensions[get_column_letter(position)]
        dimension.width = min(max(len(name) + 3, _NARROWEST), _WIDEST)
        dimension.number_format = TEXT_FORMAT


def _write_rows(sheet: Any, header: Sequence[str], header_row: int, rows: Iterable[MarkedRow]) -> None:
    written = 0
    if header_row:
        _skip_to(sheet, 1, header_row)
        sheet.append([_head_cell(sheet, name) for name in header])
        written = header_row
    notes = 0
    for row in rows:
        if row.number > _LAST_ROW:
            raise OutputError(
                f"A worksheet ends at row {_LAST_ROW:,}, and the sheet goes on. Check it without -o, or divide it."
            )
        _skip_to(sheet, written + 1, row.number)
        sheet.append(_cells(sheet, row, may_note=notes < MOST_NOTES))
        notes += len(row.marks)
        written = row.number


def _skip_to(sheet: Any, next_row: int, number: int) -> None:
    """Rows without any text were left out when the sheet was read; here they keep the numbers in step."""
    for _ in range(next_row, number):
        sheet.append(())


def _cells(sheet: Any, row: MarkedRow, *, may_note: bool) -> Iterator[Any]:
    marks: dict[int, list[Mark]] = {}
    for mark in row.marks:
        marks.setdefault(mark.column, []).append(mark)
    for at, text in enumerate(row.cells):
        found = marks.get(at)
        if found is None:
            yield _text_cell(sheet, text) if text else None
            continue
        cell = _text_cell(sheet, text)
        cell.fill = _WRONG if any(mark.is_wrong for mark in found) else _LEFT_OUT
        if may_note:
            note = "\n".join(dict.fromkeys(mark.note for mark in found))
            cell.comment = Comment(workbook_text(note), "hotline-batch", _NOTE_HEIGHT, _NOTE_WIDTH)
        yield cell


def _text_cell(sheet: Any, text: str) -> Any:
    """A cell that holds the text and never runs it."""
    cell: Any = WriteOnlyCell(sheet)
    if text:
        cell.value = "x"
        cell._value = workbook_text(text)  # noqa: SLF001 - assigning makes a formula of '=1+1'
        cell.data_type = "s"
    cell.number_format = TEXT_FORMAT
    return cell


def _head_cell(sheet: Any, name: str) -> Any:
    cell = _text_cell(sheet, name)
    cell.font, cell.fill = HEADER_FONT, HEADER_FILL
    return cell
