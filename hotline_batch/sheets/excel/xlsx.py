"""A snapshot of an .xlsx or .xlsm -> its worksheets and their rows.

Each worksheet is unpacked once and parsed once, values and all that is told of them together. Macros, external links
and embedded objects are neither run nor followed; parts that no cell needs are not even looked at.
"""

from __future__ import annotations

from hotline_batch.sheets.excel.cells import CellReader
from hotline_batch.sheets.excel.workbook_parts import workbook_parts
from hotline_batch.sheets.excel.worksheet import XlsxWorksheet
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table
from hotline_batch.sheets.workbook import table_of
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package, damaged


def open_xlsx(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the active visible one.

    SheetError for damaged, hostile and password-protected files, unknown and empty worksheets.
    """
    return table_of(XlsxBook(Package(snapshot.open(), snapshot.name)), worksheet=worksheet, header_row=header_row)


class XlsxBook:
    """An open workbook."""

    format = "xlsx"

    def __init__(self, package: Package) -> None:
        self.file = package.name
        self._package = package
        parts = workbook_parts(package)
        self.worksheets = parts.worksheets
        self._cells = CellReader(package, parts)

    def read(self, worksheet: Worksheet) -> XlsxWorksheet:
        """A new reading of one worksheet. SheetError where it is missing."""
        if not worksheet.part or worksheet.part not in self._package:
            raise damaged(self.file, f"its worksheet '{worksheet.name}' is missing")
        return XlsxWorksheet(self._package, worksheet.part, self._cells)
