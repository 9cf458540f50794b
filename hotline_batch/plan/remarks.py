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
        "digits_lost": ("digits_lost", "A number cell keeps 15 digits; the others of this number are gone."),
        "merged": ("cell_is_merged", "The cell is covered by a merged one, so it has no value of its own."),
    }
)
# The detail begins with the number of cells that were found: "3" or "3 cells, the header has 5".
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOTED = MappingProxyType({"date": Notice.DATE, "boolean": Notice.BOOLEAN})


class RemarkReader:
    """Reads the remarks of each row.

    ``used`` are the columns that the run reads. ``free_text`` are those of them that only a template reads: dates and
    TRUE or FALSE are values there like any other, and are told.
    """

    def __init__(
        self, header: Sequence[str], used: frozenset[int], free_text: frozenset[int], notices: Notices
    ) -> None:
        self._header = header
        self._used = used
        self._free_text = free_text
        self._notices = notices

    def read(self, row: Row, findings: Findings) -> None:
        """Add the problems; mark the columns whose cells must not be read any further."""
        for remark in row.remarks:
            if remark.code in {"too_many_cells", "too_few_cells"}:
                self._read_width(remark, findings)
            elif remark.column in self._used:
                self._read_cell(row, remark, findings)

    def _read_cell(self, row: Row, remark: Remark, findings: Findings) -> None:
        name = self._header[remark.column]
        if remark.code == "formula":
            self._notices.add(Notice.FORMULA, row.number, name)
        elif remark.column in self._free_text and remark.code in _NOTED:
            self._notices.add(_NOTED[remark.code], row.number, name)
        elif remark.code in _FAULTY and remark.column not in findings.unreadable:
            code, message = _FAULTY[remark.code]
            cell = row.cells[remark.column] if remark.column < len(row.cells) else ""
            findings.problems.append(Problem(code, name, shown(cell or remark.detail), message))
            findings.unreadable.add(remark.column)

    def _read_width(self, remark: Remark, findings: Findings) -> None:
        counted = _COUNT.match(remark.detail)
        found = int(counted[0]) if counted else 0
        columns = len(self._header)
        cells = f"{found} cells" if found else "another number of cells"
        if remark.code == "too_many_cells":
            problem = Problem(
                remark.code,
                "",
                "",
                f"The row has {cells}, the header has {columns} columns: which is which is unclear.",
            )
            findings.problems.append(problem)
            findings.unreadable.update(self._used)
            return
        missing = sorted(index for index in self._used if index >= found)
        if missing:
            names = ", ".join(f"'{shown(self._header[index])}'" for index in missing)
            message = f"The row has {cells}, the header has {columns} columns; missing is {names}."
            findings.problems.append(Problem(remark.code, self._header[missing[0]], "", message))
            findings.unreadable.update(missing)
