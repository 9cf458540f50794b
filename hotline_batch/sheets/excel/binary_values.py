"""Values as binary workbooks store them, .xls and .xlsb alike."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import LAST_ROW, Area, Cell, reference
from hotline_batch.sheets.cells.dates import counted_from_1900, number_cell
from hotline_batch.sheets.excel.number_formats import NumberFormats

_ERRORS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x00: "#NULL!",
        0x07: "#DIV/0!",
        0x0F: "#VALUE!",
        0x17: "#REF!",
        0x1D: "#NAME?",
        0x24: "#NUM!",
        0x2A: "#N/A",
        0x2B: "#GETTING_DATA",
    }
)


def area(first_row: int, last_row: int, first_column: int, last_column: int) -> Area | None:
    """The area between two corners that are counted from 0; None where they are in no order."""
    if first_row > last_row or first_column > last_column:
        return None
    corners = (first_row + 1, first_column, min(last_row + 1, LAST_ROW), last_column)
    return Area(*corners, reference(corners))


class BinaryValues:
    """Makes cells of one workbook; ``counts_from_1904``: its dates are numbered as in old programs of the Macintosh."""

    def __init__(self, formats: NumberFormats, *, counts_from_1904: bool = False) -> None:
        self._formats = formats
        self._counts_from_1904 = counts_from_1904

    def number(self, value: float, style: int, *, is_formula: bool = False, link: str = "") -> Cell:
        """A number, or a date where its style shows one."""
        cell = number_cell(value, self._formats[str(style)], is_formula=is_formula, link=link)
        return counted_from_1900(cell) if self._counts_from_1904 else cell


def packed_number(packed: int) -> float:
    """A number in four bytes: a whole one of 30 bits, or the upper half of a float; either may be a hundredfold."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))
    return value / 100 if packed & 1 else value


def error_cell(code: int, *, is_formula: bool = False, link: str = "") -> Cell:
    """A cell whose value is an error."""
    return Cell(CellKind.ERROR, _ERRORS.get(code, "#ERROR!"), link=link, is_formula=is_formula)


def truth_cell(value: int, *, is_formula: bool = False, link: str = "") -> Cell:
    """TRUE or FALSE."""
    return Cell(CellKind.BOOLEAN, "TRUE" if value else "FALSE", link=link, is_formula=is_formula)
