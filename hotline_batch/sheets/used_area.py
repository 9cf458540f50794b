"""A worksheet that says how often its cells repeat, or how far out they lie -> the cells it unfolds to.

Readers reserve memory for the whole rectangle up to the last value. A small file can name 17 billion cells, which ends
the program instead of raising an error, so the rectangle is measured first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from hotline_batch.sheets.package import damaged, suspicious

MOST_CELLS = 60_000_000
"""Every cell of the used area takes 24 bytes at least, also an empty one."""

_ROW_RECORD = 0
_LAST_CELL_RECORD = 11
_BLANK_CELL_RECORD = 1


def opendocument_cells(chunks: Iterable[bytes], name: str) -> int:
    """The cells of the largest table in a content.xml, repetitions counted. SheetError where it is not XML."""
    measure = _OpenDocumentMeasure(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = measure.start
    parser.EndElementHandler = measure.end
    parser.StartDoctypeDeclHandler = measure.document_type
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise damaged(name, "its content is not valid XML") from error
    return measure.largest


class _OpenDocumentMeasure:
    """Rows and columns up to the last cell with a value, table by table."""

    def __init__(self, name: str) -> None:
        self.largest = 0
        self._name = name
        self._rows = self._last_row = self._columns = self._last_column = self._row_repeats = 0

    def document_type(self, *_: object) -> None:
        raise suspicious(self._name, "its content declares XML entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table:table":
                self._rows = self._last_row = self._last_column = 0
            case "table:table-row":
                self._row_repeats = int(attributes.get("table:number-rows-repeated", "1"))
                self._rows += self._row_repeats
                self._columns = 0
            case "table:table-cell" | "table:covered-table-cell":
                self._columns += int(attributes.get("table:number-columns-repeated", "1"))
                if "office:value-type" in attributes:
                    self._last_column = max(self._last_column, self._columns)
                    self._last_row = self._rows
            case _:
                pass

    def end(self, name: str) -> None:
        if name == "table:table":
            self.largest = max(self.largest, self._last_row * self._last_column)


def binary_cells(chunks: Iterable[bytes]) -> int:
    """The cells of the rectangle around the values of an .xlsb worksheet, whose records each name row or column."""
    data = b"".join(chunks)
    row = last_row = last_column = -1
    for kind, start, length in _records(data):
        if kind == _ROW_RECORD and length >= 4:
            row = int.from_bytes(data[start : start + 4], "little")
        elif _BLANK_CELL_RECORD < kind <= _LAST_CELL_RECORD and length >= 4:
            last_row = max(last_row, row)
            last_column = max(last_column, int.from_bytes(data[start : start + 4], "little"))
    return (last_row + 1) * (last_column + 1)


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, start and length of each record; both kind and length come seven bits to the byte."""
    position = 0
    while position + 1 < len(data):
        kind, position = _seven_bits(data, position, most=2)
        length, position = _seven_bits(data, position, most=4)
        yield kind, position, length
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
