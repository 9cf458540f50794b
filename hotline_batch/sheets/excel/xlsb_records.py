"""The parts of an .xlsb [MS-XLSB] -> their records, and what the workbook's own part says."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hotline_batch.language.words import words
from hotline_batch.sheets.excel.values import NumberFormats
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package

_WORKBOOK: Final = "xl/workbook.bin"
_LONGEST_RECORD: Final = 16 * 1024**2

# Kinds of records.
_SHARED_TEXT: Final = 19
_FORMAT: Final = 44
_STYLE: Final = 47
_PROPERTIES: Final = 153
_SHEET: Final = 156
_CALCULATION: Final = 157
_VIEW: Final = 158
_CELL_STYLES_BEGIN, _CELL_STYLES_END = 617, 618


@dataclass(frozen=True, slots=True)
class XlsbWorkbook:
    """What the workbook says of itself; ``was_calculated``: a spreadsheet program computed its values."""

    worksheets: tuple[Worksheet, ...]
    shared_texts: str
    formats: NumberFormats
    counts_from_1904: bool
    was_calculated: bool


def read_workbook(package: Package) -> XlsbWorkbook:
    """The workbook's part, its relations and its styles; charts and macro sheets are no worksheets."""
    relations = package.relations(_WORKBOOK)
    others = {kind: package.path(_WORKBOOK, target) for kind, target in relations.values()}
    sheets: list[tuple[str, str, bool]] = []
    active, counts_from_1904, was_calculated = 0, False, False
    for kind, record in records(package.chunks(_WORKBOOK)):
        if kind == _SHEET:
            relation, position = wide_text(record, 8)
            sheets.append((wide_text(record, position)[0], relation, record[:4] == bytes(4)))
        elif kind == _VIEW and len(record) >= 28:
            (active,) = struct.unpack_from("<I", record, 24)
        elif kind == _PROPERTIES:
            counts_from_1904 = bool(record[0] & 1)
        elif kind == _CALCULATION:
            was_calculated = record[:4] != bytes(4)
    worksheets = tuple(
        Worksheet(name, package.path(_WORKBOOK, relations[relation][1]), is_visible, index == active)
        for index, (name, relation, is_visible) in enumerate(sheets)
        if relation in relations and relations[relation][0] == "worksheet"
    )
    shared = others.get("sharedStrings", "")
    return XlsbWorkbook(
        worksheets,
        shared if shared in package else "",
        _formats(package, others.get("styles", "")),
        counts_from_1904,
        was_calculated,
    )


def _formats(package: Package, part: str) -> NumberFormats:
    if not part or part not in package:
        return NumberFormats()
    codes: dict[int, str] = {}
    styles: list[int] = []
    is_of_cells = False
    for kind, record in records(package.chunks(part)):
        if kind == _FORMAT:
            codes[int.from_bytes(record[:2], "little")] = wide_text(record, 2)[0]
        elif kind in {_CELL_STYLES_BEGIN, _CELL_STYLES_END}:
            is_of_cells = kind == _CELL_STYLES_BEGIN
        elif kind == _STYLE and is_of_cells:
            styles.append(int.from_bytes(record[2:4], "little"))
    return NumberFormats(styles, codes)


def shared_texts(chunks: Iterable[bytes]) -> Iterator[str]:
    """The texts of the shared table."""
    return (rich_text(record) for kind, record in records(chunks) if kind == _SHARED_TEXT)


def rich_text(record: bytes) -> str:
    """A text behind the flags that tell of its formatting, which follows it."""
    return wide_text(record, 1)[0]


def wide_text(record: bytes, position: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    start = position + 4
    length = int.from_bytes(record[position:start], "little")
    if length == 0xFFFFFFFF:
        return "", start
    end = start + 2 * length
    if end > len(record):
        raise ValueError(words("a text ends too early"))
    return record[start:end].decode("utf-16-le", "replace"), end


def records(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record; both kind and length come seven bits to the byte."""
    data, position = b"", 0
    for chunk in chunks:
        data, position = data[position:] + chunk, 0
        while (found := _head(data, position)) is not None:
            kind, length, start = found
            if length > _LONGEST_RECORD:
                raise ValueError(words("a record is too long"))
            if start + length > len(data):
                break
            yield kind, data[start : start + length]
            position = start + length
    if position < len(data):
        raise ValueError(words("its end is missing"))


def _head(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Kind, length and start of a record's content; None where its head is not all there."""
    numbers = []
    for most in (2, 4):
        value = 0
        for index in range(most):
            if position >= len(data):
                return None
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                break
        numbers.append(value)
    return numbers[0], numbers[1], position
