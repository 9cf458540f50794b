"""Text of strangers -> text that is safe in a cell: no formula, no character that breaks the file, no endless line."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from hotline_batch.sheets.csv.guard import UNSEEN_LETTERS, needs_guard

LONGEST_CELL = 32_767
"""Characters that a spreadsheet program keeps in one cell; more are lost without a word."""

CUT_MARK = "… [cut]"

LONGEST_ERROR = 500
"""Characters of an error text: long enough for a reason, short enough for a column."""

# XML 1.0 knows none of these, and a workbook that holds one cannot be opened. A literal _x000D_ would be read back as
# the character it escapes in workbooks (ECMA-376, ST_Xstring).
_ILLEGAL_IN_WORKBOOK = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_TROUBLE_IN_WORKBOOK = re.compile(f"{_ILLEGAL_IN_WORKBOOK.pattern}|_x[0-9A-Fa-f]{{4}}_")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

# CSV keeps carriage returns: they are part of the person's text, and quoted.
_ILLEGAL_IN_CSV = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Printable text that begins so is never changed.
_PLAIN_STARTS = frozenset({"", *string.ascii_letters, *string.digits})

_BREAKS_THE_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def workbook_text(text: str) -> str:
    """The text as a workbook's cell can hold it: illegal characters dropped, escapes kept literal, not too long."""
    if _TROUBLE_IN_WORKBOOK.search(text):
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _LOOKS_ESCAPED.sub("_x005F_", _ILLEGAL_IN_WORKBOOK.sub("", text))
    if len(text) > LONGEST_CELL:
        text = text[: LONGEST_CELL - len(CUT_MARK)] + CUT_MARK
    return text


def printable(text: str) -> str:
    """The text without the characters that neither kind of result sheet can hold."""
    return _ILLEGAL_IN_WORKBOOK.sub("", text)


def csv_text(text: str) -> str:
    """The text as a CSV cell can hold it: unprintable characters dropped, an apostrophe before what would be run."""
    if not text or (text[0].isalnum() and text.isprintable() and (text.isascii() or text[0] not in UNSEEN_LETTERS)):
        return text  # most cells by far
    defused = "'" if needs_guard(text) else ""
    if _ILLEGAL_IN_CSV.search(text):
        text = _ILLEGAL_IN_CSV.sub("", text)
        defused = defused or ("'" if needs_guard(text) else "")
    return defused + text


def csv_line(texts: Sequence[str]) -> Sequence[str]:
    """``csv_text`` of each text of a line, at half the cost where most are plain."""
    if not "".join(texts).isprintable():
        return [csv_text(text) for text in texts]
    return [text if text[:1] in _PLAIN_STARTS else csv_text(text) for text in texts]


def one_line(text: str, longest: int = LONGEST_ERROR) -> str:
    """The text on one line without control characters, at most ``longest`` characters."""
    text = _BREAKS_THE_LINE.sub(" ", text).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"
