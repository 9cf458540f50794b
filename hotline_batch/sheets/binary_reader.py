"""A snapshot of an .xls or .xlsb -> rows: values by calamine, joined with what a scan of the records tells of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from python_calamine import CalamineWorkbook, PasswordError, SheetMetadata, SheetTypeEnum, SheetVisibleEnum

from hotline_batch.errors import SheetError
from hotline_batch.sheets.compound_file import CompoundFile
from hotline_batch.sheets.package import Package, damaged, locked
from hotline_batch.sheets.panics import without_panics
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table
from hotline_batch.sheets.workbook import only_filled_worksheet
from hotline_batch.sheets.worksheet_facts import WorksheetFacts
from hotline_batch.sheets.worksheet_values import WorksheetValues, refuse_vast_area
from hotline_batch.sheets.xls_scan import cells_are_within_bounds, read_book, scan_xls_sheet
from hotline_batch.sheets.xlsb_scan import formatted_xlsb_styles, scan_xlsb_sheet, sheet_parts

LARGEST_FILE_BYTES = 200 * 1024**2

Read = TypeVar("Read")


def open_xls(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet of an .xls; by default the only visible one that is not empty.

    SheetError for damaged and password-protected files, unknown and empty worksheets, and where several could be meant.
    """
    _refuse_large(snapshot)
    try:
        with snapshot.open() as file:
            compound = CompoundFile(file, snapshot.size)
            stream = compound.stream("workbook" if "workbook" in compound.names else "book")
    except ValueError as error:
        raise damaged(snapshot.name, f"it is no workbook that can be followed: {error}") from error
    if not cells_are_within_bounds(stream):
        raise damaged(snapshot.name, "it has cells beyond the last column")
    sheets = _read(snapshot, lambda book: book.sheets_metadata)
    names = [sheet.name for sheet in sheets]
    book = read_book(stream)
    if len(book.positions) != len(names):
        raise damaged(snapshot.name, "it names other worksheets than it holds")
    return _table(snapshot, "xls", sheets, worksheet, header_row, lambda name: scan_xls_sheet(book, names.index(name)))


def open_xlsb(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet of an .xlsb, chosen and refused as those of an .xls are."""
    _refuse_large(snapshot)
    with snapshot.open() as file:
        package = Package(file, snapshot.name)
        package.check()
        sheets = _read(snapshot, lambda book: book.sheets_metadata)
        parts = sheet_parts(package)
        styles = formatted_xlsb_styles(package)

        def scan(name: str) -> WorksheetFacts:
            try:
                return scan_xlsb_sheet(package.chunks(parts.get(name, name)), styles)
            except ValueError as error:
                raise damaged(snapshot.name, str(error)) from error

        return _table(snapshot, "xlsb", sheets, worksheet, header_row, scan)


def _refuse_large(snapshot: Snapshot) -> None:
    if snapshot.size > LARGEST_FILE_BYTES:
        raise SheetError(f"{snapshot.name} is too large for this format. Save it as XLSX or CSV.")


def _read(snapshot: Snapshot, read: Callable[[CalamineWorkbook], Read]) -> Read:
    def read_it() -> Read:
        with snapshot.open() as file:
            try:
                return read(CalamineWorkbook.from_filelike(file))
            except PasswordError as error:
                raise locked(snapshot.name) from error

    return without_panics(read_it, damaged(snapshot.name, "it cannot be read as a workbook"))


def _table(
    snapshot: Snapshot,
    dialect: str,
    sheets: Sequence[SheetMetadata],
    asked: str | None,
    header_row: int | None,
    scan: Callable[[str], WorksheetFacts],
) -> Table:
    names = [sheet.name for sheet in sheets if sheet.typ is SheetTypeEnum.WorkSheet]
    hidden = {sheet.name for sheet in sheets if sheet.visible is not SheetVisibleEnum.Visible}
    facts: dict[str, WorksheetFacts] = {}

    def is_filled(name: str) -> bool:
        facts[name] = scan(name)
        return facts[name].last_column >= 0

    visible = [name for name in names if name not in hidden]
    chosen = only_filled_worksheet(names, visible, asked, is_filled, snapshot.name)
    refuse_vast_area(facts[chosen], snapshot.name, chosen)
    values = _read(snapshot, lambda book: book.get_sheet_by_name(chosen))
    return WorksheetValues(snapshot.name, values, facts[chosen]).table(
        dialect, chosen, header_row, f"Worksheet '{chosen}'"
    )
