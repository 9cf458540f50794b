"""Reading and writing workbooks, the program against the libraries by themselves."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import partial

from benchmarks.measure import (
    OURS,
    PEERS,
    ROOT,
    Circumstances,
    Cost,
    LeftOut,
    Line,
    compared,
    cpu,
    peak,
    script,
    side_by_side,
)

_COLUMNS = 8


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 7."""
    yield from _reading(around)
    yield from _writing(around)


def _reading(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=60, quick=20_000, full=100_000)
    path = around.folder / "read.xlsx"
    script(ROOT / "benchmarks" / "example_workbook.py", path, rows, around=around)
    what = f"reading XLSX, {rows:,} x {_COLUMNS}"
    read = partial(script, OURS / "read_sheet.py", path, around=around)
    pairs = side_by_side(read, partial(script, PEERS / "read_openpyxl.py", path, around=around), around.rounds)
    yield compared("7", f"{what}: CPU against openpyxl read_only", pairs, cpu, 0.9)
    yield compared("", f"{what}: memory against openpyxl read_only", pairs, peak)
    for name in ("read_calamine", "read_pandas"):
        pair = (pairs[-1][0], script(PEERS / f"{name}.py", path, around=around))
        yield compared("", f"{what}: CPU against {name.removeprefix('read_')}", [pair], cpu)
        yield compared("", f"{what}: memory against {name.removeprefix('read_')}", [pair], peak)


def _writing(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=60, quick=5_000, full=30_000)
    cells, workbook, bare = (around.folder / name for name in ("cells.csv", "ours.xlsx", "bare.xlsx"))
    script(OURS / "write_results.py", rows, cells, around=around)
    what = f"writing the result workbook, {rows:,} rows"

    def ours() -> Cost:
        return script(OURS / "write_results.py", rows, workbook, around=around)

    pairs = side_by_side(ours, partial(script, PEERS / "write_openpyxl.py", cells, bare, around=around), around.rounds)
    yield compared("7", f"{what}: CPU against openpyxl write_only, bare", pairs, cpu, 1.2)
    yield compared("", f"{what}: memory against openpyxl write_only, bare", pairs, peak)
    for name, module in (("write_xlsxwriter", "xlsxwriter"), ("write_pandas", "pandas")):
        if importlib.util.find_spec(module) is None:
            yield LeftOut(f"{what}: {module}", f"{module} is not installed (pip install -e '.[bench]')")
            continue
        pair = (pairs[-1][0], script(PEERS / f"{name}.py", cells, bare, around=around))
        yield compared("", f"{what}: CPU against {module}, bare", [pair], cpu)
