"""A watched folder and a ledger that several machines share, and what is to be true once all files were put away."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import text

from hotline_batch.ledger.lanes.workers import Worker, is_running
from hotline_batch.ledger.ledger import Ledger
from tests.support.processes.journey import Command, Machine, lies, people, read_sheet, statuses
from tests.support.processes.sleepers import put_to_sleep
from tests.support.service.hostile_server import HostileServer

CONCURRENCY = 4
PATIENCE_SECONDS = 180.0
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
        self._watchers: list[Command] = []

    def drop(self) -> None:
        """Lay all files into the folder."""
        for name, sheet in FILES.items():
            self.lay(name, sheet)

    def lay(self, name: str, sheet: Iterable[tuple[int, str]]) -> None:
        """Lay a file into the folder, whole from the first moment."""
        made, lines = self._folder / name, "".join(f"{user},{message}\n" for user, message in sheet)
        made.write_text(f"user_id,message\n{lines}", "utf-8")
        made.rename(self.inbox / name)

    def machine(self) -> Machine:
        """One machine more, with a home of its own."""
        self._machines += 1
        place = self._folder / f"machine-{self._machines}"
        place.mkdir()
        return Machine(place).toward(self._server, self._server.credentials).with_ledger(self._url)

    def watcher(self, *words: str) -> Command:
        """A watcher on a machine of its own."""
        self._watchers.append(self.machine().start("watch", str(self.inbox), *WATCH, *words))
        return self._watchers[-1]

    def at_work(self) -> int | None:
        """The process of a watcher that is at work on a file, and alive."""
        alive = {watcher.process for watcher in self._watchers if watcher.is_running}
        workers = map(Worker.parse, self._ask("select watcher from inbox_file where watcher <> ''"))
        return next((worker.process for worker in workers if worker and worker.process in alive), None)

    def drivers(self) -> list[int]:
        """The processes that send, and live."""
        workers = map(Worker.parse, self._ask("select worker from lane where worker <> '' and name <> ''"))
        return sorted({worker.process for worker in workers if worker and is_running(worker)})

    def wait_for_both(self) -> tuple[int, int]:
        """Until a watcher is at work, and a worker sends for it: their processes."""
        since = time.monotonic()
        while time.monotonic() - since < PATIENCE_SECONDS:
            watcher, drivers = self.at_work(), self.drivers()
            if watcher and drivers:
                return watcher, drivers[0]
            time.sleep(0.02)
        raise AssertionError("Nobody works.")

    def put_to_sleep(self, watcher: Command) -> None:
        """Stop its process, and let it seem silent for a minute; not while it keeps others waiting."""
        put_to_sleep(watcher, self._url, "update inbox_file set heartbeat_at = heartbeat_at - 60")

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
