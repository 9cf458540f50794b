"""A snapshot of an .xls, .xlsb or .ods -> rows, through pandas and calamine. Read only, and values only.

These formats tell neither hidden rows nor formulas here; the person is told so.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from hotline_batch.errors import SheetError
from hotline_batch.model import Dialect, Remark, Row
from hotline_batch.sheets.cell_text import text_and_code
from hotline_batch.sheets.kinds import FileKind
from hotline_batch.sheets.package import Package, damaged
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table, find_header, is_blank, nameless, without_empty_end
from hotline_batch.sheets.used_area import MOST_CELLS, binary_cells, opendocument_cells
from hotline_batch.sheets.xls_area import cells_are_within_bounds

LARGEST_FILE_BYTES = 200 * 1024**2


def open_other_format(snapshot: Snapshot, kind: FileKind, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the only visible one that is not empty.

    SheetError for damaged and password-protected files, unknown and empty worksheets, and where several could be meant.
    """
    if snapshot.size > LARGEST_FILE_BYTES:
        raise SheetError(f"{snapshot.name} is too large for this format. Save it as XLSX or CSV.")
    if kind is FileKind.XLS:
        _refuse_impossible_cells(snapshot)
    else:
        _refuse_vast_areas(snapshot, kind)
    frames = _read_frames(snapshot, worksheet)
    filled = {name: frame for name, frame in frames.items() if not frame.empty}
    if len(filled) > 1:
        raise SheetError(
            f"{snapshot.name} has several worksheets with cells: {', '.join(map(repr, filled))}. "
            "Name the one to read with --worksheet."
        )
    if not filled:
        raise SheetError(f"{snapshot.name} is empty. Fill in a header row and at least one row below it.")
    ((name, frame),) = filled.items()
    where = f"Worksheet '{name}' of {snapshot.name}"
    number, cells = find_header(
        ((number, [text for text, _ in values]) for number, values in _numbered(frame)), header_row, where
    )
    named = nameless(frame.shape[1]) if header_row == 0 else without_empty_end(cells)
    header = (*named, *[""] * (frame.shape[1] - len(named)))
    return Table(
        Dialect(kind.value),
        header,
        number,
        lambda: _rows(frame, number),
        worksheet=name,
        notices=(
            f"Worksheet '{name}'",
            f"In .{kind.value} files it cannot be told which rows are hidden; save as XLSX if some are",
        ),
    )


def _refuse_impossible_cells(snapshot: Snapshot) -> None:
    try:
        possible = cells_are_within_bounds(snapshot.head(snapshot.size))
    except ValueError as error:
        raise damaged(snapshot.name, f"it is no workbook that can be followed: {error}") from error
    if not possible:
        raise damaged(snapshot.name, "it has cells beyond the last column")


def _refuse_vast_areas(snapshot: Snapshot, kind: FileKind) -> None:
    with snapshot.open() as file:
        package = Package(file, snapshot.name)
        if kind is FileKind.ODS and b"encryption-data" in b"".join(package.chunks("META-INF/manifest.xml")):
            raise _locked(snapshot.name)
        package.check()
        if kind is FileKind.ODS:
            cells = opendocument_cells(package.chunks("content.xml"), snapshot.name)
        else:
            parts = [part for part in package.parts() if part.startswith("xl/worksheets/") and part.endswith(".bin")]
            cells = max((binary_cells(package.chunks(part)) for part in parts), default=0)
    if cells > MOST_CELLS:
        raise SheetError(
            f"{snapshot.name}: the used area of a worksheet has {cells} cells, which is too large to read. "
            "Delete stray cells far from the table, or save the sheet as CSV."
        )


def _read_frames(snapshot: Snapshot, asked: str | None) -> dict[str, pd.DataFrame]:
    try:
        with snapshot.open() as file:
            book = CalamineWorkbook.from_filelike(file)
            names = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.name in names and sheet.visible is SheetVisibleEnum.Visible
            ]
            book.close()
        wanted = _wanted(names, visible, asked, snapshot.name)
        with snapshot.open() as file:
            return pd.read_excel(
                file,
                sheet_name=wanted,
                engine="calamine",
                header=None,
                dtype=object,
                keep_default_na=False,
                na_filter=False,
            )
    except SheetError:
        raise
    except PasswordError as error:
        raise _locked(snapshot.name) from error
    except BaseException as error:
        # A panic of the Rust library is no Exception, and its class cannot be imported.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise damaged(snapshot.name, "it cannot be read as a workbook") from error
        raise


def _locked(name: str) -> SheetError:
    return SheetError(
        f"{name} is password-protected. Remove the password in the spreadsheet program and save it again."
    )


def _wanted(names: list[str], visible: list[str], asked: str | None, file: str) -> list[str]:
    if asked is None:
        if not visible:
            raise SheetError(f"{file} has no visible worksheet. Name one with --worksheet: {', '.join(names)}.")
        return visible
    if asked not in names:
        raise SheetError(f"{file} has no worksheet '{asked}'. It has {', '.join(map(repr, names))}.")
    return [asked]


def _numbered(frame: pd.DataFrame) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    for number, values in enumerate(frame.itertuples(index=False, name=None), 1):
        yield number, [text_and_code(value) for value in values]


def _rows(frame: pd.DataFrame, header_row: int) -> Iterator[Row]:
    for number, values in _numbered(frame):
        cells = tuple(text for text, _ in values)
        if number > header_row and not is_blank(cells):
            yield Row(number, cells, tuple(Remark(i, code) for i, (_, code) in enumerate(values) if code))
