"""A watched folder: whatever is laid there, in whatever order, and whichever watcher dies at whichever line.

Persons lay sheets, edit, rename, take out and lay back; watchers serve, alone or two at a time, and die; the service
misbehaves; runs are stopped, gone on with and settled. No message comes twice within the window, no file is lost, every
row of every run tells the truth, and in the end every file is put away with its result.

A short, always equal selection runs with all other tests. To search on, for as long as wanted:

    PROMISE_EXAMPLES=200 PROMISE_STEPS=30 pytest tests/promise/test_promise_watched.py -n 0
"""

from __future__ import annotations

import csv
import io
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import Run
from tests.promise import sessions
from tests.promise.ground import Ground, play
from tests.promise.happenings import FOR_A_DAY, IS_LONG, STEPS, contents, misfortunes, which
from tests.promise.ledger_truth import LedgerRow, copies_of, rows_of_run, runs_begun, untrue_rows
from tests.promise.machine import Machine, stand_on
from tests.promise.promise_model import Entry, as_csv, rows_of
from tests.promise.quiet import wait_until_quiet
from tests.support.ledgers.postgresql import Cluster
from tests.support.processes.doomed_watcher import Watching
from tests.support.processes.journey import read_sheet

_NAMES = st.sampled_from(["a.csv", "b.csv", "c.csv"])
_LINES = st.one_of(st.none(), st.integers(1, 12), st.integers(5, 40))
_MOST_LOOKS = 5


class WatchedFolder(Ground):
    """A folder, its watchers, and what persons do to it."""

    def __init__(self, cluster: Cluster | None) -> None:
        super().__init__(cluster)
        self._inbox = self._folder / "inbox"
        self._inbox.mkdir()
        self._expected: Counter[str] = Counter()
        self._contents: list[str] = []
        self._is_left_behind = False

    # ── persons ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @initialize(name=_NAMES, entries=contents)
    def begin(self, name: str, entries: list[Entry]) -> None:
        self._lay(name, as_csv(entries))

    @rule(name=_NAMES, entries=contents, is_new=st.sampled_from([True, True, False]))
    def lay_a_sheet(self, name: str, entries: list[Entry], is_new: bool) -> None:
        """With messages that nobody got yet, or with some that others have. One that lies there is edited so."""
        tag = f" {len(self._contents)}" if is_new else ""
        self._lay(name, as_csv([(user, message and message + tag) for user, message in entries]))

    @rule(name=_NAMES, chosen=which)
    def lay_a_sheet_again(self, name: str, chosen: int) -> None:
        self._lay(name, self._contents[chosen % len(self._contents)])

    @rule(chosen=which, name=_NAMES)
    def rename(self, chosen: int, name: str) -> None:
        lying = self._sheets(self._inbox)
        if lying and not (self._inbox / name).exists():
            self._is_left_behind = True
            lying[chosen % len(lying)].rename(self._inbox / name)

    @rule(chosen=which)
    def take_out(self, chosen: int) -> None:
        if lying := self._sheets(self._inbox):
            self._is_left_behind = True
            self._expected[_text(lying[chosen % len(lying)])] -= 1
            lying[chosen % len(lying)].unlink()

    @rule(chosen=which, place=st.sampled_from(["failed", "done"]))
    def lay_back(self, chosen: int, place: str) -> None:
        """What was put away is to be served once more."""
        lying = self._sheets(self._inbox / place)
        if lying and not (self._inbox / lying[chosen % len(lying)].name).exists():
            lying[chosen % len(lying)].rename(self._inbox / lying[chosen % len(lying)].name)

    @rule(hours=st.sampled_from([7.5, 25.0]))
    def time_passes(self, hours: float) -> None:
        # A server has a clock of its own, and a machine with another one sends nothing.
        if self._database is None:
            self._hours += hours
        self._server.apply_late_now()

    @rule(chosen=which, command=st.sampled_from(["stop", "resume", "retry"]), misfortune=misfortunes)
    def go_on_or_stop(self, chosen: int, command: str, misfortune: list[str]) -> None:
        if runs := self._runs():
            self._plan(misfortune if command != "stop" else ())
            drive = [] if command == "stop" else ["--yes", "--json", "--rate", "1000/s"]
            self._ask(command, runs[chosen % len(runs)].id, *drive)
            self._judge()

    @rule(chosen=which)
    def settle(self, chosen: int) -> None:
        """A person looks into the topics, after whatever was late has come."""
        self._server.apply_late_now()
        rows = [(run, row) for run in self._runs() for row in self._rows(run)]
        in_doubt = [(run, row) for run, row in rows if row.state is JobState.UNKNOWN]
        if in_doubt:
            run, row = in_doubt[chosen % len(in_doubt)]
            if sum(other.key == row.key for _, other in in_doubt) == 1:  # else nobody could tell whose it is
                sent = sum(other.key == row.key and other.state is JobState.SUCCEEDED for _, other in rows)
                word = "--delivered" if copies_of(self._server)[row.key] > sent else "--not-delivered"
                self._ask("resolve", run.id, word, "--rows", str(row.number), "--note", "looked", "--json")
                self._judge()

    # ── watchers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(misfortune=misfortunes, dies_at=_LINES)
    def watch(self, misfortune: list[str], dies_at: int | None) -> None:
        self._plan(misfortune)
        self._watch(dies_at)

    @rule(misfortune=misfortunes, lines=st.tuples(_LINES, _LINES))
    def watch_together(self, misfortune: list[str], lines: tuple[int | None, int | None]) -> None:
        self._plan(misfortune)
        self._watch(*lines)

    def _watch(self, *lines: int | None) -> None:
        watchers = []
        for dies_at in lines:
            _, machine = self._next_command()
            stand = partial(_stand_at_its_hour, machine)
            watchers.append(Watching(self._inbox, machine.environment, dies_at=dies_at, stand=stand))
        codes = [watcher.end() for watcher in watchers]
        wait_until_quiet(self._server)
        assert not set(codes) - {0, 1, 3, 4, -9}, codes
        self._judge()

    # ── what everything is made of ───────────────────────────────────────────────────────────────────────────────────

    def _lay(self, name: str, content: str) -> None:
        path = self._inbox / name
        if path.exists():
            self._is_left_behind = True
            self._expected[_text(path)] -= 1
        path.write_bytes(content.encode())
        self._expected[content] += 1
        self._contents.append(content)

    @staticmethod
    def _sheets(folder: Path) -> list[Path]:
        found = folder.glob("*.csv") if folder.is_dir() else ()
        return sorted(path for path in found if ".results" not in path.name and path.name[0] != ".")

    def _ask(self, *arguments: str) -> None:
        _, machine = self._next_command()
        ended = sessions.run(machine, arguments)
        wait_until_quiet(self._server)
        assert ended.exit_code in {0, 1, 2, 3, 4, 130}, ended

    def _plan(self, misfortune: Sequence[str]) -> None:
        # Where no day passes, nobody waits for its end.
        days_pass = self._database is None
        self._let_happen(name for name in misfortune if days_pass or not name.startswith(FOR_A_DAY))

    def _runs(self) -> list[Run]:
        return runs_begun(self._ledger_url)

    def _rows(self, run: Run) -> list[LedgerRow]:
        return rows_of_run(self._ledger_url, run.id)

    # ── judgement ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(self) -> None:
        wrong = [*self._truth.copies_too_many(), *self._lost_files(), *self._untrue_rows(), *self._untrue_results()]
        assert not wrong, wrong

    def _lost_files(self) -> list[str]:
        places = [self._inbox, self._inbox / "done", self._inbox / "failed"]
        found = Counter(_text(path) for place in places for path in self._sheets(place))
        return (
            [] if found == +self._expected else [f"files: {found - self._expected} more, {self._expected - found} less"]
        )

    def _untrue_rows(self) -> list[str]:
        laid = {tuple(row.entry for row in rows_of(_entries(content))) for content in self._contents}
        wrong = [*untrue_rows(self._ledger_url, self._server)]
        for run in self._runs():
            entries = tuple((row.cells[0], row.cells[1]) for row in self._rows(run))
            if entries not in laid:
                wrong.append(f"{run.id} has not the rows of any sheet: {entries}")
        return wrong

    def _untrue_results(self) -> list[str]:
        """Beside each sheet that is done lies a result of its rows, none of which is left."""
        copies, wrong = copies_of(self._server), []
        for sheet in self._sheets(self._inbox / "done"):
            result = sheet.with_name(f"{sheet.stem}.results.csv")
            if not result.exists():
                continue  # its watcher died: whoever comes next writes it
            rows, entries = read_sheet(result), [row.entry for row in rows_of(_entries(_text(sheet)))]
            if entries != [(row["user_id"], row["message"]) for row in rows]:
                wrong.append(f"{result.name} has not the rows of {sheet.name}")
            for row in rows:
                is_there = row["hotline_status"] != "sent" or copies[int(row["user_id"]), row["message"]]
                if not is_there or row["hotline_status"] == "not_attempted":
                    wrong.append(f"{result.name}: {row}")
        return wrong

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _bring_to_an_end(self) -> None:
        """Every file is put away, with its result or with a note why not."""
        self._server.heal()
        self.time_passes(25.0)  # a pause that the service asked for may be as long as a day
        for _ in range(_MOST_LOOKS):
            if self._sheets(self._inbox):
                self._watch(None)
        assert not self._sheets(self._inbox), self._sheets(self._inbox)
        for sheet in self._sheets(self._inbox / "failed"):
            assert sheet.with_name(f"{sheet.name}.error.txt").exists(), sheet
        for run in self._runs():
            # A run whose file somebody took from below it may wait for ever.
            assert run.has_ended or self._is_left_behind, run


def _stand_at_its_hour(machine: Machine) -> None:
    """On that machine, where all that looks at the clock on the wall sees the same."""
    real, seconds = time.time, machine.hours_later * 3600
    stand_on(replace(machine, hours_later=0.0))
    time.time = lambda: real() + seconds


def _text(path: Path) -> str:
    return path.read_bytes().decode()


def _entries(content: str) -> list[Entry]:
    rows = list(csv.reader(io.StringIO(content, newline="")))[1:]
    return [(user, message) for user, message in rows]


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_watched_folder_keeps_the_promise_whatever_happens(where: str, request: pytest.FixtureRequest) -> None:
    """No sequence of files, faults and deaths loses a file, makes a row lie, or a message come twice."""
    cluster: Cluster | None = request.getfixturevalue("postgresql") if where == "postgresql" else None
    play(WatchedFolder, cluster, examples=10, steps=STEPS if IS_LONG else 20)
