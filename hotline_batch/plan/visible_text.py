"""What a person sees of a cell's text, and what exports put around it."""

from __future__ import annotations

import re
import unicodedata

_WRAPPED = re.compile(r'="([^"]*)"', re.ASCII)


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing: white space, or a format character such as U+200B or U+FEFF."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def without_invisible_ends(text: str) -> str:
    """The text without blanks and invisible characters around it."""
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def unwrapped(text: str) -> str:
    r"""The value inside what exports put around text: blanks, one leading apostrophe, ``="…"``."""
    inner = without_invisible_ends(text)
    if inner.startswith("'"):
        inner = without_invisible_ends(inner[1:])
    if wrapped := _WRAPPED.fullmatch(inner):
        inner = without_invisible_ends(wrapped[1])
    return inner


def shown(text: str, longest: int = 60) -> str:
    """The cell as a person may be shown it: one line, invisible characters escaped, shortened."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    if short.isprintable():
        return short
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short.replace("\n", " ⏎ "))
