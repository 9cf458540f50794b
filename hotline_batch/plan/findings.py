"""What reading brought to light: why a row cannot be used, and what of the sheet is worth a look but stops no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum

from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import marked, words
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
        "Column '{column}' holds number cells, the first in row {first}; they are written plainly: 5, 59.97."
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
    SENT_SOMEWHERE = marked(
        "{rows}: sent before, as the sheet says, but not through which service; left out, as it may have been this "
        "one. If it was practice, write 'practice' into a column hotline_service."
    )
    BOOLEAN = marked("{rows}: column '{column}', which the template uses, holds TRUE or FALSE.")


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
