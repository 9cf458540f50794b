"""The rows that need a person -> the worksheet Problems: whom it is about, what happened, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, compress, islice

from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.model.sheets import OWN_PREFIX
from hotline_batch.results.formatting import moment_text
from hotline_batch.results.problems import ProblemSorter, needs_a_person
from hotline_batch.results.rows.columns import CELLS, Column, Layout
from hotline_batch.results.rows.result_row import ResultRow
from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.results.workbook.summary import zone_of
from hotline_batch.results.workbook.table import Table
from hotline_batch.results.workbook.xlsx import Workbook, Worksheet

_ALWAYS_THERE = ("hotline_row", "hotline_status", "hotline_error_code")
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
        zone = zone_of(run)
        yield Column("hotline_asked_at", lambda row: moment_text(row.look.asked_at, zone) if row.look else "")
        if "message" not in run.columns and "hotline_message" in layout.names:
            yield Column("hotline_message", lambda row: row.message if row.look else "")


def _where_to_look(row: ResultRow) -> str:
    return row.topic_link or (row.look.topic_link if row.look else "")
