"""Rows of a result -> a workbook with Results, Summary, Problems and, after enrich, Changes; never a formula."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO

from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import KeptLook, Run
from hotline_batch.model.sheets import CellKind, SheetLook, TypedCell
from hotline_batch.results.files.origin import title_of
from hotline_batch.results.problems import ProblemSorter
from hotline_batch.results.rows.columns import Layout, status_first
from hotline_batch.results.rows.result_row import ResultRow
from hotline_batch.results.summary import RunTally
from hotline_batch.results.workbook.changes import Changes
from hotline_batch.results.workbook.problems import Problems
from hotline_batch.results.workbook.summary import write_summary
from hotline_batch.results.workbook.table import Table
from hotline_batch.results.workbook.xlsx import new_workbook

_ROWS_LOOKED_AT_FOR_WIDTHS = 50


def write_xlsx(
    run: Run, layout: Layout, rows: Iterable[ResultRow], stream: BinaryIO, tally: RunTally, rate: str
) -> None:
    """Write the whole workbook at flat memory. LedgerError if the rows do not add up.

    Rows that the tally does not show are left out of Results; everything else tells of all rows.
    """
    layout = status_first(layout)
    place_of = {column.input_at: at for at, column in enumerate(layout.columns) if column.input_at is not None}
    given_at = {at: place for at, place in place_of.items() if not layout.columns[place].is_ours}
    waiting = iter(rows)
    first = list(islice(waiting, _ROWS_LOOKED_AT_FOR_WIDTHS))
    of_values = {
        given_at[cell.column]
        for row in first
        for cell in row.typed
        if cell.kind is not CellKind.TEXT and cell.column in given_at
    }
    with new_workbook(stream, title_of(run.id)) as book, ProblemSorter(run.stop_code) as sorter:
        results_sheet, summary_sheet = book.worksheet(words("Results")), book.worksheet(words("Summary"))
        problems_sheet = book.worksheet(words("Problems"))
        changes_sheet = book.worksheet(words("Changes")) if run.kind is Kind.ENRICH else None
        results = Table(
            book,
            results_sheet,
            layout.names,
            map(layout.cells, first),
            look=_look_here(run.notes.look, place_of),
            of_values=of_values,
        )
        problems = Problems(run, layout, sorter)
        changes = Changes(book, changes_sheet) if changes_sheet is not None else None
        for row in chain(first, waiting):
            tally.add(row)
            if tally.is_shown(row):
                results.append(layout.cells(row), _moved(row.typed, given_at))
            problems.add(row)
            if changes is not None:
                changes.add(row)
        results.finish()
        write_summary(run, tally.summary(rate, run.output_path), book, summary_sheet)
        problems.write(book, problems_sheet)
        if changes is not None:
            changes.finish()


def _look_here(kept: KeptLook, place_of: dict[int, int]) -> KeptLook:
    """The look of the input for the columns that come back, where they stand now."""
    titles = tuple(
        row._replace(
            cells=tuple(row.cells[at] if at < len(row.cells) else "" for at in place_of),
            typed=_moved(row.typed, place_of),
        )
        for row in kept.look.titles
    )
    columns = tuple(
        replace(look, column=place_of[look.column]) for look in kept.look.columns if look.column in place_of
    )
    return KeptLook(kept.header_row, SheetLook(titles, columns))


def _moved(typed: Iterable[TypedCell], place_of: dict[int, int]) -> tuple[TypedCell, ...]:
    """The cells of the columns that come back, where they stand now."""
    return tuple(cell._replace(column=place_of[cell.column]) for cell in typed if cell.column in place_of)
