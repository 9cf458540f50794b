"""The records of an .xls [MS-XLS] -> its worksheets, and what the values of one do not tell."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hotline_batch.sheets.number_formats import styles_that_format
from hotline_batch.sheets.worksheet_facts import (
    ERROR_VALUE,
    FORMULA,
    NUMBER_FORMAT,
    WorksheetFacts,
    area_of,
)

ERROR_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x00: "#NULL!",
        0x07: "#DIV/0!",
        0x0F: "#VALUE!",
        0x17: "#REF!",
        0x1D: "#NAME?",
        0x24: "#NUM!",
        0x2A: "#N/A",
    }
)
"""Binary workbooks keep errors as numbers."""

_COLUMNS: Final = 256
_ROWS: Final = 65_536
_RECORD: Final = struct.Struct("<HH")
_CELL: Final = struct.Struct("<HHH")
_AREA: Final = struct.Struct("<HHHH")
_DIMENSIONS: Final = struct.Struct("<IIHH2x")

# Kinds of records.
_BEGIN: Final = 0x0809
_END: Final = 0x000A
_LOCKED: Final = 0x002F
_SHEET: Final = 0x0085
_SIZE: Final = 0x0200
_ROW: Final = 0x0208
_MERGED: Final = 0x00E5
_FORMAT: Final = 0x041E
_STYLE: Final = 0x00E0
_FORMULA: Final = 0x0006
_BOOLEAN_OR_ERROR: Final = 0x0205
_SHORT_NUMBERS: Final = 0x00BD
_NUMBERS: Final = frozenset({0x0203, 0x027E})
# Plain, rich and shared strings; those of formulas stand in a record of their own.
_TEXTS: Final = frozenset({0x0204, 0x00D6, 0x00FD})
_CELLS: Final = _TEXTS | _NUMBERS | {_FORMULA, _BOOLEAN_OR_ERROR, _SHORT_NUMBERS}

_HIDDEN: Final = 0x20
_OWN_HEIGHT: Final = 0x40
_HEIGHT_BITS: Final = 0x7FFF
_NO_NUMBER: Final = b"\xff\xff"
_AN_ERROR: Final = 2
_UNICODE_FROM_VERSION: Final = 0x0600


@dataclass(frozen=True, slots=True)
class XlsBook:
    """A stream of records, where in it the sheets begin, and which styles show something else than the number."""

    stream: bytes
    positions: tuple[int, ...]
    formatted_styles: frozenset[int]


def cells_are_within_bounds(stream: bytes) -> bool:
    """Whether no record names a cell that no .xls has: a reader would reserve memory up to it.

    What a password locks cannot be judged; readers refuse it.
    """
    for kind, record in _records(stream, 0):
        if kind == _LOCKED:
            return True
        if kind in _CELLS and len(record) >= 4 and int.from_bytes(record[2:4], "little") >= _COLUMNS:
            return False
        if kind == _SIZE and len(record) >= _DIMENSIONS.size:
            _, rows, _, columns = _DIMENSIONS.unpack_from(record)
            if rows > _ROWS or columns > _COLUMNS:
                return False
    return True


def read_book(stream: bytes) -> XlsBook:
    """What the beginning of the stream says of the whole workbook."""
    positions: list[int] = []
    styles: list[int] = []
    formats: dict[int, str] = {}
    is_unicode = True
    for kind, record in _substream(stream, 0):
        if kind == _BEGIN:
            is_unicode = int.from_bytes(record[:2], "little") >= _UNICODE_FROM_VERSION
        elif kind == _SHEET:
            positions.append(int.from_bytes(record[:4], "little"))
        elif kind == _STYLE:
            styles.append(int.from_bytes(record[2:4], "little"))
        elif kind == _FORMAT:
            formats[int.from_bytes(record[:2], "little")] = _format_code(record, is_unicode=is_unicode)
    return XlsBook(stream, tuple(positions), styles_that_format(styles, formats))


def _format_code(record: bytes, *, is_unicode: bool) -> str:
    if not is_unicode:
        return record[3:].decode("cp1252", "replace")
    is_wide = record[4:5] == b"\x01"
    return record[5:].decode("utf-16-le" if is_wide else "latin-1", "replace")


def scan_xls_sheet(book: XlsBook, index: int) -> WorksheetFacts:
    """What the records of one sheet tell, by its place among the tabs."""
    scan = _SheetScan(book.formatted_styles)
    for kind, record in _substream(book.stream, book.positions[index]):
        scan.read(kind, record)
    return scan.finish()


class _SheetScan:
    """Takes the records of one sheet; rows and columns count from 0 in them."""

    def __init__(self, formatted_styles: frozenset[int]) -> None:
        self._formatted_styles = formatted_styles
        self._facts = WorksheetFacts()
        self._hidden: set[int] = set()
        self._used: set[int] = set()

    def read(self, kind: int, record: bytes) -> None:
        if kind == _ROW and len(record) >= 16:
            height = int.from_bytes(record[6:8], "little") & _HEIGHT_BITS
            if record[12] & _HIDDEN or (record[12] & _OWN_HEIGHT and not height):
                self._hidden.add(int.from_bytes(record[:2], "little"))
        elif kind == _MERGED:
            self._read_merged(record)
        elif kind in _CELLS and len(record) >= _CELL.size:
            self._read_cell(kind, record)

    def finish(self) -> WorksheetFacts:
        facts = self._facts
        facts.hidden_rows.extend(row + 1 for row in self._hidden & self._used)
        facts.put_in_order()
        return facts

    def _read_merged(self, record: bytes) -> None:
        for position in range(2, len(record) - 7, _AREA.size):
            first_row, last_row, first_column, last_column = _AREA.unpack_from(record, position)
            if first_row <= last_row and first_column <= last_column:
                self._facts.merged.append(area_of(first_row, first_column, last_row, last_column))

    def _read_cell(self, kind: int, record: bytes) -> None:
        row, column, style = _CELL.unpack_from(record)
        self._use(row, column)
        number = row + 1
        if kind == _SHORT_NUMBERS:
            # Style and number of each cell, and at the end the last column.
            for position in range(4, len(record) - 7, 6):
                self._use(row, column)
                if int.from_bytes(record[position : position + 2], "little") in self._formatted_styles:
                    self._facts.mark(number, column, NUMBER_FORMAT)
                column += 1
        elif kind in _NUMBERS and style in self._formatted_styles:
            self._facts.mark(number, column, NUMBER_FORMAT)
        elif kind == _BOOLEAN_OR_ERROR and record[7:8] == b"\x01":
            self._facts.mark(number, column, ERROR_VALUE, ERROR_NAMES.get(record[6], "#ERROR!"))
        elif kind == _FORMULA:
            self._facts.mark(number, column, FORMULA)
            if record[12:14] != _NO_NUMBER:
                if style in self._formatted_styles:
                    self._facts.mark(number, column, NUMBER_FORMAT)
            elif record[6] == _AN_ERROR:
                self._facts.mark(number, column, ERROR_VALUE, ERROR_NAMES.get(record[8], "#ERROR!"))

    def _use(self, row: int, column: int) -> None:
        self._used.add(row)
        self._facts.use(row + 1, column)


def _substream(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records of one sheet, or of the workbook itself, without those of charts that are laid over it."""
    depth = 0
    for kind, record in _records(stream, position):
        if kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif kind == _BEGIN:
            depth += 1
        if depth == 1:
            yield kind, record


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    while position + _RECORD.size <= len(stream):
        kind, length = _RECORD.unpack_from(stream, position)
        position += _RECORD.size
        yield kind, stream[position : position + length]
        position += length
