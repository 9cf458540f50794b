"""One run, several workers, and what befalls them; then everything is judged at the service's clock."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hotline_batch.application.batch import request_from
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.driving import open_run
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import RunState
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from tests.support.ledgers.postgresql import Database
from tests.support.ledgers.relay import Relay
from tests.support.processes.journey import Machine, asked, lies, people
from tests.support.processes.other_network import OtherNetwork, other_network
from tests.support.processes.programs import Process, Program
from tests.support.service.hostile_server import HostileServer

LEASE_SECONDS = 3.0
CONNECTIONS = 4
LANES_A_WORKER = 2
IN_FLIGHT = 8
ASLEEP_SECONDS = 2 * LEASE_SECONDS
PATIENCE_SECONDS = 120.0
# A server frees what somebody who vanished had locked within half a minute; a crowded machine gets as much again.
REPLACED_SECONDS = 60.0

Mend = Callable[[], None]
Happening = Callable[["Shift"], Mend | None]
"""Something that befalls a worker; what it gives is done once others drive all lanes."""


@dataclass(slots=True)
class Verdict:
    """What a shift came to; ``complaints`` is empty where every row tells the truth.

    ``gaps`` are the seconds from each happening until all lanes that were left had a driver that was spared. They are
    told, not judged: what is judged is that others drive them before those that were struck are mended.
    """

    complaints: list[str] = field(default_factory=list)
    unknown: int = 0
    excused: int = 0
    gaps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    happened: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = [f"{name} ({gap:.1f} s)" for name, gap in zip(self.happened, self.gaps, strict=False)]
        doubts = f"{self.unknown} unknown, {self.excused} at most"
        parts = [f"{self.seconds:.0f} s", ", ".join(told) or "nothing happened", doubts]
        complaints = "".join(f"\n    {complaint}" for complaint in self.complaints[:20])
        return f"{'; '.join(parts)}; {len(self.complaints)} complaints{complaints}"


@dataclass(eq=False, slots=True)
class AtWork:
    """A worker. ``way`` is its way to a database on a server, ``network`` the one that it stands in, if not this."""

    process: Process
    way: Relay | None
    network: OtherNetwork | None
    is_struck: bool = False

    @property
    def lives(self) -> bool:
        return self.process.poll() is None


class Shift:
    """A run of so many rows over four connections, handed over to so many workers. Use ``run`` once.

    Without a ``database`` the ledger is a SQLite file. ``has_one_elsewhere``: the first worker stands in a network of
    its own, see ``other_network``.
    """

    def __init__(
        self, folder: Path, server: HostileServer, database: Database | None, rows: int, workers: int, per_second: int
    ) -> None:
        self.server = server
        self.database = database
        self.machine = Machine(folder).toward(server)
        if database:
            self.machine.with_ledger(database.url)
        self.run_id = ""
        self.workers: list[AtWork] = []
        self.verdict = Verdict()
        self.most_workers = workers
        self.has_one_elsewhere = False
        self.per_second = per_second
        self.sheet = people(rows)
        self._said = folder / "workers.txt"
        self._stack = ExitStack()
        self._write_settings()
        self.settings = load_settings(environ=self.machine.environment)

    def run(self, *happenings: tuple[int, Happening]) -> Verdict:
        """Let the workers work; each happening strikes when the service has seen so many requests."""
        begun = time.monotonic()
        with self._stack, self._at_work():
            for requests, happening in happenings:
                self.wait(lambda: asked(self.server) >= requests or not self.is_any_at_work)  # noqa: B023 - used here
                self.verdict.happened.append(happening.__name__)
                struck_at = time.monotonic()
                mend = happening(self)
                # Whoever sleeps may have the lock of an SQLite file, which nobody can take from him.
                may_wait = mend is not None and self.database is None
                is_replaced = self._comes(
                    lambda: self._is_driven_by_the_spared, ASLEEP_SECONDS if may_wait else REPLACED_SECONDS
                )
                if not is_replaced and not may_wait:
                    self.verdict.complaints.append(f"{happening.__name__}: nobody came in the place of whom it struck")
                if mend:
                    mend()
                for worker in self.workers:
                    worker.is_struck = False
                self.wait(lambda: self._is_driven_by_the_spared)
                self.verdict.gaps.append(time.monotonic() - struck_at)
            self.wait(lambda: not self.is_any_at_work)
        self.verdict.seconds = time.monotonic() - begun
        self._judge()
        return self.verdict

    # ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def hand_over(self) -> None:
        """Have the run wait for workers; nobody but those of this shift takes it."""
        with Ledger(self.settings.ledger) as ledger, ledger.hold(self.run_id) as held:
            open_run(ledger, held, self.settings, Limits(), for_workers=True)

    def _plan(self) -> None:
        lines = [f"{user},{message},c{at % CONNECTIONS}" for at, (user, message) in enumerate(self.sheet)]
        sheet, result = self.machine.folder / "sheet.csv", self.machine.folder / "out.csv"
        sheet.write_text("\n".join(["user_id,message,connection", *lines, ""]))
        options = {"output": str(result), "timeout": 10.0, "concurrency": IN_FLIGHT}
        self.run_id = plan_run(request_from(Kind.SEND, str(sheet), options), self.settings).run.id

    def _write_settings(self) -> None:
        """Four connections to one bot, so that all share one pace."""
        instance = self.machine.environment.pop("HOTLINE_INSTANCE")
        lines = [f'default_connection = "c0"\nx_api_key = "env:HOTLINE_X_API_KEY"\nsend_rate = "{self.per_second}/s"']
        bot = f'instance = "{instance}"\napi_key = "env:HOTLINE_API_KEY"'
        lines += [f"[connections.c{number}]\n{bot}" for number in range(CONNECTIONS)]
        config = self.machine.folder / "hotline-batch.toml"
        config.write_text("\n".join(lines))
        self.machine.environment["HOTLINE_BATCH_CONFIG"] = str(config)

    # ── the workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def start_worker(self, ahead_seconds: float = 0.0, *, elsewhere: bool = False) -> AtWork:
        """One more worker, with its own clock, and its own way to a database on a server.

        ``elsewhere``: in a network of its own; raises PermissionError where none can be made.
        """
        way = network = None
        environment = dict(self.machine.environment)
        if self.database and elsewhere:
            network = self._stack.enter_context(other_network(self.server.port, self.database.cluster.port))
            environment["HOTLINE_BATCH_LEDGER"] = self.database.url_at(network.ledger_port, network.ledger_host)
        elif self.database:
            way = self._stack.enter_context(Relay(self.database.cluster.port))
            environment["HOTLINE_BATCH_LEDGER"] = self.database.url_at(way.port)
        words = [self.run_id, str(LANES_A_WORKER), str(LEASE_SECONDS), str(ahead_seconds)]
        program = Program("tests.support.processes.lane_worker", words, self.machine.folder, environment)
        with self._said.open("ab") as said:
            if network:
                process = program.start_by(network.command, said.fileno(), said.fileno())
            else:
                process = program.start_silently(said.fileno(), said.fileno())
        self.workers.append(AtWork(process, way, network))
        return self.workers[-1]

    def drives(self, worker: AtWork) -> bool:
        """Whether it has lanes of the run."""
        with Ledger(self.settings.ledger) as ledger:
            lanes = ledger.lanes(self.run_id).values()
        return any(lane.worker is not None and lane.worker.process == worker.process.pid for lane in lanes)

    @property
    def is_any_at_work(self) -> bool:
        """Whether any worker lives."""
        return any(worker.lives for worker in self.workers)

    def strike(self, *, is_excused: bool = True) -> AtWork:
        """Of the workers that live, the one that was started first; it is about to be struck.

        ``is_excused``: what it has on its way may stay in doubt.
        """
        struck = next(worker for worker in self.workers if worker.lives and not worker.is_struck)
        self.mark(struck, is_excused=is_excused)
        return struck

    def mark(self, struck: AtWork, *, is_excused: bool = True) -> None:
        """This one is about to be struck."""
        struck.is_struck = True
        if is_excused:
            self.verdict.excused += IN_FLIGHT * LANES_A_WORKER

    def wait(self, happened: Callable[[], bool]) -> None:
        """Until it is so; fails with what the workers said where it takes too long."""
        assert self._comes(happened, PATIENCE_SECONDS), self._state()

    def _comes(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Whether it is so within so many seconds."""
        end = time.monotonic() + seconds
        # The death of a process tells the server nothing: it is asked to look all the same.
        while not (is_so := happened()) and time.monotonic() < end:
            time.sleep(0.02)
        return is_so

    def _state(self) -> str:
        """What the ledger knows of the lanes, and where the workers are, for whoever has to find out."""
        for worker in self.workers:
            if worker.lives and hasattr(signal, "SIGUSR1"):
                worker.process.send_signal(signal.SIGUSR1)
        time.sleep(1.0)
        with Ledger(self.settings.ledger) as ledger:
            lanes = "\n".join(map(str, ledger.lanes(self.run_id).values()))
            told = f"{ledger.run(self.run_id).state}, {asked(self.server)} requests"
        return f"{told}\n{lanes}\n{self._said.read_text()}"

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._plan()
        self.hand_over()
        try:
            for number in range(self.most_workers):
                worker = self.start_worker(elsewhere=self.has_one_elsewhere and number == 0)
                if worker.network:  # which may take longer to begin than the others to do all of it
                    self.wait(lambda: self.drives(worker))  # noqa: B023 - used here
            yield
        finally:
            for worker in self.workers:
                if worker.lives:
                    worker.process.send_signal(signal.SIGCONT)
                    worker.process.kill()
                worker.process.wait()

    @property
    def _is_driven_by_the_spared(self) -> bool:
        """Whether every lane with work left is driven by a worker that lives and was not struck, or was mended."""
        spared = {worker.process.pid for worker in self.workers if worker.lives and not worker.is_struck}
        with suppress(LedgerError), Ledger(self.settings.ledger) as ledger:
            lanes = [lane for lane in ledger.lanes(self.run_id).values() if lane.is_open]
            return all(lane.worker is not None and lane.worker.process in spared for lane in lanes)
        return False

    # ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self) -> None:
        """Nothing twice, nothing lost, nothing untrue; no more doubts than the dead had on their way; the pace kept."""
        found = self.verdict.complaints
        ended = self.machine.run("results", self.run_id, "-o", "told.csv")
        if ended.exit_code:
            found.append(f"results: {ended.stderr}")
            return
        for name in ("told.csv", "out.csv"):
            rows = self.machine.read(name)
            found += [
                f"{name}: {lie}" for lie in lies(rows, self.server, self.sheet, most_unknown=self.verdict.excused)
            ]
            if left := [row["hotline_row"] for row in rows if row["hotline_status"] == "not_attempted"]:
                found.append(f"{name}: not attempted: {left}")
        self.verdict.unknown = sum(row["hotline_status"] == "unknown" for row in self.machine.read("told.csv"))
        if twice := self.server.duplicates():
            found.append(f"twice: {twice}")
        # A little less than a second, since requests do not all travel equally long.
        if (most := self.server.most_requests_in(0.9)) > self.per_second:
            found.append(f"{most} requests in 0.9 s, {self.per_second} are allowed")
        with Ledger(self.settings.ledger) as ledger:
            run = ledger.run(self.run_id)
        if run.state is not RunState.FINISHED:
            found.append(f"the run is {run.state}: {run.stop_reason}")
        if "Traceback" in self._said.read_text() or found:
            found.append(self._said.read_text())
