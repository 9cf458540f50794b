"""Rows of a sheet of messages that do not look like users, or an id column that holds none -> what a person is told."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Job, PlannedRow, RejectedRow, SendMessage, SkippedRow
from hotline_batch.model.sheets import Row
from hotline_batch.next_step import NextStep, Told, advised, step
from hotline_batch.plan.columns.names import is_named_otherwise
from hotline_batch.plan.fields import SMALLEST_LIKELY_USER_ID
from hotline_batch.plan.visible_text import shown, without_invisible_ends

_LONGEST_END = 20
"""Rows: a total with more notes below it is not looked for."""
_OF_THE_LAST = marked("Row {row}, the last, {why}, not like a user. Delete it in the sheet, or leave it out.")
_NEAR_THE_END = marked("Row {row}, near the end, {why}, not like a user. Delete it in the sheet, or leave it out.")
_TOTAL = re.compile(
    r"(?:gesamt(?:summe|betrag|anzahl|zahl|ergebnis)?|(?:zwischen)?summen?|anzahl|insgesamt|(?:grand|sub)?[ -]?totals?"
    r"|total(?:e|es)?(?: general)?|sum|count|итог[ои]?|всего|сумма|общий итог|количество|suma(?: total)?|cantidad)"
    r"(?:[\s:=.,№#()-]|[0-9])*",
    re.IGNORECASE,
)


def total_words(row: Row) -> str:
    """The cell that calls a row a total; empty where none does."""
    return next((cell for cell in row.cells if cell and _TOTAL.fullmatch(without_invisible_ends(cell))), "")


def counts_columns(row: Row) -> bool:
    """Whether the cells of a row are the numbers of its columns: 1, 2, 3."""
    filled = [(column, cell.strip()) for column, cell in enumerate(row.cells, 1) if cell.strip()]
    return len(filled) > 1 and all(cell == str(column) for column, cell in filled)


class UnlikelyRows:
    """Looks at the first and the last rows of a sheet of messages, and at what the ids above add up to."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._rows = 0
        self._sum = 0
        self._end: deque[_AtTheEnd] = deque(maxlen=_LONGEST_END)

    def add(self, planned: PlannedRow) -> None:
        """Take note of the next row."""
        row, decision = planned
        if self._rows == 0 and counts_columns(row) and not isinstance(decision, SkippedRow):
            cells = ", ".join(cell for cell in row.cells if cell.strip())
            self.sentences.append(
                words(
                    "Row {row} holds the numbers of the columns ({cells}), not a user. Delete it in the sheet, or "
                    "leave it out.",
                    row=row.number,
                    cells=shown(cells),
                )
            )
        user = 0
        if isinstance(decision, Job) and isinstance(decision.request, SendMessage):
            user = decision.request.user_id
        if not isinstance(decision, RejectedRow):
            # Below a total stand notes and rows that look blank, but no user and nothing that was left out.
            self._end.clear()
        if not isinstance(decision, SkippedRow):
            self._end.append(_AtTheEnd(row, user, self._rows, self._sum))
        self._rows += 1
        self._sum += user

    def finish(self) -> None:
        """No more rows come."""
        for found in self._end:
            if why := found.why_a_total():
                sentence = _OF_THE_LAST if found is self._end[-1] else _NEAR_THE_END
                self.sentences.append(words(sentence, row=found.row.number, why=why))
                return


class _AtTheEnd(NamedTuple):
    """A row of the end of the sheet, its user (0 for none), and how many rows are above, and the sum of their ids."""

    row: Row
    user: int
    rows_above: int
    sum_above: int

    def why_a_total(self) -> str:
        if called := total_words(self.row):
            return words("looks like a total ('{called}')", called=shown(called))
        if self.rows_above > 1 and self.user and self.user == self.sum_above:
            return words("looks like a total: its id is the sum of all ids above")
        if self.rows_above > 1 and self.user and self.user == self.rows_above:
            return words("looks like a total: its id is the number of rows above")
        return ""


# Ids of today have 6 to 10 digits; 13 are room for those to come, and less than what a topic of a group has with it.
_LIKELY_ID = re.compile(r"[1-9][0-9]{5,12}")
_FIELD = "user_id"
# How many of the rows without an id must have one in the other column, each another one: dates and amounts repeat.
_MOST_OF_THEM = 0.9
_ROWS_LOOKED_AT = 1_000


class BetterColumn:
    """Looks at the rows of a sheet of messages whose users stand in one column; ``fields`` is field -> column."""

    def __init__(self, header: Sequence[str], fields: Mapping[str, int]) -> None:
        self._header = header
        self._column = fields.get(_FIELD)
        taken = set(fields.values())
        self._others = [
            column
            for column, name in enumerate(header)
            if column not in taken and name.strip() and not is_named_otherwise(_FIELD, name)
        ]
        self._rows = 0
        self._without = 0
        self._ids: dict[int, set[str]] = {column: set() for column in self._others}

    def add(self, planned: PlannedRow) -> None:
        """Take note of the next row."""
        row, decision = planned
        match decision:
            case Job(request=SendMessage(user_id=user)):
                lacks_id = user < SMALLEST_LIKELY_USER_ID
            case RejectedRow(issues=issues) if self._column is not None:
                lacks_id = any(issue.column == self._header[self._column] for issue in issues)
            case _:
                return
        self._rows += 1
        if self._column is None or not lacks_id:
            return
        self._without += 1
        if self._without > _ROWS_LOOKED_AT:
            return
        for column in self._others:
            cell = row.cells[column].strip() if column < len(row.cells) else ""
            if _LIKELY_ID.fullmatch(cell):
                self._ids[column].add(cell)

    def told(self) -> Iterator[Told]:
        """What is told once the rows have flowed by; nothing where most rows have an id, or no column is likelier."""
        if self._column is None or self._without * 2 <= self._rows:
            return
        needed = min(self._without, _ROWS_LOOKED_AT) * _MOST_OF_THEM
        likely = [column for column, ids in self._ids.items() if len(ids) >= needed]
        if len(likely) != 1:
            return
        column = shown(self._header[likely[0]])
        yield advised(
            words(
                "In {count:,} of {rows:row|rows} the column '{column}' holds no id of a Telegram user, and the column "
                "'{other}' seems to hold one.",
                count=self._without,
                rows=self._rows,
                column=shown(self._header[self._column]),
                other=column,
            ),
            step(NextStep.MAP_COLUMN, field=_FIELD, column=column),
        )
