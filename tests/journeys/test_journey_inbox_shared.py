"""One folder, several watchers: every file is done once, whoever of them is killed, sleeps or only its worker dies."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from tests.support.hostile_server import HostileServer
from tests.support.journey import Command, Machine, asked, lies, people, read_sheet, statuses
from tests.support.waiting import wait_until

CONCURRENCY = 4
PATIENCE_SECONDS = 60.0
WATCH = ("--for", "send", "--settle", "0.1", "--poll", "0.1", "--rate", "30/s", "--concurrency", str(CONCURRENCY))
# Each sheet has users of its own.
FILES = {f"{letter}.csv": [(user + 1_000 * place, f"{letter} {message}") for user, message in people(20)]
         for place, letter in enumerate("abcd")}  # fmt: skip


class Shared:
    """A folder and a ledger that several machines share."""

    def __init__(self, folder: Path, ledger_url: str, server: HostileServer) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self._folder = folder
        self._url = ledger_url
        self._server = server
        self._machines = 0

    def drop(self) -> None:
        """Lay all files into the folder."""
        for name, sheet in FILES.items():
            lines = "".join(f"{user},{message}\n" for user, message in sheet)
            (self.inbox / name).write_text(f"user_id,message\n{lines}", "utf-8")

    def machine(self) -> Machine:
        """One machine more, with a home of its own."""
        self._machines += 1
        place = self._folder / f"machine-{self._machines}"
        place.mkdir()
        return Machine(place).toward(self._server).with_ledger(self._url)

    def watcher(self, *words: str) -> Command:
        """A watcher on a machine of its own."""
        return self.machine().start("watch", str(self.inbox), *WATCH, *words)

    def at_work(self) -> int | None:
        """The process of the watcher that is at work on a file."""
        found = self._ask("select watcher from inbox_file where watcher <> ''")
        worker = Worker.parse(found[0]) if found else None
        return worker.process if worker else None

    def drivers(self) -> list[int]:
        """The processes that send."""
        workers = map(Worker.parse, self._ask("select worker from lane where worker <> ''"))
        return sorted({worker.process for worker in workers if worker})

    def wait_for_both(self) -> tuple[int, int]:
        """Until a watcher is at work, and a worker sends for it: their processes."""
        since = time.monotonic()
        while time.monotonic() - since < PATIENCE_SECONDS:
            watcher, drivers = self.at_work(), self.drivers()
            if watcher and drivers:
                return watcher, drivers[0]
            time.sleep(0.02)
        raise AssertionError("Nobody works.")

    def let_seem_silent(self) -> None:
        """As if whoever is at work had given no sign of life for a minute."""
        with Ledger(self._url) as ledger, ledger.engine.begin() as connection:
            connection.execute(text("update inbox_file set heartbeat_at = heartbeat_at - 60"))

    @property
    def runs(self) -> list[str]:
        """The runs that were begun."""
        with Ledger(self._url) as ledger:
            return [run.id for run in ledger.runs() if not run.notes.waits_for_yes]

    @property
    def is_served(self) -> bool:
        """Whether all files were put away."""
        is_empty = not any(path.is_file() and path.name[0] != "." for path in self.inbox.iterdir())
        return is_empty and not self._ask("select name from inbox_file")

    def wrongs(self, most_unknown: int) -> list[str]:
        """What is not as it should be, once all was put away."""
        done = self.inbox / "done"
        found = [str(key) for key in self._server.duplicates()]
        names = sorted(path.name for path in done.iterdir())
        if names != sorted([*FILES, *(name.replace(".csv", ".results.csv") for name in FILES)]):
            return [*found, f"done: {names}", f"failed: {sorted(self.inbox.glob('failed/*'))}"]
        unknown = 0
        for name, sheet in FILES.items():
            rows = read_sheet(done / name.replace(".csv", ".results.csv"))
            users = dict(sheet)
            seen = SimpleNamespace(applied=[each for each in self._server.applied if each.user_id in users])
            found += [f"{name}: {each}" for each in lies(rows, seen, sheet)]  # type: ignore[arg-type]
            words = Counter(statuses(rows))
            unknown += words["unknown"]
            found += [f"{name}: {dict(words)}"] if set(words) - {"sent", "unknown"} else []
        found += [f"{unknown} rows are in doubt"] if unknown > most_unknown else []
        return found + ([f"{len(self.runs)} runs"] if len(self.runs) != len(FILES) else [])

    def _ask(self, query: str) -> list[str]:
        with Ledger(self._url) as ledger, ledger.engine.connect() as connection:
            return [str(found) for found in connection.execute(text(query)).scalars()]


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture
def shared(tmp_path: Path, ledger_url: str, server: HostileServer) -> Iterator[Shared]:
    """In each of the two databases; workers that are left are ended."""
    made = Shared(tmp_path, ledger_url, server)
    yield made
    for process in made.drivers():
        end(process)


def end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def test_two_watchers_share_a_folder(shared: Shared, server: HostileServer) -> None:
    """They take its files in turns, and nobody does one twice; both end when they are asked to."""
    with shared.watcher() as one, shared.watcher() as other:
        wait_until((shared.inbox / "done").is_dir)
        shared.drop()
        wait_until(lambda: shared.is_served)
        ended = []
        for watcher in (one, other):
            watcher.signal(signal.SIGTERM)
            ended.append(watcher.end())

    assert [] == shared.wrongs(most_unknown=0)
    assert 80 == asked(server)
    assert [130, 130] == [each.exit_code for each in ended]
    said = "".join(each.stdout + each.stderr for each in ended)
    assert all(1 == said.count(f"done/{name} ") for name in FILES), said
    assert "cannot" not in said


def test_killed_watchers_and_workers_are_replaced(shared: Shared, server: HostileServer) -> None:
    """SIGKILL in the middle of a file: of its watcher, of the worker alone, of both."""
    shared.drop()
    kills = (("watcher",), ("worker",), ("watcher", "worker"))
    with shared.watcher() as one, shared.watcher() as two, shared.watcher() as three:
        killed = []
        for nth, kinds in enumerate(kills):
            server.wait_until(lambda: asked(server) >= 8 + 22 * nth, 60)  # noqa: B023 - used here
            watcher, worker = shared.wait_for_both()
            for process in (watcher if "watcher" in kinds else 0, worker if "worker" in kinds else 0):
                if process:
                    end(process)
                    killed.append(process)
        wait_until(lambda: shared.is_served)
        alive = sum(watcher.is_running for watcher in (one, two, three))

    assert 4 == len(killed)
    assert 1 == alive
    assert [] == shared.wrongs(most_unknown=2 * CONCURRENCY)


def test_a_watcher_that_slept_does_nothing_to_what_another_has_done(shared: Shared, server: HostileServer) -> None:
    """Its worker goes on meanwhile; another watcher puts the file away, and the next of that name is another file."""
    name, sheet = next(iter(FILES.items()))
    with shared.watcher() as asleep:
        wait_until((shared.inbox / "done").is_dir)
        shared.drop()
        server.wait_until(lambda: asked(server) >= 5, 60)
        shared.wait_for_both()
        asleep.signal(signal.SIGSTOP)
        shared.let_seem_silent()
        with shared.watcher() as awake:
            wait_until(lambda: shared.is_served)
            awake.signal(signal.SIGTERM)
            awake.end()
        (shared.inbox / name).write_text("user_id,message\n1999999,Another file of that name\n", "utf-8")
        asleep.signal(signal.SIGCONT)
        wait_until(lambda: (shared.inbox / "done" / "a (2).results.csv").exists() and shared.is_served)
        asleep.signal(signal.SIGTERM)
        ended = asleep.end()

    second = read_sheet(shared.inbox / "done" / "a (2).results.csv")
    assert ["1999999"] == [row["user_id"] for row in second]
    assert {} == server.duplicates()
    assert 81 == asked(server)
    assert [] == lies(
        read_sheet(shared.inbox / "done" / "a.results.csv"),
        SimpleNamespace(applied=[each for each in server.applied if each.user_id in dict(sheet)]),  # type: ignore[arg-type]
        sheet,
        most_unknown=0,
    )
    assert len(FILES) + 1 == len(shared.runs)
    assert 130 == ended.exit_code


def test_a_run_outlives_its_watcher(shared: Shared, server: HostileServer) -> None:
    """Killed right away, it is not missed: the worker ends the run, and the next look puts its file away."""
    (name, sheet), *_ = FILES.items()
    (shared.inbox / name).write_text("user_id,message\n" + "".join(f"{user},{text}\n" for user, text in sheet))
    with shared.watcher() as watcher:
        server.wait_until(lambda: asked(server) >= 3, 60)
        watcher.kill()
    server.wait_until(lambda: asked(server) >= 20, 60)
    wait_until(lambda: not shared.drivers())

    last = shared.machine().run("watch", str(shared.inbox), *WATCH, "--once")

    assert 0 == last.exit_code, last.stderr
    assert {"sent"} == set(statuses(read_sheet(shared.inbox / "done" / name.replace(".csv", ".results.csv"))))
    assert 20 == asked(server)


def test_a_run_that_a_person_stopped_stays_stopped(shared: Shared, server: HostileServer) -> None:
    """Its file goes where a person finds it, with how far it came and the way to go on; nobody goes on by himself."""
    (name, sheet), *_ = FILES.items()
    (shared.inbox / name).write_text("user_id,message\n" + "".join(f"{user},{text}\n" for user, text in sheet))
    machine = shared.machine()
    with shared.watcher("--rate", "2/s") as watcher:
        server.wait_until(lambda: asked(server) >= 2, 60)
        run_id = shared.runs[0]
        stopped = machine.run("stop", run_id)
        wait_until(lambda: shared.is_served)
        after = asked(server)
        watcher.signal(signal.SIGTERM)
        watcher.end()
    note = (shared.inbox / "failed" / f"{name}.error.txt").read_text()
    so_far = statuses(read_sheet(shared.inbox / "failed" / name.replace(".csv", ".results.csv")))
    resumed = machine.run("resume", run_id, "--yes", "--rate", "200/s")

    assert 0 == stopped.exit_code, stopped.stderr
    assert after < 20
    assert f"Run {run_id} was stopped: Stopped by" in note
    assert after == so_far.count("sent")
    assert 0 == resumed.exit_code, resumed.stderr
    assert ["sent"] * 20 == statuses(read_sheet(shared.inbox / "failed" / name.replace(".csv", ".results.csv")))
    assert {} == server.duplicates()
