"""An inbox folder: what becomes of each file, without waiting for real."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any, BinaryIO, NoReturn

import pytest
from sqlalchemy import delete, event, update

from hotline_batch.application.inbox import archive, file_run
from hotline_batch.application.inbox.options import Fate, Served, WatchChoices, check_before_watching
from hotline_batch.application.inbox.serve import Inbox
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.forgetting import prunable_runs, prune_runs
from hotline_batch.application.runs.workers import detached
from hotline_batch.application.runs.workers.detached import drive_run, stop_run
from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.session import StopRequested
from hotline_batch.errors import HotlineBatchError, SettingsError
from hotline_batch.ledger.lanes import heart
from hotline_batch.ledger.lanes.runs import Asked
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.schema import inbox_file, pace
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run, RunState
from hotline_batch.results.files import atomic
from hotline_batch.results.files import output as results_output
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import FROM_ENVIRONMENT, Settings
from hotline_batch.settings.secrets import Secret
from tests.support.fake_clock import FakeClock
from tests.support.processes.doomed_watcher import watch_once
from tests.support.processes.journey import people, read_sheet, statuses
from tests.support.processes.sleepers import update_in_a_moment
from tests.support.service.faults import Fault, Verdict, named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SEND = SheetRequest(Kind.SEND, "", RunOptions(limits=Limits(rate="1000/s", max_errors="3")))


class Days(FakeClock):
    """A clock where something happens at each wait, one thing after the other; then a wish to stop."""

    def __init__(self, events: Sequence[Callable[[], object]] = ()) -> None:
        super().__init__()
        self._events = iter(events)

    def receive(self, inbox: EventQueue[Any], seconds: float | None) -> Any:
        happening = next(self._events, None)
        if happening is None:
            inbox.put(StopRequested())
        else:
            happening()
        return super().receive(inbox, seconds)


class _Ended:
    is_running = False

    def end(self) -> None:
        raise AssertionError


def worked_on_here(settings: Settings, run_id: str) -> _Ended:
    """What the worker's process does, but in this one, to its end."""
    with suppress(HotlineBatchError):  # told in the ledger
        drive_run(settings, run_id)
    return _Ended()


@dataclass
class Bench:
    folder: Path
    settings: Settings
    ledger: Ledger
    server: HostileServer
    served: list[Served] = field(default_factory=list)

    def drop(self, name: str, rows: Sequence[tuple[int, str]]) -> Path:
        path = self.folder / name
        path.write_text("user_id,message\n" + "".join(f"{user},{text}\n" for user, text in rows))
        return path

    def once(self, choices: SheetRequest = SEND) -> int:
        return self.inbox(WatchChoices(choices, once=True), FakeClock()).serve()

    def watch(self, *events: Callable[[], object]) -> int:
        return self.inbox(WatchChoices(SEND), Days(events)).serve()

    def inbox(self, choices: WatchChoices, clock: FakeClock) -> Inbox:
        return Inbox(
            self.folder,
            choices,
            self.settings,
            self.ledger,
            on_served=self.served.append,
            clock=clock,
            start_worker=worked_on_here,
        )

    def names(self, place: str = "") -> list[str]:
        return sorted(path.name for path in (self.folder / place).iterdir() if path.is_file() and path.name[0] != ".")

    def fates(self) -> list[Fate]:
        return [served.fate for served in self.served]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    folder = tmp_path / "inbox"
    folder.mkdir()
    with HostileServer() as server:
        environ = {
            **Credentials().environment(server.url),
            "HOTLINE_BATCH_LEDGER": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        }
        settings = load_settings(environ=environ, working_folder=tmp_path)
        with Ledger(settings.ledger) as ledger:
            yield Bench(folder, settings, ledger, server)


def test_file_ends_in_done_beside_its_result(bench: Bench):
    """Sheet and result sheet lie side by side, the inbox is empty, the run knows where they are now."""
    bench.drop("a.csv", people(3))

    code = bench.once()
    run = bench.ledger.runs()[0]

    assert 0 == code
    assert [] == bench.names()
    assert ["a.csv", "a.results.csv"] == bench.names("done")
    assert ["sent"] * 3 == statuses(read_sheet(bench.folder / "done" / "a.results.csv"))
    assert (str(bench.folder / "done/a.csv"), str(bench.folder / "done/a.results.csv")) == (
        run.sheet_path,
        run.output_path,
    )


def test_watcher_that_dies_while_it_notes_where_a_file_went_leaves_nothing_half_noted(bench: Bench):
    """The next one does the rest, and what is told of the run later goes where its result lies."""
    bench.drop("a.csv", people(3))

    class Death(BaseException):
        pass

    def die(*told: Any) -> None:
        if told[2].startswith("UPDATE run SET sheet_path"):
            raise Death

    event.listen(bench.ledger.engine, "before_cursor_execute", die)
    with suppress(Death):
        bench.once()
    event.remove(bench.ledger.engine, "before_cursor_execute", die)
    with bench.ledger.engine.begin() as connection:
        connection.execute(update(inbox_file).values(watcher=""))
    bench.once()

    (run,) = bench.ledger.runs()
    done = bench.folder / "done"
    assert (str(done / "a.csv"), str(done / "a.results.csv")) == (run.sheet_path, run.output_path)
    assert ["a.csv", "a.results.csv"] == bench.names("done")


def test_no_result_replaces_that_of_a_file_whose_watcher_died_at_its_move(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both files have the same name: one was edited before it could be moved. Beside each sheet lies its own result."""
    bench.drop("a.csv", people(3, "one"))

    class Death(BaseException):
        pass

    def die(*_about: object) -> NoReturn:
        raise Death

    with monkeypatch.context() as dying, suppress(Death):
        dying.setattr(archive, "_move_if_same", die)
        bench.once()
    with bench.ledger.engine.begin() as connection:
        connection.execute(update(inbox_file).values(watcher=""))
    bench.drop("a.csv", people(2, "two"))
    bench.once()
    bench.once()

    done = bench.folder / "done"
    assert [] == bench.names()
    assert ["a (2).csv", "a (2).results.csv", "a.results.csv"] == bench.names("done")
    results = {name: read_sheet(done / name) for name in ("a.results.csv", "a (2).results.csv")}
    assert [3, 2] == [len(rows) for rows in results.values()]
    assert {str(done / name) for name in results} == {run.output_path for run in bench.ledger.runs()}


def test_same_names_never_replace_each_other(bench: Bench):
    """A second sheet of the same name gets a number, and its result sheet the same one."""
    for text in ("one", "two"):
        bench.drop("a.csv", people(1, text))
        bench.once()
    bench.drop("a.txt", people(1, "three"))
    bench.once()

    assert [
        "a (2).csv",
        "a (2).results.csv",
        "a (3).results.csv",
        "a (3).txt",
        "a.csv",
        "a.results.csv",
    ] == bench.names("done")
    assert 3 == len(bench.server.applied)


def test_run_with_failed_rows_is_done(bench: Bench):
    """A finished run is done, whatever became of single rows: the result sheet tells. The exit code tells, too."""
    sheet = [(1_000_001, "ok"), (0, "no such user"), (1_000_002, "ok")]
    bench.drop("a.csv", sheet)

    code = bench.once()

    assert 1 == code
    assert ["sent", "invalid", "sent"] == statuses(read_sheet(bench.folder / "done" / "a.results.csv"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing here", b"name,city\nA,B\n"])
def test_file_that_is_no_sheet_ends_in_failed(bench: Bench, content: bytes):
    """It lies in failed/ with a note that says why; the next file is served all the same."""
    (bench.folder / "a.csv").write_bytes(content)
    bench.drop("b.csv", people(2))

    code = bench.once()

    assert 1 == code
    assert ["a.csv", "a.csv.error.txt"] == bench.names("failed")
    assert len((bench.folder / "failed" / "a.csv.error.txt").read_text()) > 20
    assert ["b.csv", "b.results.csv"] == bench.names("done")
    assert {Fate.FAILED, Fate.DONE} == set(bench.fates())


def test_stopped_run_ends_in_failed_and_is_named(bench: Bench):
    """Too many failures need a person: the sheet lies in failed/ with its result sheet and the way to go on."""
    sheet = people(60)
    for user, _ in sheet[:50]:
        bench.server.fault_for(user, named("bad_request_400"))
    bench.drop("a.csv", sheet)

    code = bench.once()
    run = bench.ledger.runs()[0]

    assert 4 == code
    assert ["a.csv", "a.csv.error.txt", "a.results.csv"] == bench.names("failed")
    assert f"go on with: resume {run.id}" in (bench.folder / "failed" / "a.csv.error.txt").read_text()
    assert (RunState.STOPPED, str(bench.folder / "failed" / "a.results.csv")) == (run.state, run.output_path)


@pytest.mark.parametrize("name", ["a.results.csv", "A.Results (2).XLSX"])
def test_sheet_that_is_named_like_a_result_is_told_once(bench: Bench, name: str):
    """Nobody would know why it is not served; a run elsewhere whose result has that name does not make it ours."""
    bench.drop("a.csv", people(3))
    bench.once()
    path = bench.drop(name, people(2))

    bench.watch(*[lambda: None] * 5)

    assert [Fate.DONE, Fate.LEFT_ALONE] == bench.fates()
    assert path == bench.served[-1].path
    assert "give it a name without '.results'" in str(bench.served[-1].reason)
    assert [name] == bench.names()
    assert 3 == len(bench.server.applied)


def test_result_beside_a_file_that_waits_is_not_told(bench: Bench):
    """The watcher wrote it itself, and moves it with its sheet."""
    bench.drop("a.csv", people(3))
    good = bench.settings
    bench.settings = with_wrong_keys(good)

    bench.once()
    lying = bench.names()
    bench.watch(*[lambda: None] * 5)
    bench.settings = good
    bench.once()

    assert ["a.csv", "a.results.csv"] == lying
    assert Fate.LEFT_ALONE not in bench.fates()
    assert [] == bench.names()


def with_wrong_keys(settings: Settings) -> Settings:
    return settings.with_keys(FROM_ENVIRONMENT, Credentials().instance, Secret("wrong"), Secret("wrong"))


def test_refused_keys_leave_the_file_in_the_inbox(bench: Bench):
    """The file is not to blame: it waits, said once, and its run goes on by itself when the keys are right again."""
    bench.drop("a.csv", people(3))
    good = bench.settings
    bench.settings = with_wrong_keys(good)

    code = bench.once()
    waiting = bench.names()
    bench.settings = good
    again = bench.once()

    assert (4, 0) == (code, again)
    assert "a.csv" in waiting
    assert [Fate.WAITS, Fate.DONE] == bench.fates()
    assert 1 == len(bench.ledger.runs())
    assert 3 == len(bench.server.applied)


def waits_or_is_new(bench: Bench, keys: str) -> Settings:
    """A file, and the right settings; with the wrong keys its run was tried, and waits to go on."""
    bench.drop("a.csv", people(3))
    good = bench.settings
    if keys == "wrong":
        bench.settings = with_wrong_keys(good)
        bench.once()
    return good


@pytest.mark.parametrize("keys", ["wrong", "right"])
def test_run_that_is_stopped_while_its_watcher_cannot_hand_it_over_stays_stopped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    """The watcher has it for that moment, and would try again later."""
    good = waits_or_is_new(bench, keys)
    is_asked, stoppers = Event(), list[Thread]()
    real = detached.ask_to_stop

    def asked(*told: Any) -> Asked:
        who = real(*told)
        is_asked.set()
        return who

    def fail(_ledger: Ledger, _settings: Settings, run_id: str) -> NoReturn:
        if not stoppers:
            stoppers.append(Thread(target=stop_run, args=(good, run_id)))
            stoppers[0].start()
            assert is_asked.wait(30)
        raise SettingsError("The key is away.")

    monkeypatch.setattr(detached, "ask_to_stop", asked)
    bench.settings = good
    with monkeypatch.context() as failing:
        failing.setattr(detached, "to_the_cluster", fail)
        bench.once()
    stoppers[0].join()
    bench.once()

    (run,) = bench.ledger.runs()
    assert RunState.INTERRUPTED is run.state
    assert Fate.FAILED is bench.served[-1].fate
    assert [] == bench.server.applied


@pytest.mark.parametrize("keys", ["wrong", "right"])
def test_run_that_is_stopped_in_the_very_moment_before_it_goes_on_stays_stopped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    """Whether it waited to go on, or was only planned, by a watcher that ended: nothing of it is sent."""
    good = waits_or_is_new(bench, keys)
    real, runs = file_run.connections_of_messages, list[str]()

    def stopped_meanwhile(ledger: Ledger, run: Run) -> Sequence[str]:
        if not runs:
            stop_run(good, run.id)
            runs.append(run.id)
        return real(ledger, run)

    monkeypatch.setattr(file_run, "connections_of_messages", stopped_meanwhile)
    bench.settings = good
    bench.once()
    bench.once()

    assert RunState.INTERRUPTED is bench.ledger.run(runs[0]).state
    assert Fate.FAILED is bench.served[-1].fate
    assert [] == bench.server.applied


def test_waiting_file_is_not_tried_at_every_poll(bench: Bench):
    """Each try waits longer than the one before, and the same reason is told once."""
    bench.settings = with_wrong_keys(bench.settings)
    bench.drop("a.csv", people(3))

    bench.watch(*[lambda: None] * 40)  # 200 seconds of polls: tries at 5, 65 and 185 s

    assert 3 == len(bench.server.truth.requests)
    assert [Fate.WAITS] == bench.fates()


def asks_for_an_hour(status: int) -> Fault:
    """Nothing is sent, and an hour's pause is asked for."""
    body, fields = b"<html><body>Maintenance</body></html>", [("Retry-After", "3600")]
    return Fault("asks_for_an_hour", lambda exchange: exchange.answer(status, body, "text/html", fields), Verdict.STOP)


def pause_ends_in(bench: Bench, seconds: float) -> Callable[[], None]:
    """Whatever pause was asked for ends in so many seconds."""

    def end() -> None:
        with bench.ledger.engine.begin() as connection:
            connection.execute(update(pace).values(paused_until=time.time() + seconds))

    return end


def test_pause_that_the_service_asked_for_is_waited_for(bench: Bench):
    """Not a request leaves before its end, of the stopped run or of a file that came later; then both go on at once."""
    bench.drop("a.csv", people(3))
    bench.server.fault_next(asks_for_an_hour(429))
    before: list[int] = []

    bench.watch(
        *[lambda: None] * 20,
        lambda: bench.drop("b.csv", people(2, "b")),
        *[lambda: None] * 380,  # half an hour of polls
        lambda: before.append(len(bench.server.requests)),
        pause_ends_in(bench, -1.0),
        *[lambda: None] * 3,
    )

    assert [1] == before
    assert [Fate.WAITS, Fate.WAITS, Fate.DONE, Fate.DONE] == bench.fates()
    assert "goes on by itself, not before" in str(bench.served[0].reason)
    assert "the service asked for a pause" in str(bench.served[1].reason)
    assert 5 == len(bench.server.applied)
    assert {} == bench.server.duplicates()


def test_outage_that_asks_for_pauses_leaves_three_rows_in_doubt_and_then_a_person_is_needed(bench: Bench):
    """One doubt for each pause that was waited for, as many as stop any run; not one a minute, all night long."""
    bench.drop("a.csv", people(8))
    bench.server.fault_next(asks_for_an_hour(503), 50)
    minutes, seen = [lambda: None] * 60, list[int]()

    def look() -> None:
        seen.append(len(bench.server.requests))

    bench.watch(*minutes, look, pause_ends_in(bench, -1.0), *minutes, look, pause_ends_in(bench, -1.0), *minutes, look)
    pause_ends_in(bench, -1.0)()
    bench.watch(*minutes)

    assert [1, 2, 3] == seen
    assert 3 == len(bench.server.requests)
    assert Fate.FAILED is bench.fates()[-1]
    found = statuses(read_sheet(bench.folder / "failed" / "a.results.csv"))
    assert (3, 5) == (found.count("unknown"), found.count("not_attempted"))
    assert "go on with: resume" in (bench.folder / "failed" / "a.csv.error.txt").read_text()


def test_ledger_that_keeps_no_outcome_leaves_three_rows_in_doubt_and_then_a_person_is_needed(bench: Bench):
    """It still takes promises, so each new try would cost another row."""
    bench.drop("a.csv", people(8))
    with bench.ledger.engine.begin() as connection:
        connection.exec_driver_sql("""
            create trigger no_room before update on sheet_row when new.state = 'succeeded'
            begin select raise(abort, 'database or disk is full'); end
        """)

    bench.watch(*[lambda: None] * 240)  # twenty minutes of polls

    assert 3 == len(bench.server.requests)
    assert [Fate.WAITS, Fate.FAILED] == bench.fates()
    found = statuses(read_sheet(bench.folder / "failed" / "a.results.csv"))
    assert (3, 5) == (found.count("unknown"), found.count("not_attempted"))


def test_growing_file_is_served_when_it_is_whole(bench: Bench):
    """A file that changes at every look is left alone until it does not."""
    path = bench.folder / "a.csv"
    grow = [lambda rows=rows: bench.drop("a.csv", people(rows)) for rows in (1, 2, 3)]

    code = bench.watch(*grow, lambda: None, lambda: None)

    assert 130 == code
    assert not path.exists()
    assert [3] == [served.summary.rows for served in bench.served if served.summary]


def test_interrupted_plan_goes_on(bench: Bench):
    """Killed between planning and the first request: the planned run is done, no second one is made."""
    path = bench.drop("a.csv", people(3))
    planned = plan_run(SheetRequest(Kind.SEND, str(path), SEND.options), bench.settings)

    bench.once()

    assert [planned.run.id] == [run.id for run in bench.ledger.runs()]
    assert ["a.csv", "a.results.csv"] == bench.names("done")
    assert 3 == len(bench.server.applied)


def test_finished_run_of_somebody_else_is_not_taken_for_ours(bench: Bench):
    """A sheet that a person sent by hand and laid into the inbox is planned anew; the guard leaves its rows out."""
    path = bench.drop("a.csv", people(2))
    by_hand = plan_run(SheetRequest(Kind.SEND, str(path), SEND.options), bench.settings)
    bench.ledger.change_run(by_hand.run.id, state=RunState.FINISHED.value)

    bench.once()

    assert 2 == len(bench.ledger.runs())


def test_what_a_person_has_not_said_yes_to_is_not_sent_for_them(bench: Bench):
    """Somebody is looking at a plan of their own over the file: the inbox makes its own run of it."""
    path = bench.drop("a.csv", [(1_000_001, "The inbox's text")])
    request = SheetRequest(Kind.SEND, str(path), RunOptions(message="Not agreed to"), asks=True)
    asked = plan_run(request, bench.settings).run

    assert 0 == bench.once()

    assert ["The inbox's text"] == [message.message for message in bench.server.applied]
    assert RunState.PLANNED is bench.ledger.run(asked.id).state


def test_same_sheet_again_is_a_new_run(bench: Bench):
    """The weekly sheet with the same content is looked at again; what was sent within the window is skipped."""
    for _ in range(2):
        bench.drop("a.csv", people(2))
        bench.once()

    assert 2 == len(bench.ledger.runs())
    assert ["skipped"] * 2 == statuses(read_sheet(bench.folder / "done" / "a (2).results.csv"))
    assert 2 == len(bench.server.applied)


@pytest.mark.parametrize("has_row", [True, False], ids=["taken before", "taken anew"])
def test_file_whose_run_was_pruned_is_not_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, has_row: bool
) -> None:
    """A file that could not be moved still lies there months later; it waits for a person, who is told what to do."""
    path = bench.drop("a.csv", people(2))
    with monkeypatch.context() as patched:
        patched.setattr("hotline_batch.application.inbox.file_run.put_away", not_allowed)
        bench.once()
    pruned = prune_runs(bench.settings, prunable_runs(bench.settings, 0.0, include_unfinished=False))
    if not has_row:
        with bench.ledger.engine.begin() as connection:
            connection.execute(delete(inbox_file))
    later = replace(SEND, options=RunOptions(limits=Limits(rate="1000/s", duplicate_window="0")))

    code = bench.once(later)

    assert 1 == pruned.runs
    assert (4, [Fate.WAITS, Fate.WAITS]) == (code, bench.fates())
    assert 2 == len(bench.server.applied)
    assert 1 == len(bench.ledger.runs())
    assert path.exists()
    assert "lay it there under another name" in str(bench.served[-1].reason)
    assert f"runs show {bench.ledger.runs()[0].id}" in str(bench.served[-1].reason)


def not_allowed(*_: object) -> NoReturn:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_unfinished_run_that_was_pruned_is_not_begun_anew(bench: Bench) -> None:
    """Its file lies there with rows that were sent, and rows that were not."""
    rows = people(6)
    for user, _ in rows[2:]:
        bench.server.fault_for(user, named("unauthorized_401"))
    bench.drop("a.csv", rows)
    bench.once()
    before = len(bench.server.applied)
    prune_runs(bench.settings, prunable_runs(bench.settings, 0.0, include_unfinished=True))
    bench.server.heal()
    later = replace(SEND, options=RunOptions(limits=Limits(rate="1000/s", duplicate_window="0")))

    code = bench.once(later)

    assert 4 == code
    assert before == len(bench.server.applied)
    assert bench.ledger.runs()[0].notes.pruned_at is not None


def test_what_is_wrong_with_every_file_is_said_at_the_start(bench: Bench):
    """A connection that does not exist moves no file to failed/: the watcher does not start."""
    choices = WatchChoices(SheetRequest(Kind.SEND, "", RunOptions(connection="nobody")))

    with pytest.raises(SettingsError, match="nobody"):
        check_before_watching(choices, bench.settings)


def test_stop_between_two_files(bench: Bench):
    """A wish to stop that comes while nothing is under way ends the watcher with 130."""
    assert 130 == bench.watch()


def test_result_of_who_slept_while_it_wrote_lies_nowhere_beside_what_was_put_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another watcher put the file away meanwhile, with its own result: an older one must not turn up behind it."""
    monkeypatch.setattr(heart, "HEARTBEAT_SECONDS", 3_600.0)  # the one that sleeps does not beat meanwhile
    bench.drop("a.csv", [(987600001, "Hello"), (987600002, "Hi")])
    environ = {**Credentials().environment(bench.server.url), "HOTLINE_BATCH_LEDGER": bench.settings.ledger}
    write = atomic.write_whole
    ended: list[int] = []

    def fall_asleep(path: Path, fill: Callable[[BinaryIO], None], **words: Any) -> Path:
        def fill_and_sleep(stream: BinaryIO) -> None:
            fill(stream)
            monkeypatch.setattr(results_output, "write_whole", write)
            update_in_a_moment(bench.settings.ledger, "update inbox_file set heartbeat_at = heartbeat_at - 60")
            ended.append(watch_once(bench.folder, environ))

        return write(path, fill_and_sleep, **words)

    monkeypatch.setattr(results_output, "write_whole", fall_asleep)

    code = bench.once()

    assert ([0], 0) == (ended, code)
    assert [] == bench.names()
    assert ["a.csv", "a.results.csv"] == bench.names("done")
    assert ["sent", "sent"] == statuses(read_sheet(bench.folder / "done" / "a.results.csv"))
    assert {} == bench.server.duplicates()


def test_what_needs_a_person_has_its_note_also_where_its_watcher_dies_behind_the_move(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody comes back to a file that was put away."""
    rows = people(20)
    for user, _ in rows:
        bench.server.fault_for(user, named("blocked_by_user_403"))
    bench.drop("a.csv", rows)

    class Died(BaseException):
        """What nobody mends."""

    def die(*_: object) -> NoReturn:
        raise Died

    monkeypatch.setattr(archive, "mark_as_put_away", die)
    with pytest.raises(Died):
        bench.once()

    assert ["a.csv", "a.csv.error.txt", "a.results.csv"] == bench.names("failed")
