"""Reading and writing workbooks, the program against the libraries by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.measure import (
    OURS,
    PEERS,
    ROOT,
    Circumstances,
    Line,
    compared,
    cpu,
    script,
    side_by_side,
)

_COLUMNS = 8


def figures(around: Circumstances) -> Iterator[Line]:
    """Goals 15 and 16."""
    yield from _reading(around)
    yield from _writing(around)


def _reading(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=60, quick=20_000, full=100_000)
    path = around.folder / "read.xlsx"
    script(ROOT / "benchmarks" / "example_workbook.py", path, rows, around=around)
    read = partial(script, OURS / "read_sheet.py", path, around=around)
    pairs = side_by_side(read, partial(script, PEERS / "read_openpyxl.py", path, around=around), around.rounds)
    yield compared("15", f"reading XLSX, {rows:,} x {_COLUMNS}: CPU against openpyxl read_only", pairs, cpu, 0.9)


def _writing(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=60, quick=5_000, full=30_000)
    cells, workbook, bare = (around.folder / name for name in ("cells.csv", "ours.xlsx", "bare.xlsx"))
    script(OURS / "write_results.py", rows, cells, around=around)
    ours = partial(script, OURS / "write_results.py", rows, workbook, around=around)
    pairs = side_by_side(
        ours, partial(script, PEERS / "write_xlsxwriter.py", cells, bare, around=around), around.rounds
    )
    what = f"writing the result workbook, {rows:,} rows: CPU against XlsxWriter, constant memory, bare"
    yield compared("16", what, pairs, cpu, 1.3)
