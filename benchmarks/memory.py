"""Peak memory of `check`, `send` and `results` as a sheet grows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks.job import write_sheet
from benchmarks.measure import PYTHON, Circumstances, Figure, LeftOut, Line, cost_of, fresh_ledger, must_succeed
from benchmarks.service import API_KEY, INSTANCE, X_API_KEY, Service, why_missing

_MOST_GROWTH_MB = 60
_KEYS = {"HOTLINE_INSTANCE": INSTANCE, "HOTLINE_API_KEY": API_KEY, "HOTLINE_X_API_KEY": X_API_KEY}


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 6: how much more the largest sheet takes than the smallest."""
    largest = around.pick(tiny=40, quick=100_000, full=1_000_000)
    sizes = [rows for rows in (around.pick(tiny=20, quick=10_000, full=10_000), 100_000, 1_000_000) if rows <= largest]
    sizes = sizes if sizes[-1] == largest else [*sizes, largest]
    why = why_missing()
    peaks = [_peaks(rows, around, with_service=not why) for rows in sizes]
    for command in peaks[0]:
        growth = peaks[-1][command] - peaks[0][command]
        note = ", ".join(f"{mine[command]:.0f} MB at {rows:,}" for rows, mine in zip(sizes, peaks, strict=True))
        yield Figure(
            "6", f"{command}: MB more at {sizes[-1]:,} rows than at {sizes[0]:,}", growth, _MOST_GROWTH_MB, note=note
        )
    if why:
        yield LeftOut("goal 6, `send` and `results`", why)


def _peaks(rows: int, around: Circumstances, *, with_service: bool) -> dict[str, float]:
    """Peak MB by command at so many rows; `results` writes CSV."""
    sheet = write_sheet(around.folder / "memory.csv", rows)
    ledger = fresh_ledger(around.folder)

    def run(env: dict[str, str], *arguments: object) -> tuple[float, str]:
        command = [PYTHON, "-m", "hotline_batch", *map(str, arguments)]
        cost = must_succeed(cost_of(command, env={**env, **ledger}, cpus=around.client_cpus), str(arguments[0]))
        return cost.peak_mb, cost.output

    peaks = {"check": run(_KEYS, "check", sheet, "--for", "send")[0]}
    if with_service:
        result = around.folder / "memory.out.csv"
        with Service(cpus=around.server_cpus) as service:
            pace = ("--rate", "20000/s", "--concurrency", 32)
            peaks["send"] = run(service.env, "send", sheet, "--yes", "-q", *pace, "--force", "-o", result)[0]
            run_id = json.loads(run(service.env, "runs", "list", "--json")[1])[0]["run"]
            peaks["results"] = run(service.env, "results", run_id, "--force", "-o", result)[0]
        result.unlink()
    sheet.unlink()
    return peaks
