"""A snapshot of an .xlsx or .xlsm -> rows: values by calamine, joined with what the scan of the XML tells of them.

Macros, external links and embedded objects are neither run nor followed.
"""

from __future__ import annotations

from dataclasses import replace

from python_calamine import CalamineSheet, CalamineWorkbook

from hotline_batch.errors import SheetError
from hotline_batch.sheets.package import Package, damaged
from hotline_batch.sheets.panics import without_panics
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table
from hotline_batch.sheets.workbook import Worksheet, choose_worksheet, formatted_styles, workbook_part, worksheets
from hotline_batch.sheets.worksheet_values import WorksheetValues, refuse_vast_area
from hotline_batch.sheets.xlsx_scan import scan_worksheet


def open_xlsx(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the active visible one.

    SheetError for damaged, hostile and password-protected files, unknown and empty worksheets.
    """
    with snapshot.open() as file:
        package = Package(file, snapshot.name)
        package.check()
        found = worksheets(package)
        chosen, notice = choose_worksheet(found, worksheet, snapshot.name)
        facts = scan_worksheet(package.chunks(chosen.part), snapshot.name, formatted_styles(package))
        targets = {key: target for key, (_, target) in package.relations(chosen.part).items()} if facts.links else {}
        unusual = next(
            (part for part in (workbook_part(package), chosen.part) if not part.lower().startswith("xl/")), ""
        )
    refuse_vast_area(facts, snapshot.name, chosen.name)
    values = WorksheetValues(snapshot.name, _read_values(snapshot, chosen, unusual), facts, targets)
    others = tuple(sheet.name for sheet in found if sheet.visible and sheet.name != chosen.name)
    try:
        return replace(values.table("xlsx", chosen.name, header_row, notice), other_worksheets=others)
    except SheetError as error:
        names = [sheet.name for sheet in found if sheet.name != chosen.name]
        if not names:
            raise
        raise SheetError(f"{error} Other worksheets, for --worksheet: {', '.join(map(repr, names))}.") from error


def _read_values(snapshot: Snapshot, worksheet: Worksheet, unusual: str) -> CalamineSheet:
    failure = damaged(snapshot.name, f"worksheet '{worksheet.name}' cannot be read")
    if unusual:
        failure = SheetError(
            f"{snapshot.name} keeps its worksheet '{worksheet.name}' in an unusual place of the file ({unusual}), "
            "where it cannot be read. Open it in the spreadsheet program and save it again as XLSX."
        )

    def read() -> CalamineSheet:
        with snapshot.open() as file:
            return CalamineWorkbook.from_filelike(file).get_sheet_by_name(worksheet.name)

    return without_panics(read, failure)
