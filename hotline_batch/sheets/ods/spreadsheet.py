"""A snapshot of an .ods -> its worksheets and their rows, as the XML flows by.

A cell or a row may say that it is repeated a million times, so two lines of XML can stand for 17 billion cells: only
what holds something is unfolded, and what it unfolds to is counted.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import ColumnLook
from hotline_batch.sheets.cells.cell import LAST_COLUMN, LAST_ROW, Area, Content, SheetRow, reference
from hotline_batch.sheets.ods import names
from hotline_batch.sheets.ods.cells import CellText, cell_content
from hotline_batch.sheets.ods.styles import STYLES, OdsStyles
from hotline_batch.sheets.refusals import damaged, locked
from hotline_batch.sheets.row_store import MOST_CELLS
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.xml_stream import XmlStream
from hotline_batch.sheets.zip_safety import Package

_MOST_CHARACTERS: Final = 1024**3


class OdsWorksheet:
    """One table, read once; what lies over its rows is complete when the last row was taken."""

    def __init__(self, content: XmlStream, file: str, table: int, styles: OdsStyles) -> None:
        self.merged: list[Area] = []
        self.links: list[Area] = []
        self.columns: list[ColumnLook] = []
        self._content = content
        self._file = file
        self._table = table
        self._styles = styles
        self._next_row = 1
        self._columns_seen = 0
        self._cells_given = self._characters_given = 0

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        table = -1
        try:
            for element in self._content.elements({names.A_ROW, names.A_COLUMN}, begun={names.A_TABLE}):
                if is_within_table(self._content.path):
                    continue
                if element.tag == names.A_TABLE:
                    table += 1
                    if table > self._table:
                        return
                elif table == self._table:
                    if element.tag == names.A_ROW:
                        yield from self._read_row(element, self._content.path)
                    else:
                        self._note_columns(element)
        except (ValueError, LookupError, OverflowError) as error:
            raise damaged(self._file, words("its content is not valid near row {row}", row=self._next_row)) from error

    def _note_columns(self, element: Element) -> None:
        count = names.repeats(element, "columns")
        width = self._styles.widths.get(element.get(names.STYLE_NAME, ""))
        is_hidden = element.get(names.VISIBILITY) in names.HIDDEN
        last = min(self._columns_seen + count, LAST_COLUMN)
        if width is not None or is_hidden:
            self.columns.extend(ColumnLook(column, width, is_hidden) for column in range(self._columns_seen, last))
        self._columns_seen = last

    def _read_row(self, element: Element, around: Sequence[Element]) -> Generator[SheetRow, None, None]:
        number, repeats = self._next_row, names.repeats(element, "rows")
        self._next_row += repeats
        contents = self._contents(element, number, repeats)
        if not contents:
            return
        self._cells_given += len(contents) * repeats
        if self._cells_given > MOST_CELLS or self._characters_given > _MOST_CHARACTERS:
            raise SheetError(
                words(
                    "{file}: its used area is too large to read, since rows with values repeat to row {number:,}. "
                    "Delete the rows that are not needed, or save the sheet as CSV.",
                    file=self._file,
                    number=number + repeats - 1,
                )
            )
        is_hidden = element.get(names.VISIBILITY) in names.HIDDEN or any(
            group.tag == names.A_ROW_GROUP and group.get(names.DISPLAY) == "false" for group in around
        )
        # One row beyond the last is given, too: whoever keeps the rows refuses it.
        for repeated in range(number, number + max(1, min(repeats, LAST_ROW + 2 - number))):
            yield SheetRow(repeated, contents, is_hidden)

    def _contents(self, row: Element, number: int, repeats: int) -> list[Content]:
        contents: list[Content] = []
        column = 0
        for cell in row:
            if cell.tag not in {names.A_CELL, names.A_COVERED_CELL}:
                continue
            count = names.repeats(cell, "columns")
            if cell.tag == names.A_CELL:
                self._note_merged(number, column, cell)
            text = CellText(cell, self._file)
            number_format = self._styles.code_of(cell.get(names.STYLE_NAME, ""))
            content = cell_content(cell.attrib, text.shown, text.link, number_format)
            if content != "":
                if column >= LAST_COLUMN:
                    raise damaged(self._file, words("it has cells beyond the last column"))
                contents.extend([""] * (column - len(contents)))
                contents.extend([content] * min(count, LAST_COLUMN - column))
                # Repeated rows are given one by one, so what stands in them counts as often.
                self._characters_given += len(text.shown or "") * min(count, LAST_COLUMN - column) * repeats
            column += count
        return contents

    def _note_merged(self, row: int, column: int, cell: Element) -> None:
        rows = int(cell.get(f"{names.TABLE}number-rows-spanned", "1"))
        columns = int(cell.get(f"{names.TABLE}number-columns-spanned", "1"))
        if (rows > 1 or columns > 1) and row + rows - 1 <= LAST_ROW and column + columns <= LAST_COLUMN:
            corners = (row, column, row + max(rows, 1) - 1, column + max(columns, 1) - 1)
            self.merged.append(Area(*corners, reference(corners)))


def is_within_table(path: Sequence[Element]) -> bool:
    """Whether the last element of a path is inside a table of a drawing or a cell, which is none of the sheet's."""
    return sum(element.tag == names.A_TABLE for element in path) > 1


_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_SETTINGS: Final = "settings.xml"
_MANIFEST: Final = "META-INF/manifest.xml"


class OdsBook:
    """An open spreadsheet. Its content is walked once for the names of tables and the styles, then for one's rows."""

    format = "ods"

    def __init__(self, snapshot: Snapshot) -> None:
        self.file = snapshot.name
        self._package = package = Package(snapshot.open(), snapshot.name)
        if _MANIFEST in package and b"encryption-data" in b"".join(package.chunks(_MANIFEST)):
            raise locked(self.file)
        self._styles = OdsStyles()
        if _STYLES in package:
            for style in self._stream(_STYLES).elements(STYLES):
                self._styles.add(style)
        tables = list(self._tables())
        active = _active_table(package)
        self.worksheets = tuple(
            Worksheet(name, str(index), style not in self._styles.hidden_tables, name == active)
            for index, (name, style) in enumerate(tables)
        )

    def read(self, worksheet: Worksheet) -> OdsWorksheet:
        """A new reading of one worksheet."""
        return OdsWorksheet(self._stream(_CONTENT), self.file, int(worksheet.part), self._styles)

    def _tables(self) -> Iterator[tuple[str, str]]:
        """Name and style of each table in the order of their tabs; on the way, the styles of the content are noted."""
        content = self._stream(_CONTENT)
        for element in content.elements(STYLES, begun={names.A_TABLE}):
            if element.tag != names.A_TABLE:
                self._styles.add(element)
            elif not is_within_table(content.path):
                yield element.get(names.TABLE_NAME, ""), element.get(names.STYLE_NAME, "")

    def _stream(self, part: str) -> XmlStream:
        return XmlStream(self._package.xml_chunks(part), self.file, part)


def _active_table(package: Package) -> str:
    """The table on which the program opens the file; empty where it does not say so."""
    if _SETTINGS in package:
        with suppress(SheetError):
            for item in package.xml(_SETTINGS).iter():
                if any(key.endswith("}name") and value == "ActiveTable" for key, value in item.attrib.items()):
                    return item.text or ""
    return ""
