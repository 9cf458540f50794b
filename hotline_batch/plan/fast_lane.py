"""The common row of a send, at half the cost: plain digits, a short printable message, nothing remarked.

Whatever is not obviously fine is left to ``fields``, which decides alone; a test holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from hotline_batch.model import Row, SendMessage
from hotline_batch.plan.columns import ColumnMap
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

    def __init__(self, columns: ColumnMap, template: MessageTemplate | None, width: int) -> None:
        self._user = columns.fields["user_id"]
        self._width = width
        self._template = template
        cells = template.columns if template else (columns.fields["message"],)
        self._needed = cells
        self._text: Callable[[Sequence[str]], str] = template.render if template else itemgetter(cells[0])

    @staticmethod
    def serves(columns: ColumnMap, template: MessageTemplate | None) -> bool:
        """Whether this kind of sheet can use it."""
        fields = columns.fields
        return "user_id" in fields and "connection" not in fields and (template is None or template.is_plain)

    def request(self, row: Row) -> SendMessage | None:
        """The row's request where nothing about it needs a closer look, else None."""
        cells = row.cells
        if row.remarks or len(cells) < self._width:
            return None
        text = cells[self._user]
        if not (text.isdecimal() and text.isascii() and _FEWEST_DIGITS <= len(text) <= _MOST_DIGITS and text[0] != "0"):
            return None
        if self._template is not None:
            for index in self._needed:
                if not cells[index] or cells[index].isspace():
                    return None
        message = self._text(cells)
        if not message or len(message) > _LONGEST or not message.isprintable() or message[0] in _DOUBTFUL_STARTS:
            return None
        if self._template is None and "{{" in message:
            return None
        return SendMessage(int(text), message)
