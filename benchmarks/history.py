"""A ledger that holds years of earlier runs, against one that holds none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from secrets import randbelow

from benchmarks.job import write_sheet
from benchmarks.measure import (
    PYTHON,
    Circumstances,
    Cost,
    Figure,
    LeftOut,
    Line,
    compared,
    cost_of,
    fresh_ledger,
    must_succeed,
    side_by_side,
    wall,
)
from benchmarks.service import Service, why_missing

_ROWS_A_RUN = 10_000

# Copies of the one run that is there: its rows over and over, each with a key of its own, as so many runs.
_ADD_RUNS = """
    with recursive nth(n) as (select 1 union all select n + 1 from nth where n < :runs)
    insert into run (id, kind, state, created_at, started_at, finished_at, sheet_path, worksheet, dialect, fingerprint,
                     header, columns, endpoint, output_path, options, owner, rows, stop_code, stop_reason,
                     active_seconds)
    select 'earlier-' || n, kind, state, created_at - n, started_at - n, finished_at - n, sheet_path, worksheet,
           dialect, fingerprint, header, columns, endpoint, output_path, options, owner, :rows, stop_code, stop_reason,
           active_seconds
    from run, nth
"""
_ADD_ROWS = """
    with recursive nth(n) as (select 0 union all select n + 1 from nth where n < :rows - 1)
    insert into sheet_row (run_key, position, number, cells, state, connection, key, arguments, code, parameters,
                           http_status, attempts, claimed_at, finished_at, topic_link, reply)
    select run.run_key, n, n + 2, cells, sheet_row.state, connection, randomblob(16), arguments, code, parameters,
           http_status, attempts, claimed_at, sheet_row.finished_at, topic_link, reply
    from run, nth, sheet_row
    where run.id like 'earlier-%' and sheet_row.run_key = 1 and sheet_row.position = 0
"""
_ADD_ATTEMPTS = """
    insert into attempt (run_key, position, number, started_at, duration_seconds, http_status, error_code, delivery)
    select sheet_row.run_key, sheet_row.position, 1, claimed_at, 0.2, sheet_row.http_status, '', 'yes'
    from sheet_row where run_key > 1
"""
_ADD_TOPICS = """
    insert into topic (person, topic, place, learnt_at)
    select randomblob(16), randomblob(16), randomblob(16), claimed_at from sheet_row where run_key > 1
"""


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 4."""
    if why := why_missing():
        yield LeftOut("goal 4, a ledger with history", why)
        return
    rows = around.pick(tiny=100, quick=1_000_000, full=5_000_000)
    with Service(cpus=around.server_cpus) as service:
        many = write_sheet(around.folder / "many.csv", 2_500)
        empty = {**service.env, **fresh_ledger(_made(around.folder / "empty"))}
        full = {**service.env, **fresh_ledger(_made(around.folder / "full"))}
        for env in (empty, full):
            _send(around, env)
        add_history(around.folder / "full" / "ledger.sqlite", rows)
        asked = {
            "send of 100 rows": _send,
            "runs list": partial(_run, ["runs", "list"]),
            "check of 2,500 rows": partial(_run, ["check", many]),
        }
        for what, ask in asked.items():
            ours, theirs = partial(ask, around, full), partial(ask, around, empty)
            pairs = side_by_side(ours, theirs, around.rounds)
            yield compared("4", f"{what}, {rows:,} rows of history: wall against none", pairs, wall, 1.3)
        seconds = min(_run(["doctor", "--offline"], around, full).wall_seconds for _ in range(around.rounds))
        yield Figure("4", f"doctor, {rows:,} rows of history: seconds", seconds, 2.0)


def add_history(ledger: Path, rows: int) -> None:
    """Make a ledger of one run one of many, with so many rows in all."""
    values = {"runs": max(1, rows // _ROWS_A_RUN), "rows": min(rows, _ROWS_A_RUN)}
    with closing(sqlite3.connect(ledger)) as connection, connection:
        for statement in (_ADD_RUNS, _ADD_ROWS, _ADD_ATTEMPTS, _ADD_TOPICS):
            connection.execute(statement, values)


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _send(around: Circumstances, env: Mapping[str, str]) -> Cost:
    """A hundred messages to users whom nobody has written to yet."""
    sheet, first = around.folder / "few.csv", 10**9 + randbelow(10**9)
    sheet.write_text("user_id,message\n" + "".join(f"{first + n},Your order is confirmed.\n" for n in range(100)))
    result = around.folder / "few.out.csv"
    return _run(["send", sheet, "--yes", "--rate", "1000/s", "--force", "-o", result], around, env)


def _run(words: Sequence[object], around: Circumstances, env: Mapping[str, str]) -> Cost:
    command = [PYTHON, "-m", "hotline_batch", *map(str, words)]
    return must_succeed(cost_of(command, env=env, cpus=around.client_cpus), str(words[0]))
