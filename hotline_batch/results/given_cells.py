"""What the ledger kept of a workbook's cell -> the same cell in a result workbook; never a formula."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape

from hotline_batch.model import CellKind, TypedCell

LONGEST_TARGET: Final = 2_079
"""Characters of an address behind a cell; Excel repairs a file that has a longer one."""

_DIGITS_ARE_LOST_FROM: Final = 10**15
# Excel knows these in every language; a word that it does not know makes it repair the file.
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_TRUTHS: Final = {"TRUE": "1", "FALSE": "0"}
_LEADS_SOMEWHERE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:.")
_NOT_IN_ADDRESSES: Final = re.compile('[\x00-\x20\x7f"<>\ud800-\udfff\ufffe\uffff]')


def value_xml(cell: TypedCell, text: str) -> str:
    """The type and the value of a cell (ECMA-376 part 1, 18.3.1.4); empty where its text is to be written as text.

    A number of more digits than spreadsheet programs keep stays text: it was an id once.

    >>> value_xml(TypedCell(0, CellKind.NUMBER, 7.0, "000"), "7"), value_xml(TypedCell(0, CellKind.BOOLEAN), "TRUE")
    ('><v>7</v>', ' t="b"><v>1</v>')
    """
    match cell.kind:
        case CellKind.NUMBER | CellKind.DATE if cell.value is not None and abs(cell.value) < _DIGITS_ARE_LOST_FROM:
            return f"><v>{int(cell.value) if cell.value.is_integer() else repr(cell.value)}</v>"
        case CellKind.BOOLEAN if text in _TRUTHS:
            return f' t="b"><v>{_TRUTHS[text]}</v>'
        case CellKind.ERROR if text in _ERRORS:
            return f' t="e"><v>{escape(text)}</v>'
        case _:
            return ""


def target_of(link: str) -> str:
    """The address as a workbook can hold it; empty where it leads nowhere from another workbook, or is too long."""
    if not _LEADS_SOMEWHERE.match(link):
        return ""
    target = _NOT_IN_ADDRESSES.sub(_percent, link.strip())
    return target if len(target) <= LONGEST_TARGET else ""


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))
