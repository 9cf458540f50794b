"""A watcher of a folder that dies at any line: no file is done twice, none is lost, no message is sent twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import RunState
from tests.support.doomed_watcher import CONCURRENCY, watch_once
from tests.support.hostile_server import HostileServer
from tests.support.journey import lies, people, read_sheet
from tests.support.postgresql import Cluster, Database
from tests.support.pretend_api import Credentials

MANY = 500


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
    class Seen:
        applied = [message for message in stage.server.applied if message.user_id in dict(stage.sheet)]

    rows = read_sheet(stage.inbox / "done" / "a.results.csv")
    return lies(rows, Seen, stage.sheet, most_unknown=most_unknown)  # type: ignore[arg-type]  # all that it looks at


@pytest.fixture
def databases(postgresql: Cluster) -> Iterator[list[Database]]:
    """Made by the test, and dropped here."""
    made: list[Database] = []
    yield made
    for database in made:
        postgresql.drop(database)


def die_at_every_line(stage_for: object, server: HostileServer) -> tuple[int, list[str]]:
    """A watcher dies before the first line, another one before the second, and so on; how many lines there are."""
    wrong: list[str] = []
    for line in count(1):
        stage = stage_for(line)  # type: ignore[operator]
        killed = watch_once(stage.inbox, stage.environment, dies_at=line) == -signal.SIGKILL
        if not killed:
            return line - 1, wrong + stage.wrongs(0)
        watch_once(stage.inbox, stage.environment)
        last = watch_once(stage.inbox, stage.environment)
        wrong += [f"killed before line {line}: {each}" for each in stage.wrongs(CONCURRENCY)]
        wrong += [f"killed before line {line}: exit code {last}"] if last else []
    raise AssertionError


def test_a_watcher_may_die_before_any_line(tmp_path: Path) -> None:
    """With its worker; on a ledger in a file."""
    with HostileServer() as server:

        def stage_for(line: int) -> Stage:
            folder = tmp_path / str(line)
            return Stage(folder, f"sqlite:///{folder}/ledger.sqlite", server, MANY * line)

        lines, wrong = die_at_every_line(stage_for, server)

    assert [] == wrong
    assert lines > 20


def test_a_watcher_may_die_before_any_line_on_postgresql(
    tmp_path: Path, postgresql: Cluster, databases: list[Database]
) -> None:
    with HostileServer() as server:

        def stage_for(line: int) -> Stage:
            databases.append(postgresql.fresh_database())
            return Stage(tmp_path / str(line), databases[-1].url, server, MANY * line)

        lines, wrong = die_at_every_line(stage_for, server)

    assert [] == wrong
    assert lines > 20
