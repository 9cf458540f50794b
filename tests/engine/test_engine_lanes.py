"""A runner that works on lanes of a run: what it leaves to others, and what it does not send any more."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.open_connections import OpenConnections
from hotline_batch.engine.session import HANDED_BACK, INTERRUPTED, RunChoices, StopRequested, StopTold
from hotline_batch.engine.worker import Expired
from hotline_batch.ledger.journal import journal
from hotline_batch.ledger.journal.entries import Claim, Claimed
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.sign_of_life import SignOfLife
from hotline_batch.ledger.lanes.work import lay_out
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import Kind, Reply, Request, Status
from hotline_batch.model.runs import RunState
from tests.support.engine_bench import Scripted, confirmed, drive, runner_for
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import WALL, add_run, hold_of, ledger_url, messages, states


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(ledger_url(tmp_path)) as opened:
        add_run(opened, "r", messages(6), ("a", "b"))
        with opened.hold("r") as held:
            opened.change_run("r", state=RunState.RUNNING.value)
            lay_out(opened.engine, held, Kind.SEND, {}, for_workers=True)
        yield opened


def test_only_the_rows_of_the_held_lanes_are_sent(ledger: Ledger) -> None:
    """And what was told of them adds up to their rows."""
    sent = Scripted()
    with ledger.hold_lanes("r", ["a"]) as held:
        end = drive(ledger, ledger.run("r"), sent, held=held)
        told = held.progress

    assert [1001, 1003, 1005] == sent.users()
    assert RunState.FINISHED is end.state
    assert {"a"} == set(told)
    assert ({Status.SENT: 3}, 3, 3) == (told["a"].counts, told["a"].rows, told["a"].done)


def test_a_lane_that_is_lost_in_the_middle_is_left_to_its_new_worker(ledger: Ledger) -> None:
    """The other lane is done to its end."""

    def take_over(_request: object, number: int) -> None:
        if number == 1:
            with ledger.engine.begin() as connection:
                connection.execute(text("update lane set token = token + 1 where name = 'a'"))

    sent = Scripted(take_over)  # type: ignore[arg-type]  # it gives no error
    with ledger.hold_lanes("r") as held:
        end = drive(ledger, ledger.run("r"), sent, held=held)

    assert RunState.FINISHED is end.state
    assert [1002, 1004, 1006] == [user for user in sent.users() if user % 2 == 0]
    assert len([user for user in sent.users() if user % 2]) <= 1


def test_rows_on_their_way_of_a_lost_lane_are_still_waited_for(ledger: Ledger) -> None:
    """Else they would stand for rows of other lanes, and a session that is stopped before these could look done."""
    pacers = {name: Pacer(10, 1.0) for name in "ab"}
    with ledger.hold_lanes("r") as held:
        clock, random = FakeClock(), Random(1)  # noqa: S311 - jitter
        connections = OpenConnections(ledger, ledger.run("r"), pacers, RunChoices(), clock, random, held)
        connections.of(ledger.next_pending(ledger.run("r"), "a", -1, 1)[0]).in_flight += 1

        connections.leave("a")

        assert 4 == connections.rows


@pytest.mark.parametrize(("is_away", "told"), [(True, None), (False, "ledger_failed")], ids=["away", "full"])
def test_others_are_asked_to_stop_for_a_ledger_that_is_full_and_not_for_one_that_is_away(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, is_away: bool, told: str | None
) -> None:
    """Who was cut off for long must not stop those who were not, nor those who are back before."""
    monkeypatch.setattr(journal, "_KEEP_FOR_SECONDS", 0.0)

    def fail(_connection: object) -> None:
        raise OperationalError("commit", {}, sqlite3.OperationalError("gone"), connection_invalidated=is_away)

    with ledger.hold_lanes("r", ["a"]) as held:
        event.listen(ledger.engine, "commit", fail)
        end = drive(ledger, ledger.run("r"), Scripted(), held=held)
        event.remove(ledger.engine, "commit", fail)

    assert ("ledger_failed", is_away) == (end.stop_code, end.passes)
    assert told == (held.reason_for_others and held.reason_for_others[0])


@pytest.mark.parametrize(
    ("code", "state"),
    [(INTERRUPTED, RunState.INTERRUPTED), (HANDED_BACK, RunState.STOPPED), ("unreachable", RunState.STOPPED)],
)
def test_what_the_ledger_tells_ends_the_session(ledger: Ledger, code: str, state: RunState) -> None:
    inbox: EventQueue[StopTold] = EventQueue()
    inbox.put(StopTold(code, "Because."))
    sent = Scripted()
    with ledger.hold_lanes("r") as held:
        end = drive(ledger, ledger.run("r"), sent, held=held, inbox=inbox)

    assert (state, code, "Because.") == (end.state, end.stop_code, end.stop_reason)
    assert len(sent.requests) <= 2


@pytest.mark.parametrize(("mono", "wall"), [(LEASE_SECONDS + 1, 0.0), (0.0, LEASE_SECONDS + 1)])
def test_a_request_whose_claim_is_old_is_not_sent(ledger: Ledger, mono: float, wall: float) -> None:
    """Its process slept, or its machine: by now the row may be somebody else's. It is to be sent again."""
    clock, sent = FakeClock(), Scripted()
    inbox: EventQueue[object] = EventQueue()
    job = ledger.next_pending(ledger.run("r"), "a", -1, 1)[0]
    runner = runner_for(ledger, ledger.run("r"), sent, clock=clock, inbox=inbox)
    with Journal(ledger, "r", WALL, lambda _news: None, held=hold_of(ledger, "r")) as journal:
        journal.tell(Claim(job, clock.wall()))

    runner._send(Claimed(job, told_at=clock.monotonic() - mono, claimed_at=clock.wall() - wall))
    expired = inbox.receive(0.0)
    assert isinstance(expired, Expired)
    with Journal(ledger, "r", WALL, lambda _news: None, held=hold_of(ledger, "r")) as journal:
        journal.tell(expired.as_record())

    assert [] == sent.requests
    assert ["pending"] * 6 == states(ledger, "r")


@pytest.mark.parametrize("silent_seconds", [0.0, LEASE_SECONDS + 1], ids=["awake", "asleep"])
def test_whoever_slept_while_it_connected_sends_nothing(ledger: Ledger, silent_seconds: float) -> None:
    """Its row is to be sent again. Who gave signs of life meanwhile may take its time: some addresses may be dead."""
    clock, sent = FakeClock(), Scripted()

    def connect_slowly() -> None:
        sent.connect = lambda: None  # type: ignore[method-assign]  # the next one is quick
        clock.jump(LEASE_SECONDS + 1)
        held.gave(replace(SignOfLife(), wall=time.time() - silent_seconds), "a")

    sent.connect = connect_slowly  # type: ignore[method-assign]  # as if it took so long
    with ledger.hold_lanes("r", ["a"]) as held:
        end = drive(ledger, ledger.run("r"), sent, held=held, clock=clock)
        with ledger.engine.connect() as connection:
            made = text("select error_code from attempt where error_code <> ''")
            withheld = list(connection.execute(made).scalars())

    assert RunState.FINISHED is end.state
    assert [1001, 1003, 1005] == sent.users()
    assert ["claim_expired"] * (silent_seconds > 0) == withheld


def test_what_still_connects_when_the_session_has_ended_sends_nothing(ledger: Ledger) -> None:
    """Nobody waited for it, so its row may be somebody else's at once."""
    may_connect, is_done = threading.Event(), threading.Event()
    inbox: EventQueue[object] = EventQueue()
    left: list[str] = []

    class Connecting(Scripted):
        def perform(self, request: Request, before_it_leaves: Callable[[], None] = lambda: None) -> Reply:
            inbox.put(StopRequested())
            inbox.put(StopRequested())
            may_connect.wait(60)
            try:
                before_it_leaves()
                left.append("left")
                return confirmed(request)
            finally:
                is_done.set()

    with ledger.hold_lanes("r") as held:
        clock = FakeClock(patience_seconds=0.1)
        end = drive(ledger, ledger.run("r"), Connecting(), held=held, inbox=inbox, clock=clock)
        may_connect.set()
        ended = is_done.wait(60)

    assert INTERRUPTED == end.stop_code
    assert ended
    assert [] == left
