"""Another column holds the ids that the chosen one lacks -> what a person is told, with the column to choose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hotline_batch.language.words import words
from hotline_batch.model.jobs import Job, PlannedRow, RejectedRow, SendMessage
from hotline_batch.next_step import NextStep, Told, advised, step
from hotline_batch.plan.columns.names import is_named_otherwise
from hotline_batch.plan.fields import SMALLEST_LIKELY_USER_ID
from hotline_batch.plan.visible_text import shown

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
