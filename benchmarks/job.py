"""The whole job, sheet -> API -> result file, against the scripts that people write and the tools they use."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

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

_IN_FLIGHT = 32
_LATENCY_MS = 50
_ROWS_OF_A_LOOP_WITH_LATENCY = 100
_SCRIPTS = ("plain_loop", "pandas_apply", "pandas_iterrows", "thread_pool", "aiohttp_pool")
_ONE_AFTER_THE_OTHER = {"plain_loop", "pandas_apply", "pandas_iterrows", "newman"}


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

    def ours(self, rows: int | None = None) -> Cost:
        """The program, its ledger made anew each time."""
        command = [PYTHON, "-m", "hotline_batch", "send", str(self._sheet(rows)), "--yes", "--rate", "20000/s", "-q"]
        command += ["--concurrency", str(_IN_FLIGHT), "--force", "-o", str(self._folder / "result.csv")]
        cost = cost_of(command, env={**self._service.env, **fresh_ledger(self._folder)}, cpus=self._around.client_cpus)
        return must_succeed(cost, "hotline-batch")

    def script(self, name: str, rows: int | None = None) -> Cost:
        """One of the scripts in ``peers``."""
        target = self._folder / "peer.csv"
        return script(PEERS / f"{name}.py", self._sheet(rows), target, around=self._around, env=self._service.env)

    def curl(self, rows: int | None = None) -> Cost:
        """``curl --parallel`` with a configuration made beforehand; keeps neither ledger nor results."""
        configuration = self._folder / "curl.txt"
        one = ["fail", "silent", f'url = "{self._service.url}"', f'header = "X-API-KEY: {X_API_KEY}"']
        one += ['header = "Content-Type: application/json"', 'output = "/dev/null"']
        one += [f'cacert = "{self._service.ca_file}"'] if self._service.url.startswith("https") else []
        with self._sheet(rows).open(newline="") as source:
            requests = ["\n".join([*one, f"data = {json.dumps(_body(row))}"]) for row in csv.DictReader(source)]
        configuration.write_text("\nnext\n".join(requests))
        command = ["curl", "--parallel", "--parallel-max", str(_IN_FLIGHT), "--config", str(configuration)]
        return must_succeed(cost_of(command, env=self._service.env, cpus=self._around.client_cpus), "curl")

    def newman(self, program: str, rows: int | None = None) -> Cost:
        """newman with the same CSV as iteration data."""
        body = _body({"user_id": "0", "message": "{{message}}"}).replace('"user_id": 0', '"user_id": {{user_id}}')
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

    def peers(self) -> dict[str, Callable[[int | None], Cost] | str]:
        """Every peer by name: how to run it, or why it cannot be run here."""
        newman = _newman()
        missing = "aiohttp is not installed (pip install -e '.[bench]')"
        found: dict[str, Callable[[int | None], Cost] | str] = {name: partial(self.script, name) for name in _SCRIPTS}
        if importlib.util.find_spec("aiohttp") is None:
            found["aiohttp_pool"] = missing
        found["curl"] = self.curl if shutil.which("curl") else "curl is not installed"
        found["newman"] = partial(self.newman, newman) if newman else "newman is not installed (npm install newman)"
        return found


def _body(row: dict[str, str]) -> str:
    asked = {"action": "incoming_in_topic", "user_id": int(row["user_id"]), "message": row["message"]}
    return json.dumps({**asked, "instance": INSTANCE, "api_key": API_KEY})


def _newman() -> str | None:
    return shutil.which("newman") or shutil.which(str(ROOT / "node_modules" / ".bin" / "newman"))


def figures(around: Circumstances) -> Iterator[Line]:
    """Goals 2 to 5, and the other peers for comparison."""
    if why := why_missing():
        yield LeftOut("goals 2 to 5, the whole job", why)
        return
    yield from _over_https(around)
    yield from _without_latency(around)
    yield from _with_latency(around)


def _over_https(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=5, quick=300, full=1_000)
    with Service(tls=True, cpus=around.server_cpus) as service:
        job = Job(around, service, rows)
        pairs = side_by_side(job.ours, partial(job.script, "pandas_iterrows"), around.rounds)
        yield compared("2", f"job over HTTPS, {rows:,} rows: CPU against iterrows + requests.post", pairs, cpu, 0.06)
        yield from _comparisons(job, f"job over HTTPS, {rows:,} rows", {"pandas_iterrows"})


def _without_latency(around: Circumstances) -> Iterator[Line]:
    rows = around.pick(tiny=5, quick=2_000, full=5_000)
    with Service(cpus=around.server_cpus) as service:
        job = Job(around, service, rows)
        pairs = side_by_side(job.ours, partial(job.script, "thread_pool"), around.rounds)
        yield compared("3", f"job over HTTP, {rows:,} rows: CPU against ThreadPool(32)", pairs, cpu, 0.70)
        yield compared("3", f"job over HTTP, {rows:,} rows: wall against ThreadPool(32)", pairs, wall, 0.75)
        yield from _comparisons(job, f"job over HTTP, {rows:,} rows", {"thread_pool", "newman"})
        newman = job.peers()["newman"]
        if isinstance(newman, str):
            yield LeftOut("goal 5, newman", newman)
            return
        rows = around.pick(tiny=5, quick=1_000, full=10_000)
        pairs = [(job.ours(rows), newman(rows))]
        faster = wall(pairs[0][1]) / wall(pairs[0][0])
        note = f"{rows / wall(pairs[0][0]):,.0f} rows/s against {rows / wall(pairs[0][1]):,.0f}"
        yield Figure("5", f"{rows:,} rows: times as fast as newman", faster, 13, higher_is_better=True, note=note)
        yield compared("5", f"{rows:,} rows: CPU against newman", pairs, cpu, 0.20)
        yield compared("5", f"{rows:,} rows: memory against newman", pairs, peak, 0.25)


def _comparisons(job: Job, what: str, left: set[str]) -> Iterator[Line]:
    """CPU against every peer that has no goal here, each as one pair."""
    ours = job.ours()
    for name, peer in job.peers().items():
        if name in left:
            continue
        if isinstance(peer, str):
            yield LeftOut(f"{what}: {name}", peer)
            continue
        theirs = peer(None)
        figure = compared("", f"{what}: CPU against {name}", [(ours, theirs)], cpu)
        yield replace(figure, note=f"{figure.note}; wall {wall(ours) / wall(theirs):.2f} x")


def _with_latency(around: Circumstances) -> Iterator[Line]:
    for tls in (False, True):
        # Whoever keeps its latency's pace takes long for many rows; start-up would weigh too much in few.
        rows = around.pick(tiny=5, quick=2_000, full=2_000) if tls else around.pick(tiny=5, quick=10_000, full=10_000)
        scheme = "HTTPS" if tls else "HTTP"
        what = f"job over {scheme} at {_LATENCY_MS} ms, {rows:,} rows"
        ideal = rows / (_IN_FLIGHT / (_LATENCY_MS / 1000))
        with Service(latency_ms=_LATENCY_MS, tls=tls, cpus=around.server_cpus) as service:
            job = Job(around, service, rows)
            ours = sorted((job.ours() for _ in range(around.rounds)), key=wall)[around.rounds // 2]
            share = ideal / wall(ours)
            note = f"{rows / wall(ours):,.0f} rows/s, start-up included"
            limit = None if tls else 0.88
            yield Figure("" if tls else "4", f"{what}: share of the ideal rate", share, limit, True, note)
            for name, peer in job.peers().items():
                if isinstance(peer, str):
                    yield LeftOut(f"{what}: {name}", peer)
                    continue
                asked = min(rows, _ROWS_OF_A_LOOP_WITH_LATENCY if name in _ONE_AFTER_THE_OTHER else 2_000)
                a_row = wall(peer(asked)) / asked
                is_goal = name == "plain_loop" and not tls
                speed = a_row / (wall(ours) / rows)
                note = f"{rows / wall(ours):,.0f} rows/s against {1 / a_row:,.0f}, {asked:,} rows of theirs"
                limit = 26 if is_goal else None
                yield Figure("4" if is_goal else "", f"{what}: times as fast as {name}", speed, limit, True, note)
