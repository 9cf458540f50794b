"""A sheet as it was read, and what is wrong with its cells -> a workbook to mend it in: cells filled, a note on each.

Every row keeps its number. The workbook can be sent as it is once its cells are mended: notes and colours are not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import chain, islice
from typing import BinaryIO

from hotline_batch.errors import OutputError
from hotline_batch.language.words import marked, words
from hotline_batch.model.runs import KeptLook
from hotline_batch.model.sheets import CellKind, Row, Sheet, SheetLook, TypedCell
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.cell_safety import workbook_text
from hotline_batch.results.workbook.table import Table, write_given_cell
from hotline_batch.results.workbook.xlsx import HEADER_LOOK, TEXT_FORMAT, Workbook, Worksheet, new_workbook

MOST_NOTES = 50_000
"""Notes in one workbook; beyond that, spreadsheet programs take minutes to open it. Cells are filled all the same."""

_WRONG, _LEFT_OUT = "#F8CBAD", "#E7E6E6"
_LAST_ROW = 1_048_576
_TITLE, _WORDS, _PLAN = marked("Checked"), marked("What to do"), marked("Plan")
_PLAN_COLUMNS = (
    (marked("Row"), 8),
    (marked("What happens"), 16),
    (marked("To whom"), 24),
    (marked("Through"), 18),
    (marked("Text of the message"), 80),
    (marked("Code"), 22),
    (marked("Why"), 60),
    (marked("What stood in emptied cells"), 60),
)
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TITLE = 31
_ROWS_LOOKED_AT = 50
_NOTE_LOOK = {"author": "hotline-batch", "width": 320, "height": 110}


class MarkedCell(IntEnum):
    """What becomes of a cell that has a mark; of several marks, the highest counts."""

    AS_IT_WAS = 0
    TEXT = 1
    """Its text, in a cell of texts: a mended id must not become a number or a date."""
    EMPTY = 2
    QUESTION_MARK = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A note on the cell of one column, an index into the header; ``is_wrong``: the row cannot be used as it is."""

    column: int
    note: str
    cell: MarkedCell
    is_wrong: bool = True


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What would be done with a row: to whom, through which connection, with which message; or why nothing would.

    ``taken_out`` is what stood in those of its cells that are empty now.
    """

    happens: str
    whom: str = ""
    connection: str = ""
    message: str = ""
    code: str = ""
    why: str = ""
    taken_out: str = ""


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """One row of the sheet with its marks; several on one cell become one note. A row that was hidden and is left out
    stays hidden: else it would be sent with the mended ones.
    """

    row: Row
    marks: tuple[Mark, ...]
    plan: PlanLine
    is_hidden: bool = False


def write_marked_sheet(
    sheet: Sheet, used: Collection[int], rows: Iterable[MarkedRow], remarks: Iterable[str], stream: BinaryIO
) -> None:
    """Write the workbook at flat memory but for its notes. ``remarks`` are read after the rows, for a second worksheet.

    What has no mark looks as it did: values, links, titles, widths, hidden columns but for the ``used`` ones, indexes
    into the header, where there may be something to mend. OutputError for a row beyond the last one of a worksheet.
    """
    waiting = iter(rows)
    first = list(islice(waiting, _ROWS_LOOKED_AT))
    with new_workbook(stream) as book:
        title = _title_of(sheet)
        worksheet, told = book.worksheet(title), book.worksheet(words(_WORDS))
        plan = _begin_plan(book)
        if sheet.look.titles:
            book.name_header(title, sheet.header_row)
        table = Table(
            book,
            worksheet,
            sheet.header,
            (_as_wide_as(sheet.header, each.row.cells) for each in first),
            look=KeptLook(sheet.header_row, _with_shown(sheet.look, used)),
            of_values={
                cell.column for each in first for cell in each.row.typed if cell.kind is not CellKind.TEXT
            }.difference(used),
        )
        notes = 0
        for number, each in enumerate(chain(first, waiting), 1):
            if each.row.number > _LAST_ROW:
                said = words("A worksheet ends at row {last:,}, and the sheet goes on.", last=_LAST_ROW)
                raise OutputError(said, step(NextStep.CHECK_WITHOUT_MARKS))
            if each.is_hidden:
                worksheet.hide_row(each.row.number - 1)
            table.append(_without_emptied(each), each.row.typed, number=each.row.number)
            _mark(book, worksheet, each, may_note=notes < MOST_NOTES)
            notes += len(each.marks)
            _tell_plan(book, plan, number, each)
        table.finish()
        told.set_width(0, 110)
        for at, remark in enumerate(remarks):
            told.write_text(at, 0, remark, book.style(num_format=TEXT_FORMAT))


def _begin_plan(book: Workbook) -> Worksheet:
    """The worksheet that tells of every row what would be done with it."""
    plan = book.worksheet(words(_PLAN))
    plan.freeze_panes(1, 0)
    for column, (heading, width) in enumerate(_PLAN_COLUMNS):
        plan.set_width(column, width)
        plan.write_text(0, column, words(heading), book.text_style(**HEADER_LOOK))
    return plan


def _tell_plan(book: Workbook, plan: Worksheet, at: int, marked: MarkedRow) -> None:
    line = marked.plan
    style = book.text_style(text_wrap=True)
    number = str(marked.row.number)
    told = (line.happens, line.whom, line.connection, line.message, line.code, line.why, line.taken_out)
    for column, text in enumerate((number, *told)):
        if text:
            plan.write_text(at, column, text, style)


def _title_of(sheet: Sheet) -> str:
    """The worksheet's own name, as far as Excel takes it: other programs allow longer ones, and any character."""
    title = _NOT_IN_TITLES.sub(" ", sheet.worksheet or "")[:_LONGEST_TITLE].strip("' ")
    taken = {words(_WORDS).casefold(), words(_PLAN).casefold()}
    return title if title and title.casefold() not in taken else words(_TITLE)


def _mark(book: Workbook, sheet: Worksheet, marked: MarkedRow, *, may_note: bool) -> None:
    """Fill the cells that have marks, and put the notes on them."""
    at, cells = marked.row.number - 1, marked.row.cells
    for column in dict.fromkeys(mark.column for mark in marked.marks):
        marks = [mark for mark in marked.marks if mark.column == column]
        fill = _WRONG if any(mark.is_wrong for mark in marks) else _LEFT_OUT
        style = book.text_style(bg_color=fill)
        becomes = max(mark.cell for mark in marks)
        sheet.write_blank(at, column, None, style)
        if becomes is MarkedCell.QUESTION_MARK:
            sheet.write_text(at, column, "?", style)
        elif becomes is not MarkedCell.EMPTY:
            is_kept = becomes is MarkedCell.AS_IT_WAS
            given = [cell._replace(link="") for cell in marked.row.typed if is_kept and cell.column == column]
            cell = given[0] if given else TypedCell(column, CellKind.TEXT)
            text = cells[column] if column < len(cells) else ""
            write_given_cell(book, sheet, at, column, cell, text, style, fill=fill)
        if may_note:
            note = workbook_text("\n".join(dict.fromkeys(mark.note for mark in marks)))
            sheet.write_comment(at, column, note, _NOTE_LOOK)


def _without_emptied(marked: MarkedRow) -> Sequence[str]:
    """The texts of the row's cells; what is behind an emptied one, such as a link, is gone with it."""
    emptied = {mark.column for mark in marked.marks if mark.cell >= MarkedCell.EMPTY}
    if not emptied:
        return marked.row.cells
    return ["" if column in emptied else text for column, text in enumerate(marked.row.cells)]


def _with_shown(look: SheetLook, used: Collection[int]) -> SheetLook:
    columns = (replace(each, is_hidden=each.is_hidden and each.column not in used) for each in look.columns)
    return replace(look, columns=tuple(columns))


def _as_wide_as(header: Sequence[str], cells: Sequence[str]) -> Sequence[str]:
    return (*cells, *[""] * (len(header) - len(cells)))
