"""Message as written -> message as sent, or why it cannot be sent.

One rule for every message: CRLF and CR become LF, and nothing else is changed. Blanks around the text stay (Telegram
trims them itself), ``NA``, ``007`` and ``=1+1`` are texts like any other, and nothing is ever cut. The length is
counted after that, in Unicode code points, as Telegram's servers do for bots.
"""

from __future__ import annotations

import re

from hotline_batch.issues.issue import Issue
from hotline_batch.plan.visible_text import is_invisible

LONGEST_MESSAGE = 4096
"""Code points; TDLib's message_text_length_max."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by category that show nothing: Hangul fillers and the empty Braille pattern."""
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def checked_message(text: str) -> str | Issue:
    """The message as it is sent; an Issue for one that is blank, too long, or holds what cannot be sent."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable() and (unsendable := _UNSENDABLE.search(text)):
        character = f"U+{ord(unsendable[0]):04X}"
        position = unsendable.start() + 1
        return Issue("message_bad_characters", parameters={"character": character, "position": position})
    if all(is_invisible(character) or character in _BLANK_LETTERS for character in text):
        return Issue("message_blank")
    if len(text) > LONGEST_MESSAGE:
        return Issue("message_too_long", parameters={"length": len(text), "longest": LONGEST_MESSAGE})
    return text


def exceeds_in_utf16(message: str) -> bool:
    """Whether editors that count UTF-16 units (an emoji is two) would call this message too long."""
    if len(message) * 2 <= LONGEST_MESSAGE or message.isascii():
        return False
    return len(message.encode("utf-16-le")) // 2 > LONGEST_MESSAGE
