"""The whole job, sheet -> API -> result file, against the scripts that people write and a tool they use."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.measure import (
    PEERS,
    PYTHON,
    ROOT,
    Circumstances,
    Cost,
    Figure,
    LeftOut,
    Line,
    compared,
    cost_of,
    cpu,
    fresh_ledger,
    must_succeed,
    peak,
    script,
    side_by_side,
    wall,
)
from benchmarks.service import API_KEY, INSTANCE, X_API_KEY, Service, why_missing
from tests.support.ledgers.postgresql import Cluster, find_programs

_IN_FLIGHT = 32
_LATENCY_MS = 50
_ROWS_OF_THE_LOOP = 100
_ABOVE_ANY_LIMIT = "20000/s"


def write_sheet(path: Path, rows: int) -> Path:
    """A sheet of so many different messages."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "message"])
        writer.writerows([987_600_000 + number, f"Status update number {number}"] for number in range(rows))
    return path


class Job:
    """One sheet and one service; ours and each peer as a process of its own, pinned alike."""

    def __init__(self, around: Circumstances, service: Service, rows: int) -> None:
        self._around = around
        self._folder = around.folder
        self._service = service
        self._rows = rows
        self._sheets: dict[int, Path] = {}

    def _sheet(self, rows: int | None = None) -> Path:
        rows = rows or self._rows
        if rows not in self._sheets:
            self._sheets[rows] = write_sheet(self._folder / f"sheet_{rows}.csv", rows)
        return self._sheets[rows]

    def ours(self, rows: int | None = None, ledger: Mapping[str, str] | None = None) -> Cost:
        """The program; without a ``ledger`` of another kind, one of SQLite that is made anew each time."""
        command = [PYTHON, "-m", "hotline_batch", "send", str(self._sheet(rows)), "--yes", "--rate", _ABOVE_ANY_LIMIT]
        command += ["-q", "--concurrency", str(_IN_FLIGHT), "--force", "-o", str(self._folder / "result.csv")]
        env = {**self._service.env, **(ledger or fresh_ledger(self._folder))}
        return must_succeed(cost_of(command, env=env, cpus=self._around.client_cpus), "hotline-batch")

    def script(self, name: str, rows: int | None = None) -> Cost:
        """One of the scripts in ``peers``."""
        target = self._folder / "peer.csv"
        return script(PEERS / f"{name}.py", self._sheet(rows), target, around=self._around, env=self._service.env)

    def newman(self, program: str, rows: int | None = None) -> Cost:
        """newman with the same CSV as iteration data."""
        asked = {"action": "incoming_in_topic", "user_id": 0, "message": "{{message}}"}
        body = json.dumps({**asked, "instance": INSTANCE, "api_key": API_KEY})
        body = body.replace('"user_id": 0', '"user_id": {{user_id}}')
        fields = [{"key": "X-API-KEY", "value": X_API_KEY}, {"key": "Content-Type", "value": "application/json"}]
        request = {"method": "POST", "url": self._service.url, "header": fields, "body": {"mode": "raw", "raw": body}}
        schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        collection = self._folder / "collection.json"
        collection.write_text(
            json.dumps({"info": {"name": "send", "schema": schema}, "item": [{"name": "send", "request": request}]})
        )
        report = str(self._folder / "newman.json")
        command = [program, "run", str(collection), "--iteration-data", str(self._sheet(rows)), "--insecure"]
        command += ["--reporters", "json", "--reporter-json-export", report]
        memory = {"NODE_OPTIONS": "--max-old-space-size=8192"}
        return must_succeed(cost_of(command, env=memory, cpus=self._around.client_cpus), "newman")


def figures(around: Circumstances) -> Iterator[Line]:
    """Goals 11 to 14, and 19."""
    if why := why_missing():
        yield LeftOut("goals 11 to 14 and 19, the whole job", why)
        return
    yield from _over_https(around)
    yield from _without_latency(around)
    yield from _with_latency(around)


def _over_https(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=5, quick=300, full=1_000)
    with Service(tls=True, cpus=around.server_cpus) as service:
        job = Job(around, service, rows)
        pairs = side_by_side(job.ours, partial(job.script, "pandas_iterrows"), around.rounds)
        yield compared("11", f"job over HTTPS, {rows:,} rows: CPU against iterrows + requests.post", pairs, cpu, 0.06)


def _without_latency(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=5, quick=2_000, full=5_000)
    with Service(cpus=around.server_cpus) as service:
        job = Job(around, service, rows)
        pairs = side_by_side(job.ours, partial(job.script, "thread_pool"), around.rounds)
        yield compared("12", f"job over HTTP, {rows:,} rows: CPU against ThreadPool(32)", pairs, cpu, 0.70)
        yield compared("12", f"job over HTTP, {rows:,} rows: wall against ThreadPool(32)", pairs, wall, 0.75)
        yield from _newman(job, around)


def _newman(job: Job, around: Circumstances) -> Iterator[Line]:
    program = shutil.which("newman") or shutil.which(str(ROOT / "node_modules" / ".bin" / "newman"))
    if program is None:
        yield LeftOut("goal 14, newman", "newman is not installed (npm install newman)")
        return
    rows = around.pick(tiny=5, quick=1_000, full=10_000)
    pairs = [(job.ours(rows), job.newman(program, rows))]
    faster = wall(pairs[0][1]) / wall(pairs[0][0])
    note = f"{rows / wall(pairs[0][0]):,.0f} rows/s against {rows / wall(pairs[0][1]):,.0f}"
    yield Figure("14", f"{rows:,} rows: times as fast as newman", faster, 13, higher_is_better=True, note=note)
    yield compared("14", f"{rows:,} rows: CPU against newman", pairs, cpu, 0.20)
    yield compared("14", f"{rows:,} rows: memory against newman", pairs, peak, 0.25)


def _with_latency(around: Circumstances) -> Iterator[Line]:
    # Start-up would weigh too much in fewer rows.
    rows = around.pick(tiny=5, quick=10_000, full=10_000)
    what = f"job at {_LATENCY_MS} ms, {rows:,} rows"
    with ExitStack() as stack:
        service = stack.enter_context(Service(latency_ms=_LATENCY_MS, cpus=around.server_cpus))
        job = Job(around, service, rows)
        ours = median(wall(job.ours()) for _ in range(around.rounds))
        ideal = rows / (_IN_FLIGHT / (_LATENCY_MS / 1000))
        note = f"{rows / ours:,.0f} rows/s, start-up included"
        yield Figure("13", f"{what}: share of the ideal rate", ideal / ours, 0.88, True, note)
        asked = min(rows, _ROWS_OF_THE_LOOP)
        a_row = wall(job.script("plain_loop", asked)) / asked
        note = f"{rows / ours:,.0f} rows/s against {1 / a_row:,.0f}, {asked:,} rows of theirs"
        yield Figure("13", f"{what}: times as fast as the plain loop", a_row / (ours / rows), 26, True, note)
        programs = find_programs()
        if programs is None:
            yield LeftOut("goal 19, PostgreSQL", "PostgreSQL is not installed (Debian: postgresql)")
            return
        cluster = stack.enter_context(Cluster(programs))
        theirs = []
        for _ in range(around.rounds):
            database = cluster.fresh_database()
            theirs.append(wall(job.ours(ledger={"HOTLINE_BATCH_LEDGER": database.url})))
            cluster.drop(database)
        slower = median(theirs)
        note = f"{rows / slower:,.0f} rows/s against {rows / ours:,.0f} with SQLite"
        yield Figure("19", f"{what}: rows/s with PostgreSQL against SQLite", ours / slower, 0.8, True, note)
