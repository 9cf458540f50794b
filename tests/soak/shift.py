"""One run, several workers, and what befalls them; then everything is judged at the service's clock.

Long ones, on demand: ``python -m tests.soak.shift --rows 2000 --workers 3 --database postgresql``. Exit code 1 where a
row was lost, a message came twice, a result sheet lies or the pace was exceeded.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.support.hostile_server import HostileServer
from tests.support.journey import ROOT, Machine, asked, lies, people
from tests.support.postgresql import LEFT_OUT, Cluster, find_programs

LEASE_SECONDS = 3.0
CONNECTIONS = 4
LANES_A_WORKER = 2
IN_FLIGHT = 8
PATIENCE_SECONDS = 120.0

Happening = Callable[["Shift"], None]


@dataclass(slots=True)
class Verdict:
    """What a shift came to; ``complaints`` is empty where every row tells the truth."""

    complaints: list[str] = field(default_factory=list)
    unknown: int = 0
    gaps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    happened: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        gap = max(self.gaps, default=0.0)
        told = f"{self.seconds:.0f} s; {', '.join(self.happened) or 'nothing happened'}; {self.unknown} unknown; "
        told += f"taken over after {gap:.1f} s at most; {len(self.complaints)} complaints"
        return told + "".join(f"\n    {complaint}" for complaint in self.complaints[:20])


class Shift:
    """A run of so many rows over four connections, handed over to so many workers. Use ``run`` once."""

    def __init__(
        self, folder: Path, server: HostileServer, ledger_url: str, rows: int, workers: int, per_second: int
    ) -> None:
        self.server = server
        self.machine = Machine(folder).toward(server).with_ledger(ledger_url)
        self.cluster: Cluster | None = None
        self.random = Random(rows)  # noqa: S311 - the same shift every time
        self.run_id = ""
        self.workers: list[subprocess.Popen[bytes]] = []
        self.excused = 0
        self._rows = rows
        self._most_workers = workers
        self._per_second = per_second
        self._sheet = people(rows)
        self._said = folder / "workers.txt"
        self.verdict = Verdict()

    def run(self, *happenings: tuple[str, int, Happening]) -> Verdict:
        """Let the workers work; each happening strikes when the service has seen so many requests."""
        begun = time.monotonic()
        with self._at_work():
            for name, requests, happening in happenings:
                self._wait(lambda: asked(self.server) >= requests or not self.is_any_at_work)  # noqa: B023 - used here
                self.verdict.happened.append(name)
                struck_at = time.monotonic()
                seen = len(self.server.applied)
                happening(self)
                self._wait(lambda: len(self.server.applied) > seen + IN_FLIGHT or not self.is_any_at_work)  # noqa: B023 - the same
                self.verdict.gaps.append(time.monotonic() - struck_at)
            self._wait(lambda: not self.is_any_at_work)
        self.verdict.seconds = time.monotonic() - begun
        self._judge()
        return self.verdict

    # ── the workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def start_worker(self, ahead_seconds: float = 0.0) -> None:
        """One more worker, with its own clock."""
        words = [self.run_id, str(LANES_A_WORKER), str(LEASE_SECONDS), str(ahead_seconds)]
        environment = self.machine.environment | {"PYTHONPATH": str(ROOT)}
        with self._said.open("ab") as said:
            self.workers.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.support.lane_worker", *words],
                    cwd=self.machine.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                )
            )

    @property
    def is_any_at_work(self) -> bool:
        """Whether any worker lives."""
        return any(worker.poll() is None for worker in self.workers)

    def strike(self, number: signal.Signals) -> subprocess.Popen[bytes]:
        """A signal to the worker that was started first of those that live."""
        struck = next(worker for worker in self.workers if worker.poll() is None)
        os.kill(struck.pid, number)
        self.excused += IN_FLIGHT * LANES_A_WORKER
        return struck

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._hand_over()
        try:
            for _ in range(self._most_workers):
                self.start_worker()
            yield
        finally:
            for worker in self.workers:
                if worker.poll() is None:
                    worker.send_signal(signal.SIGCONT)
                    worker.kill()
                worker.wait()

    def _hand_over(self) -> None:
        """A run that waits for workers; nobody but those of this shift takes it."""
        names = [f"c{number}" for number in range(CONNECTIONS)]
        credentials = "HOTLINE_API_KEY"
        lines = [f'default_connection = "c0"\nx_api_key = "env:HOTLINE_X_API_KEY"\nsend_rate = "{self._per_second}/s"']
        instance = self.machine.environment.pop("HOTLINE_INSTANCE")
        lines += [f'[connections.{name}]\ninstance = "{instance}"\napi_key = "env:{credentials}"' for name in names]
        (self.machine.folder / "hotline-batch.toml").write_text("\n".join(lines))
        sheet = "".join(
            f"{user},{message},{names[at % CONNECTIONS]}\n" for at, (user, message) in enumerate(self._sheet)
        )
        (self.machine.folder / "sheet.csv").write_text(f"user_id,message,connection\n{sheet}")
        handed = subprocess.run(
            [sys.executable, "-c", _HAND_OVER, "sheet.csv", "out.csv"],
            cwd=self.machine.folder,
            env=self.machine.environment | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert handed.returncode == 0, handed.stderr.decode()
        self.run_id = handed.stdout.decode().strip()

    def _wait(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        # The death of a process tells the server nothing: it is asked to look all the same.
        while not happened() and time.monotonic() < end:
            time.sleep(0.02)
        assert happened(), self._said.read_text()

    # ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self) -> None:
        """Nothing twice, nothing lost, nothing untrue; no more doubts than the dead had on their way; the pace kept."""
        ended = self.machine.run("results", self.run_id, "-o", "told.csv")
        found = self.verdict.complaints
        if ended.exit_code:
            found.append(f"results: {ended.stderr}")
            return
        rows = self.machine.read("told.csv")
        found += lies(rows, self.server, self._sheet, most_unknown=self.excused)
        self.verdict.unknown = sum(row["hotline_status"] == "unknown" for row in rows)
        if twice := self.server.duplicates():
            found.append(f"twice: {twice}")
        if left := [row["hotline_row"] for row in rows if row["hotline_status"] == "not_attempted"]:
            found.append(f"not attempted: {left}")
        # A little less than a second, since requests do not all travel equally long.
        if (most := self.server.most_requests_in(0.9)) > self._per_second:
            found.append(f"{most} requests in 0.9 s, {self._per_second} are allowed")
        told = json.loads(self.machine.run("runs", "show", self.run_id, "--json").stdout)
        if told["state"] != "finished":
            found.append(f"the run is {told['state']}: {told.get('stop_reason')}")
        if found:
            found.append(self._said.read_text())


_HAND_OVER = """
import sys
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.driving import open_run
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
settings = load_settings()
request = SheetRequest(Kind.SEND, sys.argv[1], RunOptions(limits=Limits(timeout=10)), output=sys.argv[2])
run = plan_run(request, settings).run
with Ledger(settings.ledger) as ledger, ledger.hold(run.id) as held:
    open_run(ledger, held, settings, Limits(), for_workers=True)
print(run.id)
"""


# ── what befalls the workers ─────────────────────────────────────────────────────────────────────────────────────────


def killed(shift: Shift) -> None:
    """SIGKILL: no chance to tidy up. Another comes in its place."""
    shift.strike(signal.SIGKILL).wait()
    shift.start_worker()


def asleep(shift: Shift) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: others have its lanes by then."""
    struck = shift.strike(signal.SIGSTOP)
    shift.start_worker()
    time.sleep(2 * LEASE_SECONDS)
    struck.send_signal(signal.SIGCONT)


def server_restarts(shift: Shift) -> None:
    """PostgreSQL is stopped at once, and starts again; whoever is at work waits for it."""
    assert shift.cluster is not None
    shift.excused += IN_FLIGHT * CONNECTIONS
    shift.cluster.stop_immediately()
    shift.cluster.start()


def clock_is_wrong(shift: Shift) -> None:
    """A worker joins whose clock is five minutes ahead, and one that is killed leaves room for it."""
    shift.start_worker(ahead_seconds=300.0)
    shift.strike(signal.SIGKILL).wait()


# ── long shifts, on demand ───────────────────────────────────────────────────────────────────────────────────────────


def main() -> int:
    """One shift in which everything happens, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.shift")
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--per-second", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    happenings: list[Happening] = [killed, asleep, clock_is_wrong, killed]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="shift-")))
        server = stack.enter_context(HostileServer())
        cluster, url = None, f"sqlite:///{folder}/ledger/ledger.sqlite"
        if options.database == "postgresql":
            programs = find_programs()
            if programs is None:
                sys.exit(LEFT_OUT)
            cluster = stack.enter_context(Cluster(programs))
            url = cluster.fresh_database().url
            happenings.append(server_restarts)
        shift = Shift(folder, server, url, options.rows, options.workers, options.per_second)
        shift.cluster = cluster
        at = options.rows // (len(happenings) + 1)
        verdict = shift.run(*((each.__name__, at * nth, each) for nth, each in enumerate(happenings, 1)))
    sys.stdout.write(f"{verdict}\n")
    return 1 if verdict.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
