"""A snapshot of an .xlsx or .xlsm -> its worksheets and their rows.

Each worksheet is unpacked once and parsed once, values and all that is told of them together. Macros, external links
and embedded objects are neither run nor followed; parts that no cell needs are not even looked at.

openpyxl's own reader of worksheets is not used, since it stops at what real files hold: durations of strict Open XML,
big numbers in the formats of dates, texts in cells of a number's type. What openpyxl knows of number formats and dates
is used, in ``dates``.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.language.words import words
from hotline_batch.model.sheets import ColumnLook
from hotline_batch.sheets.cells.cell import LAST_COLUMN, LAST_ROW, Area, Content, SheetRow, cell_name, put_cell
from hotline_batch.sheets.cells.merged_cells import area_of, column_index
from hotline_batch.sheets.excel.cells import CellReader, CellTags
from hotline_batch.sheets.excel.workbook_parts import LaidLink, addresses_of, workbook_parts
from hotline_batch.sheets.refusals import damaged
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.xml_stream import XmlStream, bare
from hotline_batch.sheets.zip_safety import Package

_TRUE: Final = frozenset({"1", "true", "on"})


class XlsxWorksheet:
    """One worksheet, read once; what lies over its rows is complete when the last row was taken."""

    def __init__(self, package: Package, part: str, cells: CellReader) -> None:
        self.merged: list[Area] = []
        self.columns: list[ColumnLook] = []
        self._laid: list[LaidLink] = []
        self._package = package
        self._part = part
        self._cells = cells
        self._columns_by_letters: dict[str, int] = {}

    @property
    def links(self) -> Sequence[Area]:
        """Links that are laid over cells, with their addresses."""
        return addresses_of(self._laid, self._package, self._part)

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        stream = XmlStream(self._package.xml_chunks(self._part), self._package.name, self._part)
        number = 0
        try:
            for element in stream.elements({"row", "mergeCell", "hyperlink", "col"}):
                match bare(element.tag):
                    case "row":
                        number = self._number(element, number)
                        if contents := self._contents(element, number):
                            yield SheetRow(number, contents, _is_hidden(element))
                    case "mergeCell":
                        self.merged.extend(_areas(element))
                    case "hyperlink":
                        self._note_link(element)
                    case _:
                        self._note_columns(element)
        except (ValueError, OverflowError) as error:
            raise damaged(
                self._package.name,
                words("its part {part} is not valid near row {number}", part=self._part, number=number + 1),
            ) from error
        if bare(stream.root) != "worksheet":
            raise damaged(self._package.name, words("its worksheet is something else"))

    def _number(self, row: Element, before: int) -> int:
        given = row.get("r")
        number = int(given) if given else before + 1
        if not 0 < number <= LAST_ROW:
            raise damaged(self._package.name, words("it has a row {number}", number=str(number)[:20]))
        return number

    def _contents(self, row: Element, number: int) -> list[Content]:
        tags, row_text = CellTags(row.tag.removesuffix("row")), str(number)
        contents: list[Content] = []
        taken = set[int]()
        column = -1
        for cell in row:
            if cell.tag != tags.cell:
                continue
            column = self._column(cell, row_text, column + 1)
            if column in taken:
                raise damaged(
                    self._package.name, words("cell {number} stands in it twice", number=cell_name(number, column))
                )
            taken.add(column)
            if len(cell):
                put_cell(contents, column, self._cells.content(cell, tags))
        return contents

    def _column(self, cell: Element, row_text: str, following: int) -> int:
        """The column that a cell names, else the one that follows that of the cell before."""
        reference = cell.get("r")
        if reference is None:
            if following >= LAST_COLUMN:
                raise damaged(self._package.name, words("row {row_text} has too many cells", row_text=row_text))
            return following
        letters = reference.removesuffix(row_text)
        column = self._columns_by_letters.get(letters)
        if column is None:
            try:
                column = self._columns_by_letters[letters] = column_index(letters)
            except ValueError as error:
                raise damaged(
                    self._package.name,
                    words("cell {reference} stands in row {row_text}", reference=reference[:20], row_text=row_text),
                ) from error
        return column

    def _note_link(self, link: Element) -> None:
        relation = next((value for key, value in link.items() if key.endswith("}id")), "")
        self._laid.extend(LaidLink(area, relation, link.get("location", "")) for area in _areas(link))

    def _note_columns(self, columns: Element) -> None:
        is_hidden, width = columns.get("hidden") in _TRUE, columns.get("width")
        first, last = int(columns.get("min", "1")), min(int(columns.get("max", "0")), LAST_COLUMN)
        # Some programs write a width for all columns to the last.
        if len(self.columns) <= LAST_COLUMN and first > 0:
            self.columns.extend(
                ColumnLook(column, None if width is None else float(width), is_hidden)
                for column in range(first - 1, last)
            )


def _is_hidden(row: Element) -> bool:
    height = row.get("ht")
    return row.get("hidden") in _TRUE or (height is not None and float(height) == 0)


def _areas(element: Element) -> Sequence[Area]:
    return [area for reference in element.get("ref", "").split() if (area := area_of(reference))]


class XlsxBook:
    """An open workbook. SheetError for damaged, hostile and password-protected files."""

    format = "xlsx"

    def __init__(self, snapshot: Snapshot) -> None:
        self.file = snapshot.name
        self._package = Package(snapshot.open(), snapshot.name)
        parts = workbook_parts(self._package)
        self.worksheets = parts.worksheets
        self._cells = CellReader(self._package, parts)

    def read(self, worksheet: Worksheet) -> XlsxWorksheet:
        """A new reading of one worksheet. SheetError where it is missing."""
        if not worksheet.part or worksheet.part not in self._package:
            raise damaged(self.file, words("its worksheet '{worksheet}' is missing", worksheet=worksheet.name))
        return XlsxWorksheet(self._package, worksheet.part, self._cells)
