"""Remarks of the file about cells -> problems and notices, for the columns that the run uses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hotline_batch.model import Problem, Remark, Row
from hotline_batch.plan.findings import Findings
from hotline_batch.plan.identifiers import shown
from hotline_batch.plan.notices import Notice, Notices

_FAULTY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "error_value": ("cell_is_an_error", "The cell holds a spreadsheet error."),
        "formula_without_value": (
            "formula_without_value",
            "The cell holds a formula whose result is not stored in the file.",
        ),
        "date": ("cell_is_a_date", "The cell holds a date; the text that you see in it is not in the file."),
        "boolean": ("cell_is_true_or_false", "The cell holds TRUE or FALSE instead of a text."),
        "number_format": (
            "cell_is_a_formatted_number",
            "The cell holds a number; the text that you see in it comes from its format and is not in the file.",
        ),
        "digits_lost": ("digits_lost", "A number cell keeps 15 digits; the others of this number are gone."),
        "merged": ("cell_is_merged", "The cell is covered by a merged one, so it has no value of its own."),
    }
)
# The detail begins with the number of cells that were found: "3" or "3 cells, the header has 5". What stands in the
# cells beyond the last column, or why there are too few, follows on the next line.
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_SURPLUS_SHOWN = 300
_BLANK_BEFORE_QUOTE = re.compile(r'\s+"')
_NOTED = MappingProxyType({"date": Notice.DATE, "boolean": Notice.BOOLEAN, "number_format": Notice.NUMBER_FORMAT})
# An id is a number, and counts whatever its format shows.
_OF_TEXTS_ONLY = frozenset({"number", "number_format"})


class RemarkReader:
    """Reads the remarks of each row.

    ``used`` are the columns that the run reads. ``free_text`` are those of them that only a template reads: dates,
    formatted numbers and TRUE or FALSE are values there like any other, and are told. ``message`` is the column of
    whole messages, ``topic_link`` that of links, None where there is none.
    """

    def __init__(
        self,
        header: Sequence[str],
        used: frozenset[int],
        free_text: frozenset[int],
        notices: Notices,
        *,
        message: int | None = None,
        topic_link: int | None = None,
    ) -> None:
        self._header = header
        self._used = used
        self._free_text = free_text
        self._notices = notices
        self._message = message
        self._topic_link = topic_link

    def read(self, row: Row, findings: Findings) -> None:
        """Add the problems; mark the columns whose cells must not be read any further."""
        for remark in row.remarks:
            if remark.code in {"too_many_cells", "too_few_cells"}:
                self._read_width(row, remark, findings)
            elif remark.column in self._used:
                self._read_cell(row, remark, findings)

    def _read_cell(self, row: Row, remark: Remark, findings: Findings) -> None:
        name, column = self._header[remark.column], remark.column
        if remark.code in _OF_TEXTS_ONLY and column != self._message and column not in self._free_text:
            return
        if remark.code == "formula":
            self._notices.add(Notice.FORMULA, row.number, name)
        elif remark.code == "number":
            self._read_number(row, column, name)
        elif column in self._free_text and remark.code in _NOTED:
            self._notices.add(_NOTED[remark.code], row.number, name)
        elif remark.code == "formula_without_value" and column == self._topic_link and _has_target(row, column):
            # The target of =HYPERLINK("…") is written in the formula itself.
            return
        elif remark.code in _FAULTY and column not in findings.unreadable:
            code, message = _FAULTY[remark.code]
            cell = row.cells[column] if column < len(row.cells) else ""
            findings.problems.append(Problem(code, name, shown(cell or remark.detail), message))
            findings.unreadable.add(column)

    def _read_number(self, row: Row, column: int, name: str) -> None:
        """A whole number looks in a template as it does in the sheet; decimals may have a comma there."""
        if column == self._message or "." in row.cells[column]:
            self._notices.add(Notice.NUMBER, row.number, name)

    def _read_width(self, row: Row, remark: Remark, findings: Findings) -> None:
        counted = _COUNT.match(remark.detail)
        found = int(counted[0]) if counted else 0
        columns = len(self._header)
        cells = {0: "another number of cells", 1: "1 cell"}.get(found, f"{found} cells")
        if remark.code == "too_many_cells":
            surplus = remark.detail.partition("\n")[2]
            beyond = f" Beyond the last column stands: {shown(surplus, _SURPLUS_SHOWN)}" if surplus else ""
            if any(map(_BLANK_BEFORE_QUOTE.match, row.cells)):
                beyond = f" A blank stands before a quotation mark, which therefore holds no cell together.{beyond}"
            problem = Problem(
                remark.code,
                "",
                "",
                f"The row has {cells}, the header has {columns} columns: which is which is unclear.{beyond}",
            )
            findings.problems.append(problem)
            findings.unreadable.update(self._used)
            return
        missing = sorted(index for index in self._used if index >= found)
        if missing:
            names = ", ".join(f"'{shown(self._header[index])}'" for index in missing)
            cause = remark.detail.partition("\n")[2]
            message = f"The row has {cells}, the header has {columns} columns; missing is {names}."
            if cause:
                message = f"{message} The cause: {cause}."
            findings.problems.append(Problem(remark.code, self._header[missing[0]], "", message))
            findings.unreadable.update(missing)


def _has_target(row: Row, column: int) -> bool:
    return any(remark.column == column and remark.code == "link_target" for remark in row.remarks)
