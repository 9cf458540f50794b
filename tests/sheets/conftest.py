"""Real files for the reading tests: workbooks saved by openpyxl, and workbooks put together part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from raw_workbook import workbook_parts, worksheet_xml
from sheet_rows import without_number_remarks

from hotline_batch.model.sheets import Row
from hotline_batch.run_options import Reading
from hotline_batch.sheets.source import open_sheet
from hotline_batch.sheets.table import OpenSheet

Build = Callable[..., Path]


@pytest.fixture
def write_zip(tmp_path: Path) -> Build:
    def write(parts: Mapping[str, str | bytes], name: str = "sheet.xlsx") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return write


@pytest.fixture
def write_xlsx(write_zip: Build) -> Build:
    """A workbook of raw worksheets: ``write_xlsx(rows)``, or ``write_xlsx(worksheets={...}, states={...})``."""

    def write(
        rows: str = "",
        *,
        after: str = "",
        before: str = "",
        worksheets: Mapping[str, str] | None = None,
        states: Mapping[str, str] | None = None,
        active: int = 0,
        more: Mapping[str, str | bytes] | None = None,
        name: str = "sheet.xlsx",
    ) -> Path:
        sheets = worksheets or {"Data": worksheet_xml(rows, after, before)}
        return write_zip({**workbook_parts(sheets, states or {}, active), **(more or {})}, name)

    return write


@pytest.fixture
def write_csv(tmp_path: Path) -> Build:
    def write(content: str | bytes, name: str = "sheet.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def opened() -> Iterator[Callable[..., OpenSheet]]:
    """Opens a sheet with choices as keywords and closes it after the test."""
    sheets: list[OpenSheet] = []

    def open_it(path: str | Path, **choices: object) -> OpenSheet:
        sheet = open_sheet(path, Reading(**choices))  # type: ignore[arg-type]  # keywords are the fields
        sheets.append(sheet)
        return sheet

    yield open_it
    for sheet in sheets:
        sheet.close()


@pytest.fixture
def read(opened: Callable[..., OpenSheet]) -> Callable[..., list[Row]]:
    """All rows of a sheet, without the word that a column has numbers in it."""

    def read_all(path: str | Path, **choices: object) -> list[Row]:
        return without_number_remarks(opened(path, **choices).rows())

    return read_all
