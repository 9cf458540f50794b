"""One table of an OpenDocument spreadsheet -> its rows, as the XML flows by: every text with its tabs and line breaks.

A cell or a row may say that it is repeated a million times, so two lines of XML can stand for 17 billion cells: only
what holds something is unfolded, and what it unfolds to is counted.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from typing import Final
from xml.parsers import expat

from hotline_batch.errors import SheetError
from hotline_batch.model import ColumnLook
from hotline_batch.sheets.cell import LAST_COLUMN, LAST_ROW, Area, Content, SheetRow, reference
from hotline_batch.sheets.kept_rows import MOST_CELLS
from hotline_batch.sheets.ods import names
from hotline_batch.sheets.ods.cells import cell_content
from hotline_batch.sheets.ods.styles import OdsStyles
from hotline_batch.sheets.zip_safety import damaged, suspicious

_LONGEST_TEXT: Final = 4 * 1024**2
_MOST_CHARACTERS: Final = 1024**3
_CELLS: Final = frozenset({names.A_CELL, names.A_COVERED_CELL})
_NOT_THE_TEXT: Final = frozenset({f"{names.TEXT}note", f"{names.TEXT}ruby-text"})
_WHITE_SPACE: Final = re.compile("[ \t\r\n]+")


def parse(parser: expat.XMLParserType, chunks: Iterable[bytes], file: str) -> Iterator[None]:
    """Feed a parser piece by piece. SheetError where the content is not valid, or declares entities."""

    def document_type(*_: object) -> None:
        raise suspicious(file, "its content declares XML entities")

    parser.StartDoctypeDeclHandler = document_type
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        raise damaged(file, "its content is not valid XML") from error


class OdsWorksheet:
    """One table, read once; what lies over its rows is complete when the last row was taken.

    White space is that of OpenDocument: several blanks in the XML are one, and blanks that count are elements.
    """

    def __init__(self, chunks: Iterable[bytes], file: str, table: int, styles: OdsStyles) -> None:
        self.merged: list[Area] = []
        self.links: list[Area] = []
        self.columns: list[ColumnLook] = []
        self._chunks = chunks
        self._file = file
        self._table = table
        self._styles = styles
        self._finished: list[tuple[SheetRow, int]] = []
        self._is_over = False
        self._tables = -1
        self._depth = 0
        self._hidden_groups: list[bool] = []
        self._row, self._row_repeats, self._row_is_hidden = 0, 1, False
        self._contents: list[Content] = []
        self._column = 0
        self._columns_seen = 0
        self._cells_given = self._characters_given = 0
        self._cell: dict[str, str] | None = None
        self._skipped = 0
        self._is_in_paragraph = False
        self._text: list[str] | None = None
        self._length = 0
        self._link = ""
        self._after_space = True

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        for _ in parse(parser, self._chunks, self._file):
            for row, repeated in self._finished:
                for number in range(row.number, row.number + repeated):
                    yield row._replace(number=number)
            self._finished.clear()
            if self._is_over:
                return

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
        elif self._cell is not None:
            self._start_in_cell(name, attributes)
        elif name == names.A_TABLE:
            self._depth += 1
            if self._depth == 1:
                self._tables += 1
        elif self._tables == self._table and self._depth == 1:
            self._start_in_table(name, attributes)

    def _start_in_table(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CELLS:
            self._cell = attributes
            self._text, self._length, self._link = None, 0, ""
        elif name == names.A_ROW:
            self._row += self._row_repeats if self._row else 1
            self._row_repeats = names.repeats(attributes, "rows")
            self._row_is_hidden = attributes.get(names.VISIBILITY) in names.HIDDEN or any(self._hidden_groups)
            self._contents, self._column = [], 0
        elif name == names.A_ROW_GROUP:
            self._hidden_groups.append(attributes.get(names.DISPLAY) == "false")
        elif name == names.A_COLUMN:
            self._note_columns(attributes)

    def _note_columns(self, attributes: dict[str, str]) -> None:
        count = names.repeats(attributes, "columns")
        width = self._styles.widths.get(attributes.get(names.STYLE_NAME, ""))
        is_hidden = attributes.get(names.VISIBILITY) in names.HIDDEN
        last = min(self._columns_seen + count, LAST_COLUMN)
        if width is not None or is_hidden:
            self.columns.extend(ColumnLook(column, width, is_hidden) for column in range(self._columns_seen, last))
        self._columns_seen = last

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == names.A_PARAGRAPH:
            if self._text is None:
                self._text = []
            else:
                self._add("\n")
            self._is_in_paragraph = self._after_space = True
            self._parser.CharacterDataHandler = self._characters
        elif not self._is_in_paragraph or not name.startswith(names.TEXT) or name in _NOT_THE_TEXT:
            # A comment, a drawing, a footnote, a table in the cell: it has paragraphs of its own.
            self._skipped = 1
            self._parser.CharacterDataHandler = None
        elif name == f"{names.TEXT}s":
            self._add(" " * min(int(attributes.get(f"{names.TEXT}c", "1")), _LONGEST_TEXT))
        elif name == f"{names.TEXT}tab":
            self._add("\t")
        elif name == f"{names.TEXT}line-break":
            self._add("\n")
        elif name == f"{names.TEXT}a":
            self._link = self._link or attributes.get(names.HREF, "")

    def _characters(self, data: str) -> None:
        text = _WHITE_SPACE.sub(" ", data)
        if self._after_space and text.startswith(" "):
            text = text[1:]
        if text:
            self._add(text)
            self._after_space = text.endswith(" ")

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise suspicious(self._file, "one of its cells holds a text of more than four million characters")
        if self._text is not None:
            self._text.append(text)
        self._after_space = False

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            if not self._skipped and self._is_in_paragraph:
                self._parser.CharacterDataHandler = self._characters
        elif self._cell is not None:
            if name == names.A_PARAGRAPH:
                self._is_in_paragraph = False
                self._parser.CharacterDataHandler = None
            elif name in _CELLS:
                self._end_cell(name, self._cell)
        elif name == names.A_TABLE:
            self._depth -= 1
            self._is_over = self._is_over or (self._tables == self._table and self._depth == 0)
        elif self._tables == self._table and self._depth == 1:
            if name == names.A_ROW:
                self._end_row()
            elif name == names.A_ROW_GROUP:
                self._hidden_groups.pop()

    def _end_cell(self, name: str, attributes: dict[str, str]) -> None:
        self._cell = None
        count = names.repeats(attributes, "columns")
        column, self._column = self._column, self._column + count
        if name != names.A_COVERED_CELL:
            self._note_merged(column, attributes)
        shown = None if self._text is None else "".join(self._text)
        style = attributes.get(names.STYLE_NAME, "")
        content = cell_content(attributes, shown, self._link, self._styles.code_of(style))
        if content == "":
            return
        if column >= LAST_COLUMN:
            raise damaged(self._file, "it has cells beyond the last column")
        self._contents.extend([""] * (column - len(self._contents)))
        self._contents.extend([content] * min(count, LAST_COLUMN - column))
        self._count(self._length * min(count, LAST_COLUMN - column))

    def _note_merged(self, column: int, attributes: dict[str, str]) -> None:
        rows = int(attributes.get(f"{names.TABLE}number-rows-spanned", "1"))
        columns = int(attributes.get(f"{names.TABLE}number-columns-spanned", "1"))
        if (rows > 1 or columns > 1) and self._row + rows - 1 <= LAST_ROW and column + columns <= LAST_COLUMN:
            corners = (self._row, column, self._row + max(rows, 1) - 1, column + max(columns, 1) - 1)
            self.merged.append(Area(*corners, reference(corners)))

    def _count(self, characters: int) -> None:
        """Repeated rows are given one by one, so what stands in them counts as often."""
        self._characters_given += characters * self._row_repeats

    def _end_row(self) -> None:
        if not self._contents:
            return
        self._cells_given += len(self._contents) * self._row_repeats
        if self._cells_given > MOST_CELLS or self._characters_given > _MOST_CHARACTERS:
            raise SheetError(
                f"{self._file}: its used area is too large to read, since rows with values repeat to row "
                f"{self._row + self._row_repeats - 1:,}. Delete the rows that are not needed, or save the sheet as CSV."
            )
        row = SheetRow(self._row, self._contents, self._row_is_hidden)
        # One row beyond the last is given, too: whoever keeps the rows refuses it.
        self._finished.append((row, max(1, min(self._row_repeats, LAST_ROW + 2 - self._row))))
