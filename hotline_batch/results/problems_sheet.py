"""The rows that need a person -> the worksheet Problems: whom it is about, what happened, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, compress, islice

from openpyxl import Workbook

from hotline_batch.model import RowRecord, Run
from hotline_batch.results.problems import ProblemSorter, needs_a_person
from hotline_batch.results.rows import PREFIX, ResultLayout
from hotline_batch.results.text_sheet import TextSheet

_ROW = "hotline_row"
_OUR_COLUMNS = (
    "hotline_status",
    "hotline_error_code",
    "hotline_error",
    "hotline_advice",
    "hotline_delivered",
    "hotline_topic_link",
)
_ALWAYS_THERE = frozenset({_ROW, "hotline_status", "hotline_error_code"})
_WRAPPED = ("hotline_error", "hotline_advice")
_LINES_LOOKED_AT_FOR_WIDTHS = 50


class ProblemsSheet:
    """Takes every row as it passes, keeps those that need a person, and writes them at the end. A context is due."""

    def __init__(self, run: Run, layout: ResultLayout, sorter: ProblemSorter) -> None:
        self._sorter = sorter
        self._person_cells = _columns_about_the_person(run)
        self._our_columns = [column for column in _OUR_COLUMNS if column in layout.own]
        self._our_cells = [layout.own.index(column) for column in self._our_columns]
        self._status_at, self._code_at = layout.own.index("hotline_status"), layout.own.index("hotline_error_code")
        self._columns = (_ROW, *(run.header[at] for at in self._person_cells), *self._our_columns)
        self._is_filled = [column in _ALWAYS_THERE for column in self._columns]

    def add(self, record: RowRecord, own: Sequence[str]) -> None:
        """Keep the row if it needs a person; ``own`` are its cells of ours."""
        status, code = own[self._status_at], own[self._code_at]
        if not needs_a_person(status, code):
            return
        cells = record.cells
        about = [cells[at] if at < len(cells) else "" for at in self._person_cells]
        line = [str(record.number), *about, *(own[at] for at in self._our_cells)]
        self._is_filled = [known or bool(text) for known, text in zip(self._is_filled, line, strict=True)]
        self._sorter.add(status, code, line)

    def write(self, workbook: Workbook, place: int) -> None:
        """Write the worksheet, what to do first first; columns that are empty in every line are not there."""
        lines = (tuple(compress(line, self._is_filled)) for line in self._sorter.lines())
        sample = list(islice(lines, _LINES_LOOKED_AT_FOR_WIDTHS))
        columns = tuple(compress(self._columns, self._is_filled))
        sheet = TextSheet(workbook, "Problems", columns, sample, place=place, wrapped=_WRAPPED)
        for line in chain(sample, lines):
            sheet.append(line)
        sheet.finish()


def _columns_about_the_person(run: Run) -> list[int]:
    """Positions of the input columns that the run read, so that a problem shows whom it is about."""
    used = set(run.columns.values())
    return [at for at, name in enumerate(run.header) if name in used and not name.startswith(PREFIX)]
