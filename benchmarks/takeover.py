"""How soon another worker goes on with the rows of one that is gone, and how many of them are in doubt then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.job import write_sheet
from benchmarks.measure import PYTHON, ROOT, Circumstances, Figure, LeftOut, Line, fresh_ledger
from benchmarks.service import Arrival, Service, why_missing
from tests.support.ledgers.postgresql import Cluster, find_programs

_PER_SECOND = 5
_IN_FLIGHT = 4
_LATENCY_MS = 400
_ON_ITS_WAY_SECONDS = 1.0
_PATIENCE_SECONDS = 90.0
_LOOK_EVERY_SECONDS = 0.05


def figures(around: Circumstances) -> Iterator[Line]:
    """Goal 9."""
    if why := why_missing():
        yield LeftOut("goal 9, a worker that is gone", why)
        return
    yield from _on(around, "SQLite", fresh_ledger(around.folder))
    programs = find_programs()
    if programs is None:
        yield LeftOut("goal 9, PostgreSQL", "PostgreSQL is not installed (Debian: postgresql)")
        return
    with Cluster(programs) as cluster:
        yield from _on(around, "PostgreSQL", {"HOTLINE_BATCH_LEDGER": cluster.fresh_database().url})


def _on(around: Circumstances, database: str, ledger: Mapping[str, str]) -> Iterator[Line]:
    ways: Mapping[str, signal.Signals] = {"killed": signal.SIGKILL, "silent": signal.SIGSTOP}
    for way, number in ways.items():
        with Service(latency_ms=_LATENCY_MS, keeps_times=True, cpus=around.server_cpus) as service:
            office = _Office(around.folder, service, {**service.env, **ledger, "HOME": str(around.folder)})
            took = office.take_over(number, around.pick(tiny=20, quick=150, full=200))
        what = f"a worker is {way}, {database}"
        yield Figure("9", f"{what}: seconds until another sends", took.seconds, 20)
        yield Figure("9", f"{what}: rows in doubt, {_IN_FLIGHT} in flight at most", took.doubts, _IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class _TakeOver:
    seconds: float
    doubts: int


@dataclass(frozen=True, slots=True)
class _Office:
    """Two workers on one ledger."""

    folder: Path
    service: Service
    env: Mapping[str, str]

    def take_over(self, number: signal.Signals, rows: int) -> _TakeOver:
        """Hand a run over, strike the worker that has it, and wait for the end."""
        sheet = write_sheet(self.folder / f"left-{number.name}-{time.time_ns()}.csv", rows)
        with ExitStack() as stack:
            if self.env["HOTLINE_BATCH_LEDGER"].startswith("postgresql"):
                for _ in range(2):
                    stack.enter_context(self._worker())
                _wait(lambda: self._serving >= 2)
            options = ["--rate", f"{_PER_SECOND}/s", "--concurrency", str(_IN_FLIGHT), "--duplicate-window", "0"]
            words = ["send", str(sheet), "--yes", "--detach", "-q", "-o", f"{sheet}.out.csv", *options]
            run_id = self._run(*words).strip()
            _wait(lambda: len(self.service.arrivals()) > 2 * _PER_SECOND)
            if not self.env["HOTLINE_BATCH_LEDGER"].startswith("postgresql"):
                stack.enter_context(self._worker())
                time.sleep(3.0)  # until it serves
            driver = self._listed(run_id)["workers"][0]["process"]
            os.kill(driver, number)
            struck_at = time.time()

            def after(arrival: Arrival) -> float:
                return arrival.moment - struck_at

            _wait(lambda: any(after(arrival) > _ON_ITS_WAY_SECONDS for arrival in self.service.arrivals()))
            # What was on its way to the service when the worker was struck is no sign of another one.
            seconds = next(late for late in map(after, self.service.arrivals()) if late > _ON_ITS_WAY_SECONDS)
            if number is signal.SIGSTOP:
                os.kill(driver, signal.SIGKILL)
            _wait(lambda: self._listed(run_id)["state"] == "finished")
            return _TakeOver(seconds, self._listed(run_id)["counts"].get("unknown", 0))

    @contextmanager
    def _worker(self) -> Iterator[None]:
        process = subprocess.Popen(
            [PYTHON, "-m", "hotline_batch", "worker"],
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def _listed(self, run_id: str) -> Mapping[str, Any]:
        return next(run for run in json.loads(self._run("runs", "list", "--json")) if run["run"] == run_id)

    @property
    def _serving(self) -> int:
        return len(json.loads(self._run("worker", "--status", "--json"))["workers"])

    def _run(self, *words: str) -> str:
        command = [PYTHON, "-m", "hotline_batch", *words]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **self.env}, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{words[0]} ended with {done.returncode}:\n{done.stderr.decode()[-2_000:]}")
        return done.stdout.decode()


def _wait(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise RuntimeError("the workers do not go on")
        time.sleep(_LOOK_EVERY_SECONDS)
