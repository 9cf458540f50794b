"""A checked sheet -> the person's own sheet with its bad cells marked, to mend it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from hotline_batch.application.exports.emptied_cells import emptied_columns, recipient_columns
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import advice_for, words_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Job, PlannedRow, RejectedRow, SkippedRow
from hotline_batch.model.sheets import Sheet
from hotline_batch.plan.preview import preview_of
from hotline_batch.plan.visible_text import shown
from hotline_batch.results.files.output import check_ending, check_output, write_output
from hotline_batch.results.workbook.marked_sheet import Mark, MarkedCell, MarkedRow, PlanLine, write_marked_sheet
from hotline_batch.sheets.table import is_blank

_LONGEST_IN_NOTE = 1_000
"""Characters of a cell's text in a note, which waits in memory; the worksheet of the plan has the whole."""


def check_marked_output(output: str, sheet_path: str, *, force: bool) -> None:
    """OutputError if a marked sheet could not be written there. Asked before the sheet is read."""
    check_ending(output, words("{output}: the marked sheet is a workbook.", output=output), ".xlsx")
    check_output(output, sheet_path, force=force)


def write_marked(
    output: str,
    sheet: Sheet,
    columns: Mapping[str, int],
    rows: Iterable[PlannedRow],
    remarks: Iterable[str],
    *,
    replace: bool,
) -> str:
    """Write the marked sheet while its rows are planned; the path that was used.

    ``columns`` is field -> index into the header; ``remarks`` are taken after the last row. OutputError where nothing
    could be written.
    """

    def fill(stream: BinaryIO) -> None:
        marked = (_marked_row(row, sheet, columns) for row in rows)
        write_marked_sheet(sheet, columns.values(), marked, remarks, stream)

    return write_output(output, fill, replace=replace, called=words("The marked sheet "))


def _plan_line(planned: PlannedRow, taken_out: str) -> PlanLine:
    match planned.decision:
        case Job() as job:
            told = preview_of(job)
            happens = words("will be sent") if told.message else words("will be looked up")
            return PlanLine(happens, told.about, told.connection, told.message, why="; ".join(told.repairs))
        case RejectedRow(_, issues):
            why = " ".join(map(_note, issues))
            return PlanLine(words("cannot be used"), code=issues[0].code, why=why, taken_out=taken_out)
        case SkippedRow(_, issue):
            return PlanLine(words("left out"), code=issue.code, why=words_of(issue))


def _stays_hidden(planned: PlannedRow) -> bool:
    return planned.row.is_hidden and isinstance(planned.decision, SkippedRow)


def _marked_row(planned: PlannedRow, sheet: Sheet, columns: Mapping[str, int]) -> MarkedRow:
    marks = tuple(_marks(planned, sheet, columns))
    emptied = sorted({mark.column for mark in marks if mark.cell is MarkedCell.EMPTY})
    if emptied and is_blank([text for at, text in enumerate(planned.row.cells) if at not in emptied]):
        note = words("A question mark, as a row that is empty altogether is none.")
        marks = (*marks, Mark(recipient_columns(columns)[0], note, MarkedCell.QUESTION_MARK))
    held = [f"{sheet.header[at]}: {text}" for at in emptied if (text := _cell(planned, at))]
    beyond = _beyond_the_last_column(planned)
    if beyond:
        held.append(words("beyond the last column: {text}", text=beyond))
    return MarkedRow(planned.row, marks, _plan_line(planned, "\n".join(held)), is_hidden=_stays_hidden(planned))


def _marks(planned: PlannedRow, sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Mark]:
    match planned.decision:
        case RejectedRow(_, issues):
            for issue in issues:
                yield from _marks_of(issue, planned, sheet, columns)
        case SkippedRow(_, issue) if issue.code != "not_selected":
            first = min(columns.values(), default=0)
            note = words("{issue} This row will be left out.", issue=words_of(issue))
            yield Mark(first, note, MarkedCell.AS_IT_WAS, is_wrong=False)


def _marks_of(issue: Issue, planned: PlannedRow, sheet: Sheet, columns: Mapping[str, int]) -> Iterator[Mark]:
    column = _column(issue, sheet, columns)
    emptied = emptied_columns(issue, column, planned.row.cells, columns)
    if column >= 0 and column not in emptied:
        yield Mark(column, _note(issue), MarkedCell.TEXT)
    elif not emptied:
        yield Mark(0, _note(issue), MarkedCell.AS_IT_WAS)
    for at in emptied:
        yield Mark(at, _note_on_emptied(issue, _cell(planned, at), is_its_own=column in {-1, at}), MarkedCell.EMPTY)


def _column(issue: Issue, sheet: Sheet, columns: Mapping[str, int]) -> int:
    """The column that an issue is about; -1 for an issue of the whole row."""
    if not issue.column:
        return -1
    used = [index for index in columns.values() if sheet.header[index] == issue.column]
    if used:
        return used[0]
    return sheet.header.index(issue.column) if issue.column in sheet.header else -1


def _cell(planned: PlannedRow, column: int) -> str:
    return planned.row.cells[column] if column < len(planned.row.cells) else ""


def _beyond_the_last_column(planned: PlannedRow) -> str:
    found = (each.detail.partition("\n")[2] for each in planned.row.remarks if each.code == "too_many_cells")
    return next(found, "")


def _note_on_emptied(issue: Issue, text: str, *, is_its_own: bool) -> str:
    told = _note(issue)
    if not is_its_own:
        told = words(
            "Emptied, so that the row is not sent before its column '{column}' is mended: {issue}",
            column=shown(issue.column),
            issue=told,
        )
    return words("{note} Here stood: {text}", note=told, text=shown(text, _LONGEST_IN_NOTE)) if text else told


def _note(issue: Issue) -> str:
    return f"{words_of(issue)} {advice_for(issue.code)}".strip()
