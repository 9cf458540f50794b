"""Several machines with a worker each on one ledger: handed runs, struck, and judged by what the service saw."""

from __future__ import annotations

import signal
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from hotline_batch.application.batch import request_from
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.workers.detached import start_run_detached
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.schema import install
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run, RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import Rate
from tests.support.ledgers.postgresql import Database
from tests.support.processes.journey import ROOT, lies, read_sheet
from tests.support.processes.programs import Program, usual_environment
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials
from tests.support.service.rate_limit import most_in_any_window
from tests.support.waiting import wait_until

INSTANCE = 13209946874612300
CONCURRENCY = 8
PATIENCE_SECONDS = 180.0
PATIENT_SECONDS = 9.0
"""So long a silence is no death where nobody is to be replaced: on a busy machine all are slow."""


def credentials(connections: int) -> Credentials:
    """What the service of so many connections accepts."""
    first, *others = [str(INSTANCE + number) for number in range(connections)]
    return Credentials(instance=first, other_instances=tuple(others))


class Worker:
    """The worker of a machine, under way; leaving the context kills it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], timing: Sequence[str]) -> None:
        folder.mkdir()
        self._said = folder / "said"
        with self._said.open("wb") as said:
            at_home = {**environment, "HOME": str(folder)}
            program = Program("tests.support.processes.quick_worker", timing, ROOT, at_home)
            self._process = program.start_silently(said.fileno(), said.fileno())

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def process(self) -> str:
        """Its number, as the ledger names it."""
        return str(self._process.pid)

    @property
    def said(self) -> str:
        """Its log."""
        return self._said.read_text("utf-8", "replace")

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait for the end of its process; the exit code."""
        return self._process.wait(seconds)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A run that was handed over: its id, its rows, and where its result goes."""

    run_id: str
    rows: Sequence[tuple[int, str]]
    result: Path


class Office:
    """A ledger, a service, and the machines of an office; everything lives in ``folder``.

    ``silent_seconds`` and ``slice_seconds`` are those of the workers.
    """

    def __init__(
        self,
        folder: Path,
        database: Database,
        server: HostileServer,
        *,
        connections: int = 4,
        rate: str = "5/s",
        silent_seconds: float = 3.0,
        slice_seconds: float = 30.0,
        pace_group: str = "",
    ) -> None:
        self.database = database
        self.server = server
        self.names = [f"bot_{number}" for number in range(connections)]
        self._folder = folder
        self._rate = rate
        self._per = Rate.parse(rate, "rate")
        self._pace_group = pace_group
        self._silent_seconds = silent_seconds
        self._slice_seconds = slice_seconds
        self._workers = self._runs = 0
        self._config = folder / "hotline-batch.toml"
        self._write_settings(self._config, self.names)
        self.settings = self._settings()
        with Ledger(self.settings.ledger) as ledger:
            install(ledger.engine)

    def worker(
        self, *, ledger_port: int | None = None, lanes: int = 20, lacks: Sequence[str] = (), ahead: float = 0.0
    ) -> Worker:
        """Start a worker on a machine of its own; it reaches the ledger through that port, and lacks those keys.

        Its clock is ``ahead`` seconds ahead.
        """
        self._workers += 1
        environment = self._environment(ledger_port)
        if lacks:
            config = self._folder / f"machine-{self._workers}.toml"
            self._write_settings(config, self.names, lacks)
            environment["HOTLINE_BATCH_CONFIG"] = str(config)
        timing = [str(self._silent_seconds), str(self._slice_seconds), str(lanes), str(ahead)]
        started = Worker(self._folder / f"machine-{self._workers}", environment, timing)
        # Whatever is handed over from here on is for it.
        listed = "select split_part(worker, ' ', 2) from cluster_worker"
        wait_until(lambda: (started.process,) in self.database.rows(listed) or not started.is_running)
        return started

    def hand_over(self, rows: int, connections: Sequence[str] | None = None, **more: object) -> HandedOver:
        """Plan a send of so many rows, over these connections in turns, and hand it to the workers.

        ``more`` are options by their names.
        """
        self._runs += 1
        names = self.names if connections is None else connections
        first = 1_000_001 + 100_000 * self._runs
        people = [(first + number, f"Message {self._runs}-{number}") for number in range(rows)]
        sheet, result = (self._folder / f"run-{self._runs}{end}" for end in (".csv", ".results.csv"))
        lines = [f"{user},{text},{names[place % len(names)]}" for place, (user, text) in enumerate(people)]
        sheet.write_text("\n".join(["user_id,message,connection", *lines, ""]), "utf-8")
        options = {"output": str(result), "rate": self._rate, "concurrency": CONCURRENCY, "timeout": 10.0, **more}
        planned = plan_run(request_from(Kind.SEND, str(sheet), options), self.settings, look_up=_nothing_to_look_up)
        start_run_detached(self.settings, planned.run.id)
        return HandedOver(planned.run.id, people, result)

    @property
    def serving(self) -> int:
        """How many workers gave a sign of life within the last seconds."""
        query = "select 1 from cluster_worker where heartbeat_at > extract(epoch from clock_timestamp()) - 2"
        return len(self.database.rows(query))

    def run(self, handed: HandedOver) -> Run:
        """The run as the ledger tells it."""
        with Ledger(self.settings.ledger) as ledger:
            return ledger.run(handed.run_id)

    def wait_for(self, handed: HandedOver, seconds: float = PATIENCE_SECONDS) -> Run:
        """Until the run has ended, its result sheet included."""
        open_lanes = f"""select 1 from lane join run using (run_key) where run.id = '{handed.run_id}'
                         and (lane.state in ('waiting', 'driving') or lane.worker <> '' or finished_at is null)"""  # noqa: S608 - an id
        try:
            wait_until(lambda: not self.database.rows(open_lanes), seconds)
        except AssertionError:
            raise AssertionError(f"The run does not end:\n{self._state()}") from None
        return self.run(handed)

    def drivers(self, handed: HandedOver) -> Mapping[str, str]:
        """Lane -> the process that drives it."""
        query = f"""select lane.name, lane.worker from lane join run using (run_key)
                    where run.id = '{handed.run_id}' and lane.worker <> '' and lane.name <> ''"""  # noqa: S608 - an id
        return {name: worker.split(" ")[1] for name, worker in self.database.rows(query)}

    def wait_until_driven_by(self, handed: HandedOver, worker: Worker) -> None:
        """Until that worker, and no other, drives lanes of the run."""
        wait_until(lambda: set(self.drivers(handed).values()) == {worker.process})

    def untruths(self, handed: HandedOver, *, most_unknown: int = 0, is_whole: bool = True) -> list[str]:
        """What is wrong with a run, seen from the service: rows lost, twice, or told otherwise than they were.

        Not ``is_whole``: it was stopped before its end.
        """
        found = [f"{key}: {count} copies" for key, count in self.server.duplicates().items()]
        rows = read_sheet(handed.result)
        people = {user for user, _ in handed.rows}
        of_run = SimpleNamespace(applied=[message for message in self.server.applied if message.user_id in people])
        found += lies(rows, of_run, handed.rows, most_unknown=most_unknown)
        statuses = Counter(row["hotline_status"] for row in rows)
        if statuses["unknown"] > most_unknown:
            found.append(f"{statuses['unknown']} rows are in doubt, {most_unknown} at most should be")
        if is_whole and statuses["sent"] + statuses["unknown"] < len(handed.rows):
            found.append(f"not all were sent: {dict(statuses)}")
        return found

    def doubts(self, handed: HandedOver) -> int:
        """How many rows of the run are in doubt."""
        return sum(row["hotline_status"] == "unknown" for row in read_sheet(handed.result))

    def paces_exceeded(self) -> list[str]:
        """The connections through which more came, in any window by the service's clock, than their rate allows."""
        found = []
        for instance, moments in self._moments().items():
            # A little less than the window, since requests do not all travel equally long.
            most = most_in_any_window(moments, self._per.window_seconds - 0.1)
            if most > self._per.count:
                found.append(f"{instance}: {most} requests in a window, {self._per} is allowed")
        return found

    def least_used(self) -> float:
        """The share of its rate that the slowest connection used, between its first request and its last."""
        shares = [
            (len(moments) - 1) / (max(moments) - min(moments)) / self._per.per_second
            for moments in self._moments().values()
            if len(moments) > 1
        ]
        return min(shares)

    def _moments(self) -> Mapping[str, list[float]]:
        found: defaultdict[str, list[float]] = defaultdict(list)
        for request in self.server.requests:
            found[str(request.content["instance"])].append(request.at)
        return {instance: sorted(moments) for instance, moments in found.items()}

    def sent(self, handed: HandedOver) -> int:
        """How many messages of the run the service has."""
        people = {user for user, _ in handed.rows}
        return sum(message.user_id in people for message in self.server.applied)

    def wait_until_sent(self, handed: HandedOver, rows: int) -> None:
        """Until the service has so many messages of the run."""
        wait_until(lambda: self.sent(handed) >= rows)

    def _state(self) -> str:
        """What the ledger knows of lanes and jobs, for whoever has to find out."""
        tables = {
            "run": "select id, state, stop_code from run",
            "lane": """select run_key, name, state, token, worker, stop_asked_at, stop_code,
                              extract(epoch from clock_timestamp()) - heartbeat_at from lane""",
            "lane_job": "select run_key, lane, job from lane_job",
            "jobs": "select id, status, worker_id, args from procrastinate_jobs",
            "fetchers": "select id, now() - last_heartbeat from procrastinate_workers",
            "workers": "select worker, extract(epoch from clock_timestamp()) - heartbeat_at from cluster_worker",
        }
        return "\n".join(f"{name}: {row}" for name, query in tables.items() for row in self.database.rows(query))

    def _environment(self, ledger_port: int | None = None) -> dict[str, str]:
        url = self.database.url if ledger_port is None else self.database.url_at(ledger_port)
        kept = usual_environment()
        config = str(self._config)
        keys = {"HOTLINE_X_API_KEY": self.server.credentials.x_api_key, "BOT_KEY": self.server.credentials.api_key}
        return {**kept, **keys, "HOTLINE_BATCH_LEDGER": url, "HOTLINE_BATCH_CONFIG": config}

    def _settings(self) -> Settings:
        return load_settings(environ=self._environment())

    def _write_settings(self, path: Path, names: Sequence[str], lacks: Sequence[str] = ()) -> None:
        lines = [
            f'endpoint = "{self.server.url}"',
            'x_api_key = "env:HOTLINE_X_API_KEY"',
            f'default_connection = "{names[0]}"',
        ]
        for number, name in enumerate(names):
            key = "NOT_THERE" if name in lacks else "BOT_KEY"
            lines += [f"[connections.{name}]", f'instance = "{INSTANCE + number}"', f'api_key = "env:{key}"']
            lines += [f'pace_group = "{self._pace_group}"'] if self._pace_group else []
        path.write_text("\n".join([*lines, ""]), "utf-8")


def _nothing_to_look_up(run_id: str) -> object:
    raise AssertionError(f"Run {run_id} has no topics to look up.")


@contextmanager
def asleep(worker: Worker) -> Iterator[None]:
    """Within, the worker's process is stopped (SIGSTOP)."""
    worker.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.signal(signal.SIGCONT)


__all__ = ["CONCURRENCY", "HandedOver", "Office", "RunState", "Worker", "asleep", "credentials", "wait_until"]
