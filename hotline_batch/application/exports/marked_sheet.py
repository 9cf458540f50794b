"""A checked sheet -> the person's own sheet with its bad cells marked, to mend it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import advice_for, words_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Job, PlannedRow, RejectedRow, SkippedRow
from hotline_batch.model.sheets import Sheet
from hotline_batch.plan.preview import preview_of
from hotline_batch.results.files.output import check_ending, check_output, write_output
from hotline_batch.results.workbook.marked_sheet import Mark, MarkedRow, PlanLine, write_marked_sheet


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
        marked = (
            MarkedRow(row.row, _marks(row, sheet, columns), _plan_line(row), is_hidden=_stays_hidden(row))
            for row in rows
        )
        write_marked_sheet(sheet, columns.values(), marked, remarks, stream)

    return write_output(output, fill, replace=replace, called=words("The marked sheet "))


def _plan_line(planned: PlannedRow) -> PlanLine:
    match planned.decision:
        case Job() as job:
            told = preview_of(job)
            happens = words("will be sent") if told.message else words("will be looked up")
            return PlanLine(happens, told.about, told.connection, told.message, why="; ".join(told.repairs))
        case RejectedRow(_, issues):
            why = " ".join(map(_note, issues))
            return PlanLine(words("cannot be used"), code=issues[0].code, why=why)
        case SkippedRow(_, issue):
            return PlanLine(words("left out"), code=issue.code, why=words_of(issue))


def _stays_hidden(planned: PlannedRow) -> bool:
    return planned.row.is_hidden and isinstance(planned.decision, SkippedRow)


def _marks(planned: PlannedRow, sheet: Sheet, columns: Mapping[str, int]) -> tuple[Mark, ...]:
    match planned.decision:
        case RejectedRow(_, issues):
            return tuple(Mark(_column(issue, sheet, columns), _note(issue)) for issue in issues)
        case SkippedRow(_, issue) if issue.code != "not_selected":
            first = min(columns.values(), default=0)
            return (Mark(first, words("{issue} This row will be left out.", issue=words_of(issue)), is_wrong=False),)
        case _:
            return ()


def _column(issue: Issue, sheet: Sheet, columns: Mapping[str, int]) -> int:
    """The column that an issue is about; the first one for an issue of the whole row."""
    used = [index for index in columns.values() if sheet.header[index] == issue.column]
    if used:
        return used[0]
    return sheet.header.index(issue.column) if issue.column in sheet.header else 0


def _note(issue: Issue) -> str:
    return f"{words_of(issue)} {advice_for(issue.code)}".strip()
