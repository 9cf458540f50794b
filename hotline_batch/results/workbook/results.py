"""Rows of a result -> a workbook with Results, Summary, Problems and, after enrich, Changes; never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from itertools import chain, compress, islice
from typing import BinaryIO

from hotline_batch.language.languages import SOURCE, language_of_reader
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import KeptLook, Run
from hotline_batch.model.sheets import OWN_PREFIX, CellKind, SheetLook, TypedCell
from hotline_batch.results.files.output import title_of
from hotline_batch.results.formatting import field_text, moment_text, told_moment, utc_text, zone_of_run
from hotline_batch.results.problems import ProblemSorter, needs_a_person
from hotline_batch.results.rows.columns import CELLS, Column, Layout, status_first
from hotline_batch.results.rows.result_row import ResultRow, shown_value
from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.results.summary import RunTally
from hotline_batch.results.workbook.summary import write_summary
from hotline_batch.results.workbook.table import MOST_LINES, Table
from hotline_batch.results.workbook.xlsx import Workbook, Worksheet, new_workbook

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


_ALWAYS_THERE = ("hotline_row", "hotline_status", "hotline_error_code")
_TELL_IT_AGAIN = ("hotline_run", "hotline_service", "hotline_recipient")
"""What tells of rows that this worksheet, too, calls sent when it is used as a sheet again."""
_WRAPPED = ("hotline_error", "hotline_advice")
_LINES_LOOKED_AT_FOR_WIDTHS = 50


class Problems:
    """Takes every row as it passes, keeps those that need a person, and writes them at the end."""

    def __init__(self, run: Run, layout: Layout, sorter: ProblemSorter) -> None:
        self._sorter = sorter
        self._layout = Layout(tuple(_columns(run, layout)))
        self._is_filled = [name in _ALWAYS_THERE for name in self._layout.names]

    def add(self, row: ResultRow) -> None:
        """Keep the row if it needs a person."""
        if needs_a_person(row.status, row.code):
            line = self._layout.cells(row)
            self._is_filled = [known or bool(text) for known, text in zip(self._is_filled, line, strict=True)]
            self._sorter.add(row.status, row.code, line)

    def write(self, book: Workbook, sheet: Worksheet) -> None:
        """Write the worksheet, what to do first first; columns that are empty in every line are not there."""
        lines = (tuple(compress(line, self._is_filled)) for line in self._sorter.lines())
        sample = list(islice(lines, _LINES_LOOKED_AT_FOR_WIDTHS))
        names = tuple(compress(self._layout.names, self._is_filled))
        table = Table(book, sheet, names, sample, wrapped=_WRAPPED)
        for line in chain(sample, lines):
            table.append(line)
        table.finish()


def _columns(run: Run, layout: Layout) -> Iterator[Column]:
    """The row number, whom it is about, the columns of the input that the run read, and ours.

    Of rows in doubt also what helps to look: the topic's link as far as anybody knows it, when it was asked for, the
    text.
    """
    used = set(run.columns.values())
    names = set(RowNames.of(run).name_places)
    yield Column("hotline_row", CELLS["hotline_row"])
    for column in layout.columns:
        is_shown = column.name in used or column.input_at in names
        if column.input_at is not None and is_shown and not column.name.startswith(OWN_PREFIX):
            yield column
    is_send = run.kind is Kind.SEND
    for name in ("status", "error_code", "error", "advice", *(["delivered"] * is_send)):
        yield Column(f"{OWN_PREFIX}{name}", CELLS[f"{OWN_PREFIX}{name}"])
    yield Column("hotline_topic_link", _where_to_look)
    if is_send:
        zone = zone_of_run(run)
        yield Column("hotline_asked_at", lambda row: moment_text(row.look.asked_at, zone) if row.look else "")
        for name in _TELL_IT_AGAIN:
            if name in layout.names:
                yield Column(name, CELLS[name])
        if "message" not in run.columns and "hotline_message" in layout.names:
            yield Column("hotline_message", lambda row: row.message if row.look else "")


def _where_to_look(row: ResultRow) -> str:
    return row.topic_link or (row.look.topic_link if row.look else "")


_OWN = ("hotline_row", "hotline_topic_link", "hotline_topic_title")
_TOLD = marked(("field", "before", "now", "seen_before_at", "seen_before_in_run"))
_ROOM = ("0000", "", "A title of a topic as it is", "topic_last_date", "x" * 30, "x" * 30, "x" * 20, "x" * 24)


class Changes:
    """Takes every row as it passes, and writes what changed."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self._table = Table(book, sheet, (*_OWN, *map(words, _TOLD)), [_ROOM])
        self._lines_left = MOST_LINES

    def add(self, row: ResultRow) -> None:
        """The changes of one row. What no longer fits is left to the column ``hotline_changes``, and said."""
        if row.earlier is None:
            return
        about = (str(row.number), row.topic_link, field_text(row.reply.get("topic_title")))
        at = row.earlier.finished_at
        told_at = utc_text(at) if language_of_reader() == SOURCE else told_moment(at, UTC)
        seen = (told_at, row.earlier.run)
        for change in row.changes:
            if self._lines_left > 1:
                self._table.append((*about, change.field, shown_value(change.before), shown_value(change.now), *seen))
            elif self._lines_left == 1:
                said = words("The worksheet is full; for the other changes see the column hotline_changes in Results.")
                self._table.append((*about[:2], said, "", "", "", "", ""))
            self._lines_left -= 1

    def finish(self) -> None:
        """Put the filter over what was written."""
        self._table.finish()
