"""The parts of an .xlsb [MS-XLSB] -> its worksheets, and what the values of one do not tell."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from hotline_batch.sheets.number_formats import styles_that_format
from hotline_batch.sheets.package import Package
from hotline_batch.sheets.worksheet_facts import (
    ERROR_VALUE,
    FORMULA,
    LAST_COLUMN,
    LAST_ROW,
    NUMBER_FORMAT,
    WorksheetFacts,
    area_of,
)
from hotline_batch.sheets.xls_scan import ERROR_NAMES

_WORKBOOK: Final = "xl/workbook.bin"
_ROW_HEADER: Final = struct.Struct("<I4xHxB")
_CELL: Final = struct.Struct("<II")
_AREA: Final = struct.Struct("<IIII")

# Kinds of records.
_ROW: Final = 0
_BLANK: Final = 1
_ERRORS: Final = frozenset({3, 11})
_NUMBERS: Final = frozenset({2, 5, 9})
_FORMULAS: Final = range(8, 12)
_LAST_CELL: Final = 11
_FORMAT: Final = 44
_STYLE: Final = 47
_SHEET: Final = 156
_MERGED: Final = 176
_CELL_STYLES_BEGIN: Final = 617
_CELL_STYLES_END: Final = 618

_HIDDEN: Final = 0x10
_OWN_HEIGHT: Final = 0x20
_STYLE_BITS: Final = 0xFFFFFF


def sheet_parts(package: Package) -> dict[str, str]:
    """The sheets by name, each with its part: charts and dialogs too."""
    relations = package.relations(_WORKBOOK)
    parts: dict[str, str] = {}
    for kind, record in _records(b"".join(package.chunks(_WORKBOOK))):
        if kind == _SHEET:
            relation, position = _wide_text(record, 8)
            name, _ = _wide_text(record, position)
            parts[name] = package.path(_WORKBOOK, relations.get(relation, ("", ""))[1])
    return parts


def formatted_xlsb_styles(package: Package) -> frozenset[int]:
    """The styles, by index, whose cells show something else than the number that they hold."""
    part = next(
        (package.path(_WORKBOOK, target) for kind, target in package.relations(_WORKBOOK).values() if kind == "styles"),
        "",
    )
    if not part or part not in package:
        return frozenset()
    codes: dict[int, str] = {}
    styles: list[int] = []
    is_of_cells = False
    for kind, record in _records(b"".join(package.chunks(part))):
        if kind == _FORMAT:
            codes[int.from_bytes(record[:2], "little")] = _wide_text(record, 2)[0]
        elif kind in {_CELL_STYLES_BEGIN, _CELL_STYLES_END}:
            is_of_cells = kind == _CELL_STYLES_BEGIN
        elif kind == _STYLE and is_of_cells:
            styles.append(int.from_bytes(record[2:4], "little"))
    return styles_that_format(styles, codes)


def scan_xlsb_sheet(chunks: Iterable[bytes], formatted_styles: frozenset[int] = frozenset()) -> WorksheetFacts:
    """What the records of one worksheet tell. ValueError for a cell that no worksheet has."""
    facts = WorksheetFacts()
    row, is_hidden = 0, False
    for kind, record in _records(b"".join(chunks)):
        if kind == _ROW and len(record) >= _ROW_HEADER.size:
            row, height, flags = _ROW_HEADER.unpack_from(record)
            is_hidden = bool(flags & _HIDDEN) or (bool(flags & _OWN_HEIGHT) and not height)
        elif _BLANK < kind <= _LAST_CELL and len(record) >= _CELL.size:
            column, style = _CELL.unpack_from(record)
            if row >= LAST_ROW or column >= LAST_COLUMN:
                raise ValueError("it has cells beyond the last row or column")
            facts.use(row + 1, column)
            if is_hidden:
                facts.hidden_rows.append(row + 1)
            _mark(facts, row + 1, column, kind, record, is_formatted=style & _STYLE_BITS in formatted_styles)
        elif kind == _MERGED and len(record) >= _AREA.size:
            first_row, last_row, first_column, last_column = _AREA.unpack_from(record)
            facts.merged.append(area_of(first_row, first_column, last_row, last_column))
    facts.put_in_order()
    return facts


def _mark(facts: WorksheetFacts, row: int, column: int, kind: int, record: bytes, *, is_formatted: bool) -> None:
    if kind in _FORMULAS:
        facts.mark(row, column, FORMULA)
    if kind in _ERRORS and len(record) > _CELL.size:
        facts.mark(row, column, ERROR_VALUE, ERROR_NAMES.get(record[_CELL.size], "#ERROR!"))
    elif kind in _NUMBERS and is_formatted:
        facts.mark(row, column, NUMBER_FORMAT)


def _wide_text(record: bytes, position: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    start = position + 4
    end = start + 2 * int.from_bytes(record[position:start], "little")
    return record[start:end].decode("utf-16-le", "replace"), end


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record; both kind and length come seven bits to the byte."""
    position = 0
    while position + 1 < len(data):
        kind, position = _seven_bits(data, position, most=2)
        length, position = _seven_bits(data, position, most=4)
        yield kind, data[position : position + length]
        position += length


def _seven_bits(data: bytes, position: int, *, most: int) -> tuple[int, int]:
    value = 0
    for index in range(most):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            break
    return value, position
