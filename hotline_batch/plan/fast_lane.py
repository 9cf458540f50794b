"""The common row of a send, at half the cost: plain digits, a short printable message, nothing remarked, no repetition.

Whatever is not obviously fine is left to ``fields``, which decides alone; a test holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from hotline_batch.keys import is_ordinary, key_of, start_of_key
from hotline_batch.model import Connection, Job, Kind, Row, job_of, send_message_of
from hotline_batch.plan.columns import ColumnMap
from hotline_batch.plan.doubts import may_be_doubtful
from hotline_batch.plan.duplicates import SeenKeys
from hotline_batch.plan.messages import BLANK_LETTERS

if TYPE_CHECKING:
    from hotline_batch.plan.templating import MessageTemplate

_LONGEST = 2_000
"""Characters: neither the limit nor its UTF-16 counterpart can be reached."""
_FEWEST_DIGITS, _MOST_DIGITS = 7, 12
"""Digits of an id: more than a reserved one has, fewer than the largest."""
_DOUBTFUL_STARTS = BLANK_LETTERS | {" ", "/"}


class FastLane:
    """Knows the columns of a send with users and without a connection column."""

    def __init__(
        self,
        columns: ColumnMap,
        template: MessageTemplate | None,
        width: int,
        connection: Connection,
        seen: SeenKeys,
    ) -> None:
        self._user = columns.fields["user_id"]
        self._width = width
        self._connection = connection.name
        self._start_of_key = start_of_key(connection.identity, Kind.SEND)
        self._earlier = seen.earlier
        self._pattern = template.pattern[0] if template and template.pattern else None
        needed = template.pattern[1] if template and template.pattern else (columns.fields["message"],)
        # Of a slice itemgetter makes a tuple, as it does of many indexes, but not of a single one.
        parts = needed if len(needed) > 1 else [slice(index, index + 1) for index in needed] or [slice(0)]
        self._needed: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*parts)

    @staticmethod
    def serves(columns: ColumnMap, template: MessageTemplate | None) -> bool:
        """Whether this kind of sheet can use it."""
        fields = columns.fields
        return "user_id" in fields and "connection" not in fields and (template is None or template.pattern is not None)

    def job(self, row: Row) -> Job | None:
        """The row's job where nothing about it needs a closer look, else None."""
        number, cells, remarks, _ = row
        if remarks or len(cells) < self._width:
            return None
        text = cells[self._user]
        if not (text.isdecimal() and text.isascii() and _FEWEST_DIGITS <= len(text) <= _MOST_DIGITS and text[0] != "0"):
            return None
        needed = self._needed(cells)
        for cell in needed:
            if not cell or cell.isspace():
                return None
        if self._pattern is not None:
            message = self._pattern % needed
        elif "{{" in (message := needed[0]):
            return None
        if len(message) > _LONGEST or not is_ordinary(message) or message[0] in _DOUBTFUL_STARTS:
            return None
        if may_be_doubtful(message):
            return None
        key = key_of(self._start_of_key, text, message)
        if self._earlier(key, number) is not None:
            return None
        return job_of((number, send_message_of((int(text), message)), self._connection, key, ()))
