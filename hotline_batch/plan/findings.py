"""What reading brought to light: why a row cannot be used, and what of the sheet is worth a look but stops no row.

Also what the file says of cells beyond their text, for the columns that the run uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
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
from hotline_batch.language.words import marked, words
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.next_step import NextStep, Step, Told, advised, step
from hotline_batch.plan.ids.numbers import Reading
from hotline_batch.plan.visible_text import shown
from hotline_batch.tally import Tally, first_of

_ROWS_SHOWN = 5


class RowFindings:
    """Issues and repairs of one row; ``unreadable`` are columns that must not be read any further."""

    __slots__ = ("issues", "repairs", "unreadable")

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.repairs: list[str] = []
        self.unreadable: set[int] = set()

    def add(self, issue: Issue, column: str, cell: str) -> None:
        """Add why a cell of a column cannot be used."""
        self.issues.append(replace(issue, column=column, shown=shown(cell)))

    def repair(self, text: str) -> None:
        """Add how a cell was read that was not written plainly; blank where it was."""
        if text:
            self.repairs.append(text)

    def value(self, reading: Reading, column: str, cell: str) -> int:
        """The number that was read, or 0 with its issue added."""
        if isinstance(reading, Issue):
            self.add(reading, column, cell)
            return 0
        self.repair(reading.repair)
        return reading.value


class Oddity(Enum):
    """One kind of oddity; the value is the sentence, ``{rows}`` stands for their count and numbers."""

    STARTS_WITH_SLASH = marked(
        "{rows}: the message begins with '/', as commands to Hotline do. Check that this is meant."
    )
    LONG_IN_UTF16 = marked(
        "{rows}: the message has more than 4096 UTF-16 units; Telegram's apps would not let one type it."
    )
    BRACES = marked("{rows}: the message holds {{{{ }}}}, which is sent as written.")
    BLANK_IN_TEMPLATE = marked("{rows}: column '{column}', which the template uses, is blank.")
    FORMULA = marked("{rows}: column '{column}' holds formulas; their stored results are used.")
    DATE = marked("{rows}: column '{column}', which the template uses, holds dates; they are written as YYYY-MM-DD.")
    NUMBER_FORMAT = marked(
        "{rows}: column '{column}', which the template uses, holds numbers with a format of their own, such as 0% or "
        "0.00; they are written as plain numbers, 19% as 0.19."
    )
    NUMBER = marked(
        "Column '{column}' holds number cells, the first in row {first}; they are written plainly, such as 59.97."
    )
    ERROR_WORD = marked(
        "{rows}: the message holds a word that a spreadsheet program shows instead of a value, such as #REF! or "
        "Loading...; it is sent as written. Check that this is meant."
    )
    SPOILT = marked(
        "{rows}: letters of the message look lost or garbled (such as \ufffd or Ã¶), as after a wrong encoding; they "
        "are sent as written. Export the texts again from where they come from, as XLSX or 'CSV UTF-8'."
    )
    QUOTED = marked(
        "{rows}: the message begins with a blank and a quotation mark, which are sent as written. Remove the blank "
        "before the quotation mark in the file."
    )
    SMALL_ID = marked(
        "{rows}: the id is smaller than those of Telegram users, as numbers of rows are. Check that it is meant."
    )
    PRACTISED = marked("{rows}: sent in practice alone, as the sheet says, which counts as not sent.")
    SENT_ELSEWHERE = marked(
        "{rows}: sent through another service or instance, as the sheet says, so not left out here. Check that this is "
        "meant."
    )
    SENT_OTHERWISE = marked(
        "{rows}: sent before with another text, as the sheet says, so not left out. Check that this is meant."
    )
    SENT_TO_ANOTHER = marked(
        "{rows}: sent before to another user than now, as the sheet says, so not left out. Check that this is meant."
    )
    SENT_SOMEWHERE = marked(
        "{rows}: sent before, as the sheet says, but not through which service; left out, as it may have been this "
        "one. If it was practice, write 'practice' into a column hotline_service."
    )
    LEFT_OUT_BEFORE = marked(
        "{rows}: left out before, as the sheet says, for the sake of another row or another run, which may have sent "
        "the message; left out again. To send such a row all the same, empty its hotline_error_code cell."
    )
    BOOLEAN = marked("{rows}: column '{column}', which the template uses, holds TRUE or FALSE.")
    CHOSEN_BY = marked(
        "Column '{column}', by which rows are chosen, holds values that the sheet may show otherwise, the first in row "
        "{first}; they are compared plainly: dates as YYYY-MM-DD, 19% as 0.19, 007 as 7, 19,90 as 19.9, and TRUE or "
        "FALSE. Check that the right rows are chosen."
    )


_STEPS: Mapping[Oddity, Step] = {
    Oddity.BRACES: step(NextStep.USE_TEMPLATE),
    Oddity.SENT_SOMEWHERE: step(NextStep.SEND_WHATEVER_WAS_SENT),
}


class SheetWarnings:
    """Counts of each oddity, by column where it is about one."""

    def __init__(self) -> None:
        self._found: Tally[tuple[Oddity, str]] = Tally(_ROWS_SHOWN)

    def add(self, oddity: Oddity, row_number: int, column: str = "") -> None:
        """Note one oddity."""
        self._found.add((oddity, column), row_number)

    def sentences(self) -> list[Told]:
        """One sentence for each oddity and column, in the order in which they first came up."""
        return [
            _sentence(oddity, _rows(count, first_rows), column, first_rows[0])
            for (oddity, column), count in self._found.counts.items()
            for first_rows in (self._found.rows((oddity, column)),)
        ]


def _sentence(oddity: Oddity, rows: str, column: str, first: int) -> Told:
    said = words(oddity.value, rows=rows, column=column, first=first)
    return advised(said, _STEPS[oddity]) if oddity in _STEPS else said


def _rows(count: int, first: Sequence[int]) -> str:
    if count == 1:
        return words("Row {row}", row=first[0])
    return words("{count:row|rows} ({rows})", count=count, rows=first_of(first, count))


UNUSABLE: Mapping[str, str] = MappingProxyType(
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
        elif remark.code in UNUSABLE and column not in findings.unreadable:
            cell = row.cells[column] if column < len(row.cells) else ""
            findings.issues.append(Issue(UNUSABLE[remark.code], name, shown(cell or remark.detail)))
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
