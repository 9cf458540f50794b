"""Texts -> pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# Markdown would read these as markup; a pipe would end the cell. Within words, as here, an underscore is none.
_MARKUP = {"|": "&#124;", "*": r"\*", "<": "&lt;", ">": "&gt;"}

GENERATED = "This page is made from the program itself by `python -m reference`."


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(text: str) -> str:
    """Text that Markdown shows as it is; what stands in single quotes and starts with the program's name is code."""
    parts = re.split(r"'(hotline-batch[^']*)'", " ".join(text.split()))
    return "".join(code(part) if at % 2 else _escaped(part) for at, part in enumerate(parts))


def _escaped(text: str) -> str:
    return "".join(_MARKUP.get(letter, letter) for letter in text)


def code(text: str) -> str:
    """Text as code, also within a table."""
    # Readers of Markdown disagree on how a pipe is escaped within backticks.
    return f"<code>{_escaped(text)}</code>" if "|" in text else f"`{text}`"
