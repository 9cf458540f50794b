"""Who works on a run: told by a row with a heartbeat; whoever slept may tell what it knows, but claim nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import event, text

from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.ledger.journal.entries import Claim, Claimed, LaneLost, News, Record, Recorded
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.lanes import holds
from hotline_batch.ledger.lanes.heart import Heart
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS, WHOLE_RUN, HeldLane
from hotline_batch.ledger.lanes.workers import Worker, this_worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Attempt, Succeeded
from hotline_batch.model.progress import LaneProgress, LaneState
from hotline_batch.model.runs import Delivery, RunState
from tests.support.ledgers.ledger_examples import WALL, add_run, codes, hold_of, ledger_url, messages, states

HOLDER = """
import sys
from hotline_batch.ledger.ledger import Ledger
with Ledger(sys.argv[1]) as ledger, ledger.hold("r"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(ledger_url(tmp_path)) as opened:
        add_run(opened, "r", messages(3))
        opened.change_run("r", state=RunState.RUNNING.value)
        yield opened


@pytest.fixture
def holder(ledger: Ledger, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the run."""
    command = [sys.executable, "-c", HOLDER, ledger_url(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def let_time_pass(ledger: Ledger, seconds: float, worker: str | None = None) -> None:
    """As if the heart had not beaten for so long, in a process of that name."""
    with ledger.engine.begin() as connection:
        connection.execute(text("update lane set heartbeat_at = heartbeat_at - :seconds"), {"seconds": seconds})
        if worker is not None:
            connection.execute(text("update lane set worker = :worker"), {"worker": worker})


def test_a_run_whose_process_was_killed_is_interrupted_and_free_at_once(
    ledger: Ledger, holder: subprocess.Popen[str]
) -> None:
    while_it_lives = ledger.run("r").state

    holder.send_signal(signal.SIGKILL)
    holder.wait()

    assert while_it_lives is RunState.RUNNING
    assert ledger.run("r").state is RunState.INTERRUPTED
    assert [RunState.INTERRUPTED] == [run.state for run in ledger.runs()]
    with ledger.hold("r"):
        assert ledger.run("r").state is RunState.RUNNING


def test_a_hold_that_lasts_a_moment_is_waited_for(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run that is not under way: a watcher that looks whether it may begin refuses nobody who approves it."""
    ledger.change_run("r", state=RunState.PLANNED.value)
    with ExitStack() as moment:
        moment.enter_context(ledger.hold("r"))
        waits: list[float] = []

        def wait(seconds: float) -> None:
            waits.append(seconds)
            moment.close()

        monkeypatch.setattr(holds, "time", SimpleNamespace(sleep=wait, monotonic=time.monotonic))
        with ledger.hold("r", is_patient=True) as hold:
            assert hold.is_whole

    assert [0.05] == waits


@pytest.mark.parametrize(("state", "seconds"), [(RunState.RUNNING, 10.0), (RunState.PLANNED, 0.0)])
def test_a_run_that_is_under_way_or_held_for_long_is_not_waited_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, state: RunState, seconds: float
) -> None:
    ledger.change_run("r", state=state.value)
    monkeypatch.setattr(holds, "PATIENCE_SECONDS", seconds)
    monkeypatch.setattr(holds, "time", SimpleNamespace(monotonic=time.monotonic))  # without a sleep

    with ledger.hold("r"), pytest.raises(RunInProgress), ledger.hold("r", is_patient=True):
        pass


def test_a_process_that_is_stopped_keeps_its_run(ledger: Ledger, holder: subprocess.Popen[str]) -> None:
    """It may go on at any moment, however long ago its heart beat."""
    os.kill(holder.pid, signal.SIGSTOP)
    while "T" not in Path(f"/proc/{holder.pid}/stat").read_text().rpartition(")")[2].split()[0]:
        time.sleep(0)
    let_time_pass(ledger, 10 * LEASE_SECONDS)

    with pytest.raises(RunInProgress, match=r"^Another process is working on run r\."), ledger.hold("r"):
        pass


@pytest.mark.parametrize(("ago", "is_free"), [(0.0, False), (LEASE_SECONDS + 1, True)])
def test_a_process_elsewhere_is_known_by_its_heartbeat(ledger: Ledger, ago: float, is_free: bool) -> None:
    """Nobody can look into another machine: what counts is how long ago it gave a sign of life."""
    with ledger.hold("r"):
        elsewhere = str(Worker("office-7/boot/space", 1, "1", "task"))
        let_time_pass(ledger, ago, elsewhere)

        if is_free:
            with ledger.hold("r"):
                pass
        else:
            with pytest.raises(RunInProgress, match="on office-7 is working"), ledger.hold("r"):
                pass


def test_a_process_number_that_was_given_to_another_process_says_nothing(ledger: Ledger) -> None:
    with ledger.hold("r"):
        mine = this_worker()
        let_time_pass(ledger, 0.0, str(mine._replace(started="1")))

        ledger.check_free("r")


def test_whoever_slept_may_tell_what_it_knows_but_claims_nothing(ledger: Ledger) -> None:
    """A row in doubt since its process was thought dead becomes what its late answer says; nothing else leaves."""
    run = ledger.run("r")
    heard: list[News] = []
    with ledger.hold("r") as asleep:
        first, second, _ = ledger.next_pending(run, "main", -1, 3)
        with Journal(ledger, "r", WALL, heard.append, held=asleep) as journal:
            journal.tell(Claim(first, WALL))
        let_time_pass(ledger, LEASE_SECONDS + 1, str(Worker("elsewhere", 1, "1", "task")))
        with ledger.hold("r") as held:
            ledger.settle_stale(held, run, WALL)
            in_doubt = (states(ledger, "r"), codes(ledger, "r"))
        with Journal(ledger, "r", WALL, heard.append, held=asleep) as journal:
            attempt = Attempt(1, WALL, 0.1, 200, "", Delivery.YES)
            journal.tell(Record(first, attempt, Succeeded("https://t.me/c/1/2", {}, 200), WALL))
            journal.tell(Claim(second, WALL))

    assert in_doubt == (["unknown", "pending", "pending"], ["interrupted_in_flight", "", ""])
    assert {Claimed, Recorded, LaneLost} == set(map(type, heard))
    assert ["succeeded", "pending", "pending"] == states(ledger, "r")


def test_a_late_answer_to_an_earlier_attempt_changes_nothing(ledger: Ledger) -> None:
    """The row was claimed again since: what is heard of the first attempt is not what became of the second."""
    run = ledger.run("r")
    heard: list[News] = []
    first = ledger.next_pending(run, "main", -1, 1)[0]
    with Journal(ledger, "r", WALL, heard.append, held=hold_of(ledger, "r")) as journal:
        journal.tell(Claim(first, WALL))
    with ledger.engine.begin() as connection:
        connection.execute(text("update sheet_row set state = 'pending' where position = 0"))
    with Journal(ledger, "r", WALL + 1, heard.append, held=hold_of(ledger, "r")) as journal:
        journal.tell(Claim(first, WALL + 2))
    with Journal(ledger, "r", WALL, heard.append, held=hold_of(ledger, "r")) as journal:
        journal.tell(Record(first, Attempt(1, WALL, 0.1, 200, "", Delivery.YES), Succeeded("", {}, 200), WALL))

    assert ["in_flight", "pending", "pending"] == states(ledger, "r")


def test_a_run_that_is_not_there_cannot_be_held(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="no run 'nobody'"), ledger.hold("nobody"):
        pass


def test_who_slept_while_its_run_was_deleted_claims_no_row_of_the_next_run(ledger: Ledger, tmp_path: Path) -> None:
    """The next run has another number and so another hold, although the last run of the ledger is gone."""
    told: list[News] = []
    with ledger.hold("r") as mine, Journal(ledger, "r", 0.0, told.append, held=mine) as journal:
        job = ledger.next_pending(ledger.run("r"), "main", -1, 1)[0]
        ledger.delete_run("r")
        add_run(ledger, "next", messages(3))
        with ledger.hold("next"):
            journal.tell(Claim(job, WALL))

    assert [LaneLost] == [type(news) for news in told]
    assert ["pending"] * 3 == states(ledger, "next")


def test_a_heart_that_beats_keeps_the_run(ledger: Ledger) -> None:
    """However long ago the one before was."""

    with ledger.hold("r") as mine:
        let_time_pass(ledger, 10 * LEASE_SECONDS)
        Heart(ledger.engine, mine).beat()

        assert ledger.lanes("r")[WHOLE_RUN].seconds_silent < LEASE_SECONDS


def test_lane_that_is_taken_while_the_heart_looks_is_not_lost(ledger: Ledger) -> None:
    """Whoever ends the last lane takes the run as a whole at that moment: the ledger told the heart of before."""
    with ledger.hold("r"):
        pass

    with ledger.hold_lanes("r", []) as mine:
        taken = HeldLane(ledger.lanes("r")[WHOLE_RUN].token + 1, (), LaneState.DONE, LaneProgress())

        def take(*_about: object) -> None:
            mine.add(WHOLE_RUN, taken)

        event.listen(ledger.engine, "after_cursor_execute", take, once=True)
        Heart(ledger.engine, mine).look()

        assert mine.is_whole
