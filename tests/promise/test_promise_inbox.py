"""A watcher of a folder that dies at any line: no file is done twice, none is lost, no message is sent twice."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from tests.promise.happenings import IS_LONG
from tests.support.ledgers.postgresql import Cluster, Database
from tests.support.processes.doomed_watcher import CONCURRENCY, watch_once
from tests.support.processes.journey import lies, people, read_sheet
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

MANY = 500
# The same lines are crossed with either database; a search that may take long tries each.
LINES_A_STEP = 3


class Stage:
    """A folder with one file, a ledger, and a service, all fresh."""

    def __init__(self, folder: Path, ledger_url: str, server: HostileServer, users_from: int) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.url = ledger_url
        self.server = server
        self.sheet = [(user + users_from, message) for user, message in people(3)]
        self.environment = {**Credentials().environment(server.url), "HOTLINE_BATCH_LEDGER": ledger_url}
        lines = "".join(f"{user},{message}\n" for user, message in self.sheet)
        (self.inbox / "a.csv").write_text(f"user_id,message\n{lines}", "utf-8")

    def wrongs(self, most_unknown: int) -> list[str]:
        """What is not as it should be, once the folder was served to its end."""
        done = sorted(path.name for path in (self.inbox / "done").iterdir())
        left = sorted(path.name for path in self.inbox.iterdir() if path.is_file() and path.name[0] != ".")
        found = [f"{place}: {names}" for place, names in (("inbox", left), ("failed", self._failed)) if names]
        if done != ["a.csv", "a.results.csv"]:
            return [*found, f"done: {done}"]
        people_here = {user for user, _ in self.sheet}
        found += [str(key) for key in self.server.duplicates() if key[0] in people_here]
        found += _lies(self, most_unknown)
        with Ledger(self.url) as ledger:
            runs = [run for run in ledger.runs() if not run.notes.waits_for_yes]
            with ledger.engine.connect() as connection:
                files = connection.exec_driver_sql("select count(*) from inbox_file").scalar()
        if [RunState.FINISHED] != [run.state for run in runs]:
            found.append(f"runs: {[(run.id, run.state) for run in runs]}")
        if files:
            found.append(f"{files} files are taken")
        return found

    @property
    def _failed(self) -> list[str]:
        return sorted(path.name for path in (self.inbox / "failed").iterdir())


def _lies(stage: Stage, most_unknown: int) -> list[str]:
    users = dict(stage.sheet)
    of_file = SimpleNamespace(applied=[message for message in stage.server.applied if message.user_id in users])
    rows = read_sheet(stage.inbox / "done" / "a.results.csv")
    return lies(rows, of_file, stage.sheet, most_unknown=most_unknown)  # type: ignore[arg-type]  # all that it looks at


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_ledger(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], str]]:
    """Makes the URL of a ledger that is not there yet, in each of the two databases."""
    if request.param == "sqlite":
        yield lambda folder: f"sqlite:///{folder}/ledger.sqlite"
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    made: list[Database] = []

    def fresh(_folder: Path) -> str:
        made.append(cluster.fresh_database())
        return made[-1].url

    yield fresh
    for database in made:
        cluster.drop(database)


def test_a_watcher_may_die_at_any_line(tmp_path: Path, fresh_ledger: Callable[[Path], str]) -> None:
    """With its worker: one before the first line, another one later, and so on, until one dies no more."""
    wrong: list[str] = []
    step = 1 if IS_LONG or fresh_ledger(tmp_path).startswith("sqlite") else LINES_A_STEP
    with HostileServer() as server:
        for line in count(1, step):
            folder = tmp_path / str(line)
            stage = Stage(folder, fresh_ledger(folder), server, MANY * line)
            code = watch_once(stage.inbox, stage.environment, dies_at=line)
            if code != -signal.SIGKILL:
                break
            watch_once(stage.inbox, stage.environment)
            last = watch_once(stage.inbox, stage.environment)
            wrong += [f"killed before line {line}: {each}" for each in (*stage.wrongs(CONCURRENCY), last) if each]

    assert 0 == code
    assert [] == wrong + stage.wrongs(0)
    assert line > 20
