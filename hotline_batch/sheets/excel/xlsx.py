"""A snapshot of an .xlsx or .xlsm -> its worksheets and their rows.

Each worksheet is unpacked once and parsed once, values and all that is told of them together. Macros, external links
and embedded objects are neither run nor followed; parts that no cell needs are not even looked at.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cached_property

from hotline_batch.model import ColumnLook
from hotline_batch.sheets.book import table_of
from hotline_batch.sheets.cell import Area, SheetRow
from hotline_batch.sheets.excel.cell_xml import CellReader
from hotline_batch.sheets.excel.number_formats import NumberFormats
from hotline_batch.sheets.excel.texts import shared_strings
from hotline_batch.sheets.excel.workbook_parts import number_formats, workbook_parts
from hotline_batch.sheets.excel.worksheet_xml import WorksheetXml
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package, damaged


def open_xlsx(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the active visible one.

    SheetError for damaged, hostile and password-protected files, unknown and empty worksheets.
    """
    return table_of(XlsxBook(Package(snapshot.open(), snapshot.name)), worksheet=worksheet, header_row=header_row)


class XlsxBook:
    """An open workbook; the parts that cells refer to are read when the first cell does."""

    format = "xlsx"

    def __init__(self, package: Package) -> None:
        self.file = package.name
        self._package = package
        self._parts = workbook_parts(package)
        self.worksheets = self._parts.worksheets

    def read(self, worksheet: Worksheet) -> XlsxWorksheet:
        """A new reading of one worksheet. SheetError where it is missing."""
        part = worksheet.part
        if not part or part not in self._package:
            raise damaged(self.file, f"its worksheet '{worksheet.name}' is missing")
        cells = CellReader(
            lambda: self._shared_strings,
            lambda: self._formats,
            lambda: damaged(self.file, "a cell refers to a text that is not there"),
            counts_from_1904=self._parts.counts_from_1904,
        )
        return XlsxWorksheet(self._package, part, cells)

    @cached_property
    def _shared_strings(self) -> list[str]:
        part = self._parts.shared_strings
        return shared_strings(self._package.xml_chunks(part), self.file, part) if part else []

    @cached_property
    def _formats(self) -> NumberFormats:
        return number_formats(self._package, self._parts.styles)


class XlsxWorksheet:
    """One worksheet, read once; what lies over its rows is complete when the last row was taken."""

    def __init__(self, package: Package, part: str, cells: CellReader) -> None:
        self._package = package
        self._part = part
        self._xml = WorksheetXml(package.name, part, package.xml_chunks(part), cells)

    @property
    def merged(self) -> Sequence[Area]:
        """Merged cells."""
        return self._xml.merged

    @property
    def columns(self) -> Sequence[ColumnLook]:
        """Columns of a width of their own, and hidden ones."""
        return self._xml.columns

    @property
    def links(self) -> Sequence[Area]:
        """Links that are laid over cells, with their addresses."""
        laid = self._xml.laid_links
        targets = self._package.relations(self._part) if any(link.relation for link in laid) else {}
        found = []
        for link in laid:
            target = targets.get(link.relation, ("", ""))[1]
            if address := f"{target}#{link.place}" if link.place else target:
                found.append(link.area._replace(detail=address))
        return found

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        return self._xml.rows()
