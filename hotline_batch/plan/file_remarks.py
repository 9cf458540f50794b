"""What the file says of cells beyond their text -> issues and warnings, for the columns that the run uses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hotline_batch.issues.cells import (
    BLANK_BEFORE_QUOTE,
    BLANK_BEFORE_QUOTE_BEYOND,
    COUNTED,
    COUNTED_BEYOND,
    UNCOUNTED,
    WITH_CAUSE,
)
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.plan.findings import Oddity, RowFindings, SheetWarnings
from hotline_batch.plan.visible_text import shown

_UNUSABLE: Mapping[str, str] = MappingProxyType(
    {
        "error_value": "cell_is_an_error",
        "formula_without_value": "formula_without_value",
        "date": "cell_is_a_date",
        "boolean": "cell_is_true_or_false",
        "number_format": "cell_is_a_formatted_number",
        "digits_lost": "digits_lost",
        "merged": "cell_is_merged",
    }
)
"""Remark -> the code of a cell that cannot be used."""
# The detail begins with the number of cells that were found: "3" or "3 cells, the header has 5". What stands in the
# cells beyond the last column, or why there are too few, follows on the next line.
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_SURPLUS_SHOWN = 300
_BLANK_BEFORE_QUOTE = re.compile(r'\s+"')
_NOTED = MappingProxyType({"date": Oddity.DATE, "boolean": Oddity.BOOLEAN, "number_format": Oddity.NUMBER_FORMAT})
# An id is a number, and counts whatever its format shows.
_OF_TEXTS_ONLY = frozenset({"number", "number_format"})


@dataclass(frozen=True, slots=True)
class RemarkReader:
    """Reads the remarks of each row.

    ``used`` are the columns that the run reads. ``free_text`` are those of them that only a template reads: dates,
    formatted numbers and TRUE or FALSE are values there like any other, and are told. ``message`` is the column of
    whole messages, ``topic_link`` that of links, None where there is none. ``not_told`` are remarks on free texts that
    a person decided about.
    """

    header: Sequence[str]
    used: frozenset[int]
    free_text: frozenset[int]
    warnings: SheetWarnings
    message: int | None = None
    topic_link: int | None = None
    not_told: frozenset[str] = frozenset()

    def read(self, row: Row, findings: RowFindings) -> None:
        """Add the issues; mark the columns whose cells must not be read any further."""
        for remark in row.remarks:
            if remark.code in {"too_many_cells", "too_few_cells"}:
                self._read_width(row, remark, findings)
            elif remark.column in self.used:
                self._read_cell(row, remark, findings)

    def _read_cell(self, row: Row, remark: Remark, findings: RowFindings) -> None:
        name, column = self.header[remark.column], remark.column
        if remark.code in _OF_TEXTS_ONLY and column != self.message and column not in self.free_text:
            return
        if remark.code in self.not_told and column in self.free_text:
            return
        if remark.code == "formula":
            self.warnings.add(Oddity.FORMULA, row.number, name)
        elif remark.code == "number":
            self._read_number(row, column, name)
        elif column in self.free_text and remark.code in _NOTED:
            self.warnings.add(_NOTED[remark.code], row.number, name)
        elif remark.code == "formula_without_value" and column == self.topic_link and _has_target(row, column):
            # The target of =HYPERLINK("…") is written in the formula itself.
            return
        elif remark.code in _UNUSABLE and column not in findings.unreadable:
            cell = row.cells[column] if column < len(row.cells) else ""
            findings.issues.append(Issue(_UNUSABLE[remark.code], name, shown(cell or remark.detail)))
            findings.unreadable.add(column)

    def _read_number(self, row: Row, column: int, name: str) -> None:
        """A whole number looks in a template as it does in the sheet; decimals may have a comma there."""
        if column == self.message or "." in row.cells[column]:
            self.warnings.add(Oddity.NUMBER, row.number, name)

    def _read_width(self, row: Row, remark: Remark, findings: RowFindings) -> None:
        counted = _COUNT.match(remark.detail)
        found = int(counted[0]) if counted else 0
        told = remark.detail.partition("\n")[2]
        if remark.code == "too_many_cells":
            findings.issues.append(self._too_many(row, found, told))
            findings.unreadable.update(self.used)
            return
        missing = sorted(index for index in self.used if index >= found)
        if missing:
            findings.issues.append(self._too_few(missing, found, told))
            findings.unreadable.update(missing)

    def _too_many(self, row: Row, found: int, beyond: str) -> Issue:
        is_quoted_late = any(map(_BLANK_BEFORE_QUOTE.match, row.cells))
        if not found:
            return Issue("too_many_cells", parameters={CASE: UNCOUNTED, "columns": len(self.header)})
        case = {
            (False, False): COUNTED,
            (False, True): COUNTED_BEYOND,
            (True, False): BLANK_BEFORE_QUOTE,
            (True, True): BLANK_BEFORE_QUOTE_BEYOND,
        }[is_quoted_late, bool(beyond)]
        parameters: dict[str, str | int] = {CASE: case, "found": found, "columns": len(self.header)}
        if beyond:
            parameters["beyond"] = shown(beyond, _SURPLUS_SHOWN)
        return Issue("too_many_cells", parameters=parameters)

    def _too_few(self, missing: Sequence[int], found: int, because: str) -> Issue:
        names = ", ".join(f"'{shown(self.header[index])}'" for index in missing)
        parameters: dict[str, str | int] = {"found": found, "columns": len(self.header), "missing": names}
        if because:
            parameters["because"] = because
        case = WITH_CAUSE if because else COUNTED if found else UNCOUNTED
        return Issue("too_few_cells", self.header[missing[0]], parameters={CASE: case, **parameters})


def _has_target(row: Row, column: int) -> bool:
    return any(remark.column == column and remark.code == "link_target" for remark in row.remarks)
