"""What the ledger kept of a workbook's cell -> the same cell in a result workbook; never a formula."""

from __future__ import annotations

import re
from typing import Final

from hotline_batch.model.sheets import CellKind, TypedCell
from hotline_batch.results.cell_safety import printable
from hotline_batch.results.workbook.xlsx import LINK_LOOK, Style, Workbook, Worksheet

LONGEST_TARGET: Final = 2_079
"""Characters of an address behind a cell; Excel repairs a file that has a longer one."""

_DIGITS_ARE_LOST_FROM: Final = 10**15
_LONGEST_FORMAT: Final = 255
# Excel knows these in every language; a word that it does not know makes it repair the file.
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_LEADS_SOMEWHERE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:.")
_NOT_IN_ADDRESSES: Final = re.compile('[\x00-\x20\x7f"<>\ud800-\udfff\ufffe\uffff]')


def write_given_cell(
    book: Workbook, sheet: Worksheet, row: int, column: int, cell: TypedCell, text: str, plain: Style
) -> None:
    """Write a cell of the input as it was; as its ``text`` in the ``plain`` style where that says it all.

    A number of more digits than spreadsheet programs keep stays text: it was an id once.
    """
    target = target_of(cell.link) if cell.link and sheet.links_left else ""
    if target:
        sheet.write_link(row, column, target, text, book.text_style(**LINK_LOOK))
    match cell.kind:
        case CellKind.NUMBER | CellKind.DATE if cell.value is not None and abs(cell.value) < _DIGITS_ARE_LOST_FROM:
            sheet.write_exactly(row, column, cell.value, _style(book, cell, is_link=bool(target)))
        case CellKind.BOOLEAN if text in {"TRUE", "FALSE"}:
            sheet.write_boolean(row, column, text == "TRUE", _style(book, cell, is_link=bool(target)))
        case CellKind.ERROR if text in _ERRORS:
            sheet.write_error(row, column, text, _style(book, cell, is_link=bool(target)))
        case _ if not target:
            sheet.write_text(row, column, text, plain)


def target_of(link: str) -> str:
    """The address as a workbook can hold it; empty where it leads nowhere from another workbook, or is too long."""
    if not _LEADS_SOMEWHERE.match(link):
        return ""
    target = _NOT_IN_ADDRESSES.sub(_percent, link.strip())
    return target if len(target) <= LONGEST_TARGET else ""


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def _style(book: Workbook, cell: TypedCell, *, is_link: bool) -> Style:
    code = printable(cell.number_format)[:_LONGEST_FORMAT] or "General"
    return book.style(num_format=_number_of(code), valign="top", **(LINK_LOOK if is_link else {}))


def _number_of(code: str) -> int | str:
    """The number of a format that every program shows in its own language, such as that of dates; else its code."""
    # Known to openpyxl, which takes a fifth of a second to load; most sheets have no such formats.
    from openpyxl.styles.numbers import builtin_format_id  # noqa: PLC0415 - see above

    return code if code in {"", "General", "0"} else builtin_format_id(code) or code
