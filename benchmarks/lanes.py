"""What 200 connections in one process cost, each at its own pace, and how much of it each of them uses."""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import PYTHON, Circumstances, Figure, LeftOut, Line, cost_of, fresh_ledger, must_succeed
from benchmarks.service import Service, why_missing

_PER_MINUTE = 18
_CONCURRENCY = 32
_LATENCY_MS = 50
_LEFT = """
    select sheet_row.connection, attempt.started_at from attempt join sheet_row using (run_key, position)
    order by attempt.started_at
"""


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 3."""
    if why := why_missing():
        yield LeftOut("goal 3, many connections in one process", why)
        return
    lanes = around.pick(tiny=3, quick=200, full=200)
    rows_a_lane = around.pick(tiny=2, quick=10, full=37)
    with Service(latency_ms=_LATENCY_MS, cpus=around.server_cpus) as service:
        command = [PYTHON, "-m", "hotline_batch", "send", str(_sheet(around.folder, lanes, rows_a_lane)), "--yes"]
        command += ["-q", "-o", str(around.folder / "lanes.out.csv"), "--force", "--concurrency", str(_CONCURRENCY)]
        env = {**service.env, **fresh_ledger(around.folder), **_settings(around.folder, lanes)}
        cost = must_succeed(cost_of(command, env=env, cpus=around.client_cpus), "hotline-batch")
        left = _left(around.folder / "ledger.sqlite")
    what = f"{lanes} connections of {_PER_MINUTE}/min in one process"
    shares = sorted(_share(moments) for moments in left.values())
    note = f"median {shares[len(shares) // 2]:.3f}, {sum(map(len, left.values()))} requests"
    yield Figure("3", f"{what}: share of its rate, the slowest", shares[0], 0.98, True, note)
    begun, ended = (pick(pick(moments) for moments in left.values()) for pick in (min, max))
    seconds = ended - begun
    yield Figure("3", f"{what}: CPU / wall, start-up included", cost.cpu_seconds / seconds, 0.25)
    closest = min(after - before for moments in left.values() for before, after in pairwise(moments))
    yield Figure("3", f"{what}: the closest two of one / its interval", closest * _PER_MINUTE / 60, 0.99, True)


def _sheet(folder: Path, lanes: int, rows_a_lane: int) -> Path:
    path = folder / "lanes.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "message", "connection"])
        for number in range(lanes * rows_a_lane):
            writer.writerow([987_600_000 + number, f"Status update number {number}", f"c{number % lanes}"])
    return path


def _settings(folder: Path, lanes: int) -> Mapping[str, str]:
    path = folder / "lanes.toml"
    path.write_text(
        f'default_connection = "c0"\nx_api_key = "env:HOTLINE_X_API_KEY"\nsend_rate = "{_PER_MINUTE}/min"\n'
        + "".join(
            f'[connections.c{lane}]\ninstance = "{10_000_000_000_000_000 + lane}"\napi_key = "env:HOTLINE_API_KEY"\n'
            for lane in range(lanes)
        )
    )
    return {"HOTLINE_BATCH_CONFIG": str(path)}


def _left(ledger: Path) -> Mapping[str, Sequence[float]]:
    """When the requests of each connection left, by the client's clock."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    connection = sqlite3.connect(ledger)
    for lane, started_at in connection.execute(_LEFT):
        found[lane].append(started_at)
    connection.close()
    return found


def _share(moments: Sequence[float]) -> float:
    return (len(moments) - 1) / (moments[-1] - moments[0]) / (_PER_MINUTE / 60)
