"""A snapshot of an .xlsx or .xlsm -> its worksheets and their rows.

Each worksheet is unpacked once and parsed once, values and all that is told of them together. Macros, external links
and embedded objects are neither run nor followed; parts that no cell needs are not even looked at.
"""

from __future__ import annotations

from hotline_batch.language.words import words
from hotline_batch.sheets.excel.cells import CellReader
from hotline_batch.sheets.excel.workbook_parts import workbook_parts
from hotline_batch.sheets.excel.worksheet import XlsxWorksheet
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package, damaged


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
