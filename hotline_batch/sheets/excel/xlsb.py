"""A snapshot of an .xlsb [MS-XLSB] -> its worksheets and their rows: values and facts from the same records."""

from __future__ import annotations

import struct
from collections.abc import Generator, Sequence
from functools import cached_property
from typing import Final

from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind, ColumnLook
from hotline_batch.sheets.cells.cell import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    Cell,
    Content,
    SheetRow,
    is_error_word,
    put_cell,
)
from hotline_batch.sheets.excel.values import BinaryValues, area, error_cell, packed_number, truth_cell
from hotline_batch.sheets.excel.workbook_parts import LaidLink, addresses_of
from hotline_batch.sheets.excel.xlsb_records import (
    XlsbWorkbook,
    read_workbook,
    records,
    rich_text,
    shared_texts,
    wide_text,
)
from hotline_batch.sheets.refusals import damaged
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package

_PLACE_BYTES: Final = 8
"""Column, style and a flag, before the value of a cell."""
_ROW_HEADER: Final = struct.Struct("<I4xHxB")
_AREA: Final = struct.Struct("<IIII")
_IS_HIDDEN, _OWN_HEIGHT = 0x10, 0x20
_COLUMN_WIDTH_UNIT: Final = 256

# Kinds of records.
_ROW: Final = 0
_BLANK: Final = 1
_PACKED, _ERROR, _TRUTH, _NUMBER, _TEXT, _SHARED_TEXT = range(2, 8)
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_TRUTH, _FORMULA_ERROR = range(8, 12)
_SHORT_BLANK, _LAST_SHORT = 12, 18
"""Cells right of the one before, which do not name their column."""
_RICH_TEXT: Final = 62
_COLUMN: Final = 60
_MERGED: Final = 176
_LINK: Final = 494


class XlsbBook:
    """An open workbook; its shared texts are read when a cell wants one."""

    format = "xlsb"

    def __init__(self, snapshot: Snapshot) -> None:
        self.file = snapshot.name
        self.package = Package(snapshot.open(), snapshot.name)
        try:
            self.workbook: XlsbWorkbook = read_workbook(self.package)
        except (ValueError, struct.error, IndexError) as error:
            raise damaged(self.file, words("it cannot be read as a workbook")) from error
        self.worksheets = self.workbook.worksheets
        self.values = BinaryValues(self.workbook.formats, counts_from_1904=self.workbook.counts_from_1904)

    def read(self, worksheet: Worksheet) -> XlsbWorksheet:
        """A new reading of one worksheet. SheetError where it is missing."""
        if worksheet.part not in self.package:
            raise damaged(self.file, words("its worksheet '{worksheet}' is missing", worksheet=worksheet.name))
        return XlsbWorksheet(self, worksheet.part)

    @cached_property
    def shared_texts(self) -> Sequence[str]:
        """The texts that cells refer to by number."""
        part = self.workbook.shared_texts
        return list(shared_texts(self.package.chunks(part))) if part else []


class XlsbWorksheet:
    """One worksheet, read once; what lies over its rows is complete when the last row was taken."""

    def __init__(self, book: XlsbBook, part: str) -> None:
        self.merged: list[Area] = []
        self.columns: list[ColumnLook] = []
        self._laid: list[LaidLink] = []
        self._book = book
        self._part = part

    @property
    def links(self) -> Sequence[Area]:
        """Links that are laid over cells, with their addresses."""
        return addresses_of(self._laid, self._book.package, self._part)

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        try:
            yield from self._rows()
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise damaged(self._book.file, words("a record of its worksheet is not valid")) from error

    def _rows(self) -> Generator[SheetRow, None, None]:
        row, is_hidden, column = -1, False, -1
        contents: list[Content] = []
        for kind, record in records(self._book.package.chunks(self._part)):
            if kind == _ROW:
                number, height, flags = _ROW_HEADER.unpack_from(record)
                if number != row:
                    if contents:
                        yield SheetRow(row + 1, contents, is_hidden)
                    contents = []
                row, column = number, -1
                is_hidden = bool(flags & _IS_HIDDEN) or (bool(flags & _OWN_HEIGHT) and not height)
                if row >= LAST_ROW:
                    raise ValueError(row)
            elif kind < _SHORT_BLANK or kind == _RICH_TEXT:
                column = int.from_bytes(record[:4], "little")
                if kind != _BLANK:
                    _put(contents, column, self._content(kind, record))
            elif kind <= _LAST_SHORT:
                column += 1
                if kind != _SHORT_BLANK:
                    _put(contents, column, self._content(kind - _SHORT_BLANK + _BLANK, bytes(4) + record))
            else:
                self._note(kind, record)
        if contents:
            yield SheetRow(row + 1, contents, is_hidden)

    def _note(self, kind: int, record: bytes) -> None:
        if kind == _MERGED:
            if merged := area(*_AREA.unpack_from(record)):
                self.merged.append(merged)
        elif kind == _LINK:
            relation, position = wide_text(record, _AREA.size)
            place, _ = wide_text(record, position)
            if over := area(*_AREA.unpack_from(record)):
                self._laid.append(LaidLink(over, relation, place))
        elif kind == _COLUMN:
            first, last, width, _, flags = struct.unpack_from("<IIIIH", record)
            if len(self.columns) <= LAST_COLUMN:
                self.columns.extend(
                    ColumnLook(column, width / _COLUMN_WIDTH_UNIT, bool(flags & 1))
                    for column in range(first, min(last + 1, LAST_COLUMN))
                )

    def _content(self, kind: int, record: bytes) -> Content:
        style = int.from_bytes(record[4:7], "little")
        value = record[_PLACE_BYTES:]
        if kind == _SHARED_TEXT:
            return self._book.shared_texts[int.from_bytes(value[:4], "little")]
        if kind == _TEXT:
            return wide_text(value, 0)[0]
        if kind == _RICH_TEXT:
            return rich_text(value)
        if kind == _NUMBER:
            return self._book.values.number(struct.unpack_from("<d", value)[0], style)
        if kind == _PACKED:
            return self._book.values.number(packed_number(int.from_bytes(value[:4], "little")), style)
        if kind in {_ERROR, _TRUTH}:
            return error_cell(value[0]) if kind == _ERROR else truth_cell(value[0])
        return self._computed(kind, value, style)

    def _computed(self, kind: int, value: bytes, style: int) -> Cell:
        text, end = wide_text(value, 0) if kind == _FORMULA_TEXT else ("", 8 if kind == _FORMULA_NUMBER else 1)
        link = _link_of_tokens(value[end + 2 :])
        if kind == _FORMULA_NUMBER:
            return self._book.values.number(struct.unpack_from("<d", value)[0], style, is_formula=True, link=link)
        if kind == _FORMULA_TRUTH:
            return truth_cell(value[0], is_formula=True, link=link)
        if kind == _FORMULA_ERROR:
            return error_cell(value[0], is_formula=True, link=link)
        if not text and not self._book.workbook.was_calculated:
            return Cell(CellKind.EMPTY, link=link, is_formula=True)
        return Cell(CellKind.ERROR if is_error_word(text) else CellKind.TEXT, text, link=link, is_formula=True)


def _link_of_tokens(formula: bytes) -> str:
    """The address in the parsed formula ``HYPERLINK("address", ...)``; empty where it is another one."""
    size = int.from_bytes(formula[:4], "little")
    tokens = formula[4 : 4 + size]
    if len(tokens) < 7 or tokens[0] != 0x17 or tokens[-4] & 0x1F != 0x02 or tokens[-2:] != b"\x67\x01":
        return ""
    return tokens[3 : 3 + 2 * int.from_bytes(tokens[1:3], "little")].decode("utf-16-le", "replace")


def _put(contents: list[Content], column: int, content: Content) -> None:
    if column < len(contents):
        raise ValueError(column)  # whoever wrote two cells in one place meant one of them, and nobody knows which
    put_cell(contents, column, content)
