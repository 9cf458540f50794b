"""The apostrophe that keeps a spreadsheet program from running a text in a CSV file: when it is put, and taken off.

Exactly what was written is read back: a text that begins with apostrophes of its own gets one more.
"""

from __future__ import annotations

import re

# Characters that show nothing: those that Unicode calls ignorable (Default_Ignorable_Code_Point), the marks of
# annotations, controls, and the empty Braille pattern.
_UNSEEN = (
    "\x01-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSEEN_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Those of them that pass for letters."""

# OWASP, CSV injection, and ASVS 5 (1.2.10): these make a spreadsheet program run the cell, also behind blanks and
# in their full-width forms; so may a tab, a line break or NUL.
_RUNS_AS_FORMULA = re.compile(f"[\\s\x00{_UNSEEN}]*[=+\\-@＝＋－＠\t\r\n\x00]")
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
