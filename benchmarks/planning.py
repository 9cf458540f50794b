"""Planning a large CSV sheet, against the csv module that only reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import (
    OURS,
    PEERS,
    Circumstances,
    Cost,
    Line,
    compared,
    fresh_ledger,
    own_cpu,
    script,
    side_by_side,
)


def write_wide_sheet(path: Path, rows: int) -> Path:
    """Eight columns, as large sheets have them; every row is another message."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "name", "order", "status", "city", "amount", "due", "remark"])
        writer.writerows(
            [987_600_000 + n, f"Müller {n}", f"A-{n}", "confirmed", "Bad Homburg", f"{n % 977}.50", "2026-12-01", ""]
            for n in range(rows)
        )
    return path


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 17."""
    rows = around.pick(tiny=50, quick=100_000, full=1_000_000)
    sheet = write_wide_sheet(around.folder / "wide.csv", rows)

    def ours() -> Cost:
        env = {**_CONNECTION, **fresh_ledger(around.folder)}
        return script(OURS / "plan_sheet.py", sheet, around.folder, around=around, env=env)

    theirs = partial(script, PEERS / "read_csv.py", sheet, around=around)
    pairs = side_by_side(ours, theirs, around.rounds)
    yield compared("17", f"planning {rows:,} CSV rows: CPU against the csv module reading", pairs, own_cpu, 16)


_CONNECTION = {"HOTLINE_INSTANCE": "13209946874612345", "HOTLINE_API_KEY": "key", "HOTLINE_X_API_KEY": "token"}
