"""One heart a process: it keeps all that is held, costs no more for many lanes, and one that is lost costs no other."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import event, text

from hotline_batch.ledger.lanes import heart
from hotline_batch.ledger.lanes.heart import Heart
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS, Hold
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import LaneProgress
from hotline_batch.model.runs import RunState
from tests.support.ledgers.ledger_examples import WALL, add_run, messages
from tests.support.ledgers.postgresql import Database
from tests.support.waiting import wait_until

RUNS = [f"run-{number:02}" for number in range(12)]


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        for name in RUNS:
            add_run(opened, name, messages(1))
            opened.change_run(name, state=RunState.RUNNING.value)
        yield opened


@pytest.fixture
def holds(ledger: Ledger) -> Iterator[list[Hold]]:
    """All runs are held by this process."""
    with ExitStack() as stack:
        yield [stack.enter_context(ledger.hold(name)) for name in RUNS]


def let_time_pass(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(
            text("update lane set heartbeat_at = heartbeat_at - :seconds"), {"seconds": LEASE_SECONDS + 1}
        )


def silent(ledger: Ledger) -> list[str]:
    """The runs that nobody gave a sign of life for."""
    return [name for name in RUNS if ledger.lanes(name)[""].seconds_silent > LEASE_SECONDS]


def test_all_that_a_process_holds_has_one_heart(ledger: Ledger, holds: list[Hold]) -> None:
    """A thread, and two transactions for any number of runs."""
    transactions: list[object] = []
    let_time_pass(ledger)
    before = silent(ledger)
    event.listen(ledger.engine, "begin", transactions.append)

    one = Heart(ledger.engine, *holds)
    one.look()
    one.beat()
    made = len(transactions)

    assert RUNS == before
    assert [] == silent(ledger)
    assert 2 == made
    wait_until(lambda: beating() == 1)


def beating() -> int:
    """How many threads of hearts there are; one that has ended may take a moment to be gone."""
    return sum(thread.name == "heartbeat" for thread in threading.enumerate())


def test_no_heart_is_left_when_nothing_is_held(ledger: Ledger) -> None:
    with ledger.hold(RUNS[0]), ledger.hold(RUNS[1]):
        pass

    assert ledger.engine not in heart._hearts
    wait_until(lambda: beating() == 0)


def test_whoever_has_lost_one_run_keeps_the_others(ledger: Ledger, holds: list[Hold]) -> None:
    """Another machine took it: that is told to whoever worked on it, and its own sign of life is left as it is."""
    lost: list[tuple[str, str]] = []
    for hold in holds:
        hold.listen(lambda _wish: None, lambda lane, run=hold.run_id: lost.append((run, lane)))  # type: ignore[misc]
    let_time_pass(ledger)
    with ledger.engine.begin() as connection:
        taken = {"worker": str(Worker("elsewhere", 1, "1", "task")), "run_key": holds[3].run_key}
        connection.execute(text("update lane set token = token + 1, worker = :worker where run_key = :run_key"), taken)

    one = Heart(ledger.engine, *holds)
    one.beat()
    one.look()
    one.look()

    assert [RUNS[3]] == silent(ledger)
    assert [(RUNS[3], "")] == lost


def test_how_far_each_lane_is_is_told_with_the_sign_of_life(ledger: Ledger, holds: list[Hold]) -> None:
    told = LaneProgress({Status.SENT: 1}, 1, 1, 3.5, 1.0, WALL, "")
    holds[5].tell({"": told})

    Heart(ledger.engine, *holds).beat()

    assert [told] == [lane.progress for name in RUNS if (lane := ledger.lanes(name)[""]).progress == told]
    assert told == ledger.lanes(RUNS[5])[""].progress


def test_a_lane_that_somebody_keeps_locked_costs_no_other_its_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that vanished in the midst of a transaction keeps its locks for a while."""
    monkeypatch.setattr(heart, "_WAIT_FOR_LANES_SECONDS", 0.1)
    monkeypatch.setattr(heart, "_WAIT_FOR_ONE_SECONDS", 0.1)
    with Ledger(database.url) as ledger, ExitStack() as stack:
        for name in RUNS:
            add_run(ledger, name, messages(1))
        holds = [stack.enter_context(ledger.hold(name)) for name in RUNS]
        let_time_pass(ledger)

        with ledger.engine.begin() as vanished:
            locked = text("select 1 from lane where run_key = :run_key for update")
            vanished.execute(locked, {"run_key": holds[4].run_key})
            Heart(ledger.engine, *holds).beat()
            left = silent(ledger)

    assert [RUNS[4]] == left


def test_a_sign_of_life_counts_for_what_is_still_held(ledger: Ledger, holds: list[Hold]) -> None:
    """Not for a lane that another one has taken, whose row may be sent there."""
    one = Heart(ledger.engine, *holds)
    before = holds[0].seconds_silent("main")
    one.beat()
    after = [hold.seconds_silent("main") for hold in holds]
    with ledger.engine.begin() as connection:
        taken = text("update lane set token = token + 1 where run_key = :run_key")
        connection.execute(taken, {"run_key": holds[3].run_key})
    given = [hold._signs_of_life[""] for hold in holds]
    one.beat()
    renewed = [hold._signs_of_life[""] is not sign for hold, sign in zip(holds, given, strict=True)]
    one.look()

    assert math.inf == before
    assert max(after) < 60
    assert [number != 3 for number in range(len(RUNS))] == renewed
    assert math.inf == holds[3].seconds_silent("main")
