"""The apostrophe that keeps a spreadsheet program from running a text in a CSV file: when it is put, and taken off.

Exactly what was written is read back: a text that begins with apostrophes of its own gets one more.
"""

from __future__ import annotations

import re

# OWASP, CSV injection, and ASVS 5 (1.2.10): these make a spreadsheet program run the cell, also behind blanks and
# in their full-width forms; so may a tab, a line break or NUL.
_RUNS_AS_FORMULA = re.compile("[\\s\x00\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\\-@＝＋－＠\t\r\n\x00]")
_HARMLESS_NUMBER = re.compile("[+-]?[0-9][0-9 .()-]*")


def would_run(text: str) -> bool:
    """Whether a spreadsheet program would take the text for a formula; plain numbers and phones are not."""
    return _RUNS_AS_FORMULA.match(text) is not None and _HARMLESS_NUMBER.fullmatch(text) is None


def needs_guard(text: str) -> bool:
    """Whether an apostrophe is put before the text in a CSV file of ours."""
    return would_run(text.lstrip("'") if text.startswith("'") else text)


def unguarded(cell: str) -> str:
    """What a cell of a CSV file of ours held before its apostrophe was put there."""
    return cell[1:] if cell.startswith("'") and needs_guard(cell) else cell
