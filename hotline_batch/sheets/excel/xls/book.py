"""A snapshot of an .xls -> its worksheets and their rows: values and facts from the same records.

The records of a sheet may stand in any order (some programs write column by column): a first look notes where each
cell is, eight bytes for each, a second one reads them row by row. Memory follows the cells that are there.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Generator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from typing import Final

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind, ColumnLook
from hotline_batch.sheets.cells.cell import Area, Cell, Content, SheetRow, is_error_word, put_cell
from hotline_batch.sheets.excel.values import BinaryValues, area, error_cell, packed_number, truth_cell
from hotline_batch.sheets.excel.xls.compound_file import SIGNATURE, CompoundFile
from hotline_batch.sheets.excel.xls.records import (
    CONTINUES,
    Locked,
    read_globals,
    records,
    shared_texts_at,
    substream,
)
from hotline_batch.sheets.excel.xls.texts import (
    UnknownEncoding,
    address_of,
    byte_text,
    continued_text,
    link_of_tokens,
    wide_text,
)
from hotline_batch.sheets.refusals import damaged, locked
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet

_COLUMNS: Final = 256
_WORKSHEET: Final = 0
_RECORD: Final = struct.Struct("<HH")
_CELL: Final = struct.Struct("<HHH")
_AREA: Final = struct.Struct("<HHHH")

# Kinds of records.
_ROW: Final = 0x0208
_COLUMN: Final = 0x007D
_MERGED: Final = 0x00E5
_LINK: Final = 0x01B8
_TEXT: Final = 0x0204
_RICH_TEXT: Final = 0x00D6
_SHARED_TEXT: Final = 0x00FD
_NUMBER: Final = 0x0203
_PACKED: Final = 0x027E
_PACKED_ROW: Final = 0x00BD
_TRUTH_OR_ERROR: Final = 0x0205
_FORMULAS: Final = frozenset({0x0006, 0x0206, 0x0406})
_RESULT_TEXT: Final = 0x0207
_BETWEEN_FORMULA_AND_RESULT: Final = frozenset({0x04BC, 0x0221, 0x0236, 0x0021})
_CELLS: Final = _FORMULAS | {_TEXT, _RICH_TEXT, _SHARED_TEXT, _NUMBER, _PACKED, _PACKED_ROW, _TRUTH_OR_ERROR}

_IS_HIDDEN, _OWN_HEIGHT, _HEIGHT_BITS = 0x20, 0x40, 0x7FFF
_NO_NUMBER: Final = b"\xff\xff"
_EMPTY_RESULT: Final = b"\3\0\0\0\0\0\xff\xff"
_COLUMN_WIDTH_UNIT: Final = 256


def _stream(snapshot: Snapshot) -> bytes:
    with snapshot.open() as file:
        if not snapshot.head(len(SIGNATURE)).startswith(SIGNATURE):
            return file.read()
        try:
            compound = CompoundFile(file, snapshot.size)
            # Where a file serves two generations of Excel, the newer one's part is the better.
            return compound.stream("workbook" if "workbook" in compound.names else "book")
        except ValueError as error:
            raise damaged(
                snapshot.name, words("it is no workbook that can be followed: {error}", error=error)
            ) from error


class XlsBook:
    """An open workbook: the stream of its records is in memory, its shared texts are read when a cell wants one."""

    format = "xls"

    def __init__(self, snapshot: Snapshot) -> None:
        self.file = snapshot.name
        self.stream = _stream(snapshot)
        try:
            self.globals = read_globals(self.stream)
        except Locked as error:
            raise locked(self.file) from error
        except (ValueError, struct.error, IndexError) as error:
            raise damaged(self.file, words("it cannot be read as a workbook")) from error
        self.worksheets = tuple(
            Worksheet(sheet.name, str(sheet.position), sheet.is_visible, index == self.globals.active)
            for index, sheet in enumerate(self.globals.sheets)
            if sheet.kind == _WORKSHEET
        )
        self.values = BinaryValues(self.globals.formats, counts_from_1904=self.globals.counts_from_1904)

    def read(self, worksheet: Worksheet) -> XlsWorksheet:
        """A new reading of one worksheet."""
        return XlsWorksheet(self, int(worksheet.part))

    @cached_property
    def shared_texts(self) -> Sequence[str]:
        """The texts that cells refer to by number."""
        return shared_texts_at(self.stream, self.globals.shared_texts_at)

    def text(self, record: bytes, position: int) -> str:
        """A text with its length before it."""
        (length,) = struct.unpack_from("<H", record, position)
        if self.globals.is_unicode:
            return wide_text(record, position + 2, length)[0]
        return byte_text(record[position + 2 : position + 2 + length], self.globals.encoding)


class XlsWorksheet:
    """One worksheet, read once; what lies over its rows is complete when the last row was taken."""

    def __init__(self, book: XlsBook, position: int) -> None:
        self.merged: list[Area] = []
        self.links: list[Area] = []
        self.columns: list[ColumnLook] = []
        self._book = book
        self._position = position
        self._hidden: set[int] = set()
        self._cells = array("Q")
        self._was_calculated = book.globals.was_calculated

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of their numbers."""
        try:
            self._note_everything()
            yield from self._rows()
        except UnknownEncoding as error:
            raise SheetError(
                words(
                    "{file} is an old workbook that does not say in which encoding its texts are written. Open it in "
                    "the spreadsheet program, look whether the texts are well, and save it as XLSX.",
                    file=self._book.file,
                )
            ) from error
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise damaged(self._book.file, words("a record of its worksheet is not valid")) from error

    def _note_everything(self) -> None:
        for kind, start, record in substream(self._book.stream, self._position):
            if kind in _CELLS and len(record) >= _CELL.size:
                row, column = struct.unpack_from("<HH", record)
                if column >= _COLUMNS:
                    raise damaged(self._book.file, words("it has cells beyond the last column"))
                self._cells.append(row << 48 | column << 40 | start)
                # A program that stored one result computed them all; old ones do not say so elsewhere.
                self._was_calculated |= kind in _FORMULAS and record[6:14] != _EMPTY_RESULT
            elif kind == _ROW and len(record) >= 16:
                height = int.from_bytes(record[6:8], "little") & _HEIGHT_BITS
                if record[12] & _IS_HIDDEN or (record[12] & _OWN_HEIGHT and not height):
                    self._hidden.add(int.from_bytes(record[:2], "little"))
            elif kind == _MERGED:
                self._note_merged(record)
            elif kind == _LINK and len(record) >= 32:
                self._note_link(record)
            elif kind == _COLUMN and len(record) >= 10:
                self._note_columns(record)
        cells = self._cells
        if any(cells[place] > cells[place + 1] for place in range(len(cells) - 1)):
            self._cells = array("Q", sorted(cells))

    def _note_merged(self, record: bytes) -> None:
        for position in range(2, len(record) - 7, _AREA.size):
            if merged := area(*_AREA.unpack_from(record, position)):
                self.merged.append(merged)

    def _note_link(self, record: bytes) -> None:
        with suppress(struct.error, IndexError):  # a link that cannot be followed is none
            if (over := area(*_AREA.unpack_from(record))) and (address := address_of(record[24:])):
                self.links.append(over._replace(detail=address))

    def _note_columns(self, record: bytes) -> None:
        first, last, width, _, flags = struct.unpack_from("<HHHHH", record)
        for column in range(first, min(last + 1, _COLUMNS)):
            self.columns.append(ColumnLook(column, width / _COLUMN_WIDTH_UNIT, bool(flags & 1)))

    def _rows(self) -> Generator[SheetRow, None, None]:
        current, contents = -1, list[Content]()
        for noted in self._cells:
            row = noted >> 48
            if row != current:
                if contents:
                    yield SheetRow(current + 1, contents, current in self._hidden)
                current, contents = row, []
            self._read_cell(noted >> 40 & 0xFF, noted & (1 << 40) - 1, contents)
        if contents:
            yield SheetRow(current + 1, contents, current in self._hidden)

    def _read_cell(self, column: int, position: int, contents: list[Content]) -> None:
        kind, length = _RECORD.unpack_from(self._book.stream, position)
        record = self._book.stream[position + _RECORD.size : position + _RECORD.size + length]
        if kind != _PACKED_ROW:
            _put(contents, column, self._content(kind, position, record))
            return
        # Style and number of each cell, and at the end the last column.
        for place in range(4, len(record) - 7, 6):
            style, packed = struct.unpack_from("<HI", record, place)
            _put(contents, column, self._book.values.number(packed_number(packed), style))
            column += 1

    def _content(self, kind: int, position: int, record: bytes) -> Content:
        style = int.from_bytes(record[4:6], "little")
        if kind == _SHARED_TEXT:
            return self._book.shared_texts[int.from_bytes(record[6:10], "little")]
        if kind in {_TEXT, _RICH_TEXT}:
            return self._book.text(record, 6)
        if kind == _NUMBER:
            (value,) = struct.unpack_from("<d", record, 6)
            return self._book.values.number(value, style)
        if kind == _PACKED:
            return self._book.values.number(packed_number(int.from_bytes(record[6:10], "little")), style)
        if kind == _TRUTH_OR_ERROR:
            return error_cell(record[6]) if record[7] else truth_cell(record[6])
        return self._formula(position, record, style)

    def _formula(self, position: int, record: bytes, style: int) -> Cell:
        (size,) = struct.unpack_from("<H", record, 20) if len(record) >= 22 else (0,)
        link = link_of_tokens(record[22 : 22 + size]) if self._book.globals.is_unicode else ""
        value = record[6:14]
        if value[6:] != _NO_NUMBER:
            return self._book.values.number(struct.unpack("<d", value)[0], style, is_formula=True, link=link)
        cell = partial(Cell, link=link, is_formula=True)
        match value[0]:
            case 0:
                text = self._text_of_result(position)
                if text is None:
                    return cell(CellKind.EMPTY)
                return cell(CellKind.ERROR if is_error_word(text) else CellKind.TEXT, text)
            case 1:
                return truth_cell(value[2], is_formula=True, link=link)
            case 2:
                return error_cell(value[2], is_formula=True, link=link)
            case _:
                # An empty text; or no value at all, from a program that computes none.
                return cell(CellKind.TEXT if self._was_calculated else CellKind.EMPTY)

    def _text_of_result(self, position: int) -> str | None:
        """The text that a formula gave stands in a record of its own behind it; None where there is none."""
        pieces: list[bytes] = []
        for kind, _, record in islice(records(self._book.stream, position), 1, None):
            if kind == _RESULT_TEXT or (pieces and kind == CONTINUES):
                pieces.append(record)
            elif pieces or kind not in _BETWEEN_FORMULA_AND_RESULT:
                break
        if not pieces:
            return None
        return continued_text(pieces) if self._book.globals.is_unicode else self._book.text(b"".join(pieces), 0)


def _put(contents: list[Content], column: int, content: Content) -> None:
    if column >= _COLUMNS:
        raise ValueError(column)
    put_cell(contents, column, content)  # of two records for one cell, the later one counts
