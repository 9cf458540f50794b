"""Values of Excel's workbooks: the formats of their numbers, and what binary ones, .xls and .xlsb alike, store."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import LAST_ROW, Area, Cell, reference
from hotline_batch.sheets.cells.dates import counted_from_1900, number_cell

_ALWAYS_THERE: Mapping[int, str] = {0: "", 1: "0", 49: "@"}
# Programs in China, Japan and Korea write these numbers for their own forms of dates and never their codes.
_EASTERN_DATES = frozenset({*range(27, 37), *range(50, 59)})


class NumberFormats(dict[str, str]):
    """The format's code by the style of a cell, as cells name it: ``formats["3"]``; empty for General.

    ``style_formats`` is the number of each style's format; ``codes`` are the formats that the workbook brings along.
    """

    def __init__(self, style_formats: Iterable[int] = (), codes: Mapping[int, str] | None = None) -> None:
        super().__init__()
        self._style_formats = list(style_formats)
        self._codes = codes or {}

    def __missing__(self, style: str) -> str:
        index = int(style) if style.isdecimal() else -1
        known = 0 <= index < len(self._style_formats)
        code = self[style] = self._code(self._style_formats[index]) if known else ""
        return code

    def _code(self, number: int) -> str:
        code = self._codes.get(number, _ALWAYS_THERE.get(number))
        if code is None:
            if number in _EASTERN_DATES:
                return "yyyy-mm-dd"
            # It takes a fifth of a second to load; most sheets have no such formats.
            from openpyxl.styles.numbers import BUILTIN_FORMATS  # noqa: PLC0415 - see above

            code = BUILTIN_FORMATS.get(number, "")
        return "" if code.strip().casefold() == "general" else code


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
