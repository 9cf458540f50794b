"""Peak memory as a sheet grows: in rows, and in the rectangle between its cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

from benchmarks.job import write_sheet
from benchmarks.measure import PYTHON, Circumstances, Figure, LeftOut, Line, cost_of, fresh_ledger, must_succeed
from benchmarks.service import API_KEY, INSTANCE, X_API_KEY, Service, why_missing

_MOST_GROWTH_MB = 60
_FEW_ROWS = 10_000
_KEYS = {"HOTLINE_INSTANCE": INSTANCE, "HOTLINE_API_KEY": API_KEY, "HOTLINE_X_API_KEY": X_API_KEY}


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 8: how much more a large sheet takes than a small one."""
    few = around.pick(tiny=20, quick=_FEW_ROWS, full=_FEW_ROWS)
    many = around.pick(tiny=40, quick=100_000, full=1_000_000)
    why = why_missing()
    small, large = (_peaks(rows, around, with_service=not why) for rows in (few, many))
    for command, peak in large.items():
        note = f"{small[command]:.0f} MB at {few:,}, {peak:.0f} MB at {many:,}"
        yield _growth(f"{command}: MB more at {many:,} rows than at {few:,}", peak - small[command], note)
    if why:
        yield LeftOut("goal 8, `send` and `results`", why)
    near, stray = (_check(_workbook(around.folder / "stray.xlsx", cell), around) for cell in ("C3", "XFD3600"))
    yield _growth(
        "check: MB more for a stray cell at XFD3600", stray - near, f"{near:.0f} MB without, {stray:.0f} with"
    )


def _growth(what: str, megabytes: float, note: str) -> Figure:
    return Figure("8", what, megabytes, _MOST_GROWTH_MB, note=note)


def _workbook(path: Path, stray: str) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a worksheet
    sheet.append(["user_id", "message"])
    sheet.append(["987654321", "Hello"])
    sheet[stray] = "stray"
    book.save(path)
    return path


def _check(sheet: Path, around: Circumstances) -> float:
    env = {**_KEYS, **fresh_ledger(around.folder)}
    command = [PYTHON, "-m", "hotline_batch", "check", str(sheet), "--for", "send"]
    cost = cost_of(command, env=env, cpus=around.client_cpus)
    # 1: the stray row has no user id.
    if cost.exit_code not in {0, 1}:
        raise RuntimeError(f"check ended with {cost.exit_code}:\n{cost.output}")
    return cost.peak_mb


def _peaks(rows: int, around: Circumstances, *, with_service: bool) -> dict[str, float]:
    """Peak MB by command at so many rows; `results` writes CSV."""
    sheet = write_sheet(around.folder / "memory.csv", rows)
    ledger = fresh_ledger(around.folder)

    def run(env: dict[str, str], *arguments: object) -> tuple[float, str]:
        command = [PYTHON, "-m", "hotline_batch", *map(str, arguments)]
        cost = must_succeed(cost_of(command, env={**env, **ledger}, cpus=around.client_cpus), str(arguments[0]))
        return cost.peak_mb, cost.output

    peaks = {"check": _check(sheet, around)}
    if with_service:
        result = around.folder / "memory.out.csv"
        with Service(cpus=around.server_cpus) as service:
            pace = ("--rate", "20000/s", "--concurrency", 32)
            peaks["send"] = run(service.env, "send", sheet, "--yes", "-q", *pace, "--force", "-o", result)[0]
            run_id = json.loads(run(service.env, "runs", "list", "--json")[1])[0]["run"]
            for form in (".csv", ".xlsx"):
                target = result.with_suffix(form)
                peaks[f"results {form}"] = run(service.env, "results", run_id, "--force", "-o", target)[0]
                target.unlink()
    sheet.unlink()
    return peaks
