"""The lanes of a run: laid out, taken by several workers, ended, concluded once, and stopped when somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import event, text

from hotline_batch.engine.response_policy.judge import Breaker
from hotline_batch.errors import RunInProgress, TakenOver
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.journal.claims import Batch, BatchWriter
from hotline_batch.ledger.journal.entries import Claim, Claimed, LaneLost, News, Record, Recorded
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.lanes.ending import Ending, end_lanes, take_conclusion
from hotline_batch.ledger.lanes.heart import Heart
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS, WHOLE_RUN, StopWish
from hotline_batch.ledger.lanes.runs import Asked, ask_to_stop, waiting_runs
from hotline_batch.ledger.lanes.work import lay_out, recount
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import reopen_failed
from hotline_batch.model.jobs import Attempt, Kind, Status, Unknown
from hotline_batch.model.progress import LaneProgress, LaneState
from hotline_batch.model.runs import Delivery, RunState
from hotline_batch.settings.units import MaxErrors
from tests.support.engine_bench import Scripted, drive, refused
from tests.support.ledgers.ledger_examples import WALL, add_run, messages, states

GROUPS = {"a": "connection:a", "b": "group:shared", "c": "group:shared"}


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened


def hand_over(ledger: Ledger, run_id: str = "r", rows: int = 6) -> None:
    """A run over three connections, two of which share a pace, that waits for workers."""
    add_run(ledger, run_id, messages(rows), ("a", "b", "c"))
    with ledger.hold(run_id) as held:
        ledger.change_run(run_id, state=RunState.RUNNING.value)
        lay_out(ledger.engine, held, Kind.SEND, GROUPS, for_workers=True)


def let_die(ledger: Ledger, lane: str = "connection:a") -> None:
    """As if the worker of a lane had been elsewhere, and silent for longer than the lease."""
    values = {"lane": lane, "worker": str(Worker("elsewhere", 1, "1", "task")), "lease": LEASE_SECONDS + 1}
    with ledger.engine.begin() as connection:
        connection.execute(
            text("update lane set worker = :worker, heartbeat_at = heartbeat_at - :lease where name = :lane"), values
        )


def test_connections_that_share_a_pace_are_one_lane(ledger: Ledger) -> None:
    hand_over(ledger)

    lanes = ledger.lanes("r")

    assert {WHOLE_RUN: (), "connection:a": ("a",), "group:shared": ("b", "c")} == {
        name: lane.connections for name, lane in lanes.items()
    }
    assert [LaneState.DONE, LaneState.WAITING, LaneState.WAITING] == [lane.state for lane in lanes.values()]
    assert [0, 2, 4] == [lane.progress.counts.get(Status.NOT_ATTEMPTED, 0) for lane in lanes.values()]
    assert ledger.run("r").state is RunState.RUNNING


def test_a_wish_to_stop_outlives_that_the_run_is_handed_over(ledger: Ledger) -> None:
    """No worker takes what somebody wanted stopped before any worker could hear of it."""
    add_run(ledger, "r", messages(2))
    with ledger.hold("r") as held:
        asked = ask_to_stop(ledger, "r", "ann", "Stopped by ann.")
        lay_out(ledger.engine, held, Kind.SEND, {}, for_workers=True)
    with ledger.hold_lanes("r") as taken:
        names = set(taken.names)

    assert Asked.HOLDER is asked
    assert held.last_wish is not None
    assert set() == names
    assert {"Stopped by ann."} == {lane.stop_wish.reason for lane in ledger.lanes("r").values() if lane.stop_wish}


def test_a_wish_to_stop_outlives_a_moments_hold(ledger: Ledger) -> None:
    """Whoever was to heed it has died: no worker takes the lanes, and whoever looks next concludes the run."""
    hand_over(ledger)
    with ledger.hold_lanes("r", ["connection:a"]):
        ask_to_stop(ledger, "r", "ann", "Stopped by ann.")
        let_die(ledger)
        with ledger.hold("r"):
            pass
    after_one = waiting_runs(ledger)
    with ledger.hold("r"):
        pass
    with ledger.hold_lanes("r") as worker:
        names = set(worker.names)
        is_mine = take_conclusion(ledger.engine, worker)
    lanes = [lane for name, lane in ledger.lanes("r").items() if name != WHOLE_RUN]

    assert [("r", [])] == [(found.run_id, found.lanes) for found in after_one]
    assert (set(), True) == (names, is_mine)
    assert {(LaneState.STOPPED, "Stopped by ann.")} == {(lane.state, lane.stop_reason) for lane in lanes}


def test_a_run_that_goes_on_is_not_stopped_by_an_earlier_wish(ledger: Ledger) -> None:
    """Whoever lays it out anew has decided that; one that was asked for since it is held counts."""
    hand_over(ledger)
    with ledger.hold_lanes("r"):
        ask_to_stop(ledger, "r", "ann", "Stopped by ann.")
        let_die(ledger)
        let_die(ledger, "group:shared")
        with ledger.hold("r") as held:
            Heart(ledger.engine, held).look()
            lay_out(ledger.engine, held, Kind.SEND, GROUPS, for_workers=True)
    reasons = {lane.stop_reason for lane in ledger.lanes("r").values()}

    assert held.last_wish is None
    assert {""} == reasons
    assert ["connection:a", "group:shared"] == [name for found in waiting_runs(ledger) for name in found.lanes]


def test_why_a_lane_ended_outlives_a_moments_hold(ledger: Ledger) -> None:
    """Whoever concludes the run later tells it."""
    hand_over(ledger)
    with ledger.hold_lanes("r", ["connection:a"]) as dying:
        end_lanes(ledger.engine, dying, LaneState.STOPPED, "unreachable", "Nobody is there.")
        for name in (WHOLE_RUN, "connection:a"):
            let_die(ledger, name)
        with ledger.hold("r"):
            pass

    assert {"", "unreachable"} == {lane.stop_code for lane in ledger.lanes("r").values()}


def test_two_workers_have_a_lane_each_and_the_last_concludes(ledger: Ledger) -> None:
    hand_over(ledger)

    with ledger.hold_lanes("r", ["connection:a"]) as first, ledger.hold_lanes("r") as second:
        names = (set(first.names), set(second.names))
        with pytest.raises(RunInProgress), ledger.hold("r"):
            pass
        endings = [end_lanes(ledger.engine, held, LaneState.DONE, "", "") for held in (first, second)]
        is_whole = (first.is_whole, second.is_whole)
        again = [found.run_id for found in waiting_runs(ledger)]

    assert ({"connection:a"}, {"group:shared"}) == names
    assert [Ending.OTHERS_GO_ON, Ending.LAST] == endings
    assert (False, True) == is_whole
    assert [] == again


def test_a_run_whose_last_worker_died_before_it_told_the_end_is_concluded_by_another(ledger: Ledger) -> None:
    hand_over(ledger)
    with ledger.hold_lanes("r") as dying:
        end_lanes(ledger.engine, dying, LaneState.DONE, "", "")
        let_die(ledger, WHOLE_RUN)
        found = waiting_runs(ledger)
        with ledger.hold_lanes("r") as other:
            is_mine = take_conclusion(ledger.engine, other)
            is_other = take_conclusion(ledger.engine, other)

    assert [("r", [])] == [(each.run_id, each.lanes) for each in found]
    assert (True, False) == (is_mine, is_other)


def test_a_lane_whose_worker_died_is_taken_and_its_rows_in_flight_are_settled(ledger: Ledger) -> None:
    """Those of the other lane, which somebody works on, are left alone."""
    hand_over(ledger)
    run = ledger.run("r")
    heard: list[News] = []
    with ledger.hold_lanes("r", ["connection:a"]) as dying, ledger.hold_lanes("r") as alive:
        with (
            Journal(ledger, "r", WALL, heard.append, held=dying) as one,
            Journal(ledger, "r", WALL, heard.append, held=alive) as other,
        ):
            one.tell(Claim(ledger.next_pending(run, "a", -1, 1)[0], WALL))
            other.tell(Claim(ledger.next_pending(run, "b", -1, 1)[0], WALL))
        let_die(ledger)
        with ledger.hold_lanes("r") as heir:
            ledger.settle_stale(heir, run, WALL)
            recount(ledger.engine, heir, Kind.SEND)
            counts = heir.lanes["connection:a"].progress.counts
            taken = set(heir.names)

    assert {"connection:a"} == taken
    assert ["unknown", "in_flight", "pending", "pending", "pending", "pending"] == states(ledger, "r")
    assert {Status.UNKNOWN: 1, Status.NOT_ATTEMPTED: 1} == counts


def test_who_lost_one_lane_goes_on_with_the_others(ledger: Ledger) -> None:
    hand_over(ledger)
    run = ledger.run("r")
    heard: list[News] = []
    with ledger.hold_lanes("r") as mine:
        let_die(ledger)
        with ledger.hold_lanes("r") as other, Journal(ledger, "r", WALL, heard.append, held=mine) as journal:
            for name in ("a", "b"):
                journal.tell(Claim(ledger.next_pending(run, name, -1, 1)[0], WALL))
        taken = set(other.names)

    assert {"connection:a"} == taken
    assert {("a", LaneLost), ("b", Claimed)} == {(news.job.connection, type(news)) for news in heard}  # type: ignore[union-attr]


def test_a_wish_to_stop_is_heard_and_a_lane_with_one_is_not_taken(ledger: Ledger) -> None:
    hand_over(ledger)
    wishes: list[StopWish] = []

    nobody = ask_to_stop(ledger, "r", "anna", "Stopped by anna.")
    with ledger.hold_lanes("r", ["connection:a"]) as held:
        somebody = ask_to_stop(ledger, "r", "anna", "Stopped by anna.")
        Heart(ledger.engine, held).look()
        held.listen(wishes.append, lambda _lane: None)
        free = waiting_runs(ledger)

    assert (Asked.NOBODY, Asked.WORKER) == (nobody, somebody)
    assert [("anna", "interrupted")] == [(wish.by, wish.code) for wish in wishes]
    assert [] == free


def test_a_lane_that_stops_for_a_reason_of_the_run_stops_the_others(ledger: Ledger) -> None:
    """Those that nobody works on end at once, whoever works on another hears of it."""
    hand_over(ledger)
    wishes: list[StopWish] = []
    with ledger.hold_lanes("r", ["connection:a"]) as first:
        ending = end_lanes(ledger.engine, first, LaneState.STOPPED, "credentials_refused", "Wrong key.")
        states_then = [lane.state for lane in ledger.lanes("r").values()]
    hand_over(ledger, "s")
    with ledger.hold_lanes("s", ["connection:a"]) as first, ledger.hold_lanes("s") as second:
        second.listen(wishes.append, lambda _lane: None)
        going_on = end_lanes(ledger.engine, first, LaneState.STOPPED, "credentials_refused", "Wrong key.")
        Heart(ledger.engine, second).look()

    assert Ending.LAST is ending
    assert [LaneState.DONE, LaneState.STOPPED, LaneState.STOPPED] == states_then
    assert Ending.OTHERS_GO_ON is going_on
    assert ["credentials_refused"] == [wish.code for wish in wishes]


def test_three_doubts_in_a_row_are_three_whoever_met_them(ledger: Ledger) -> None:
    """Two workers with a breaker each: the third doubt of both together stops the run."""
    hand_over(ledger)
    run = ledger.run("r")
    heard: list[News] = []
    with ExitStack() as stack:
        journals = {}
        for names, lanes in (("a", ["connection:a"]), ("bc", ["group:shared"])):
            held = stack.enter_context(ledger.hold_lanes("r", lanes))
            journals[names] = (held, Breaker(MaxErrors(in_a_row=10), 6))
        for connection, names in (("a", "a"), ("b", "bc"), ("c", "bc")):
            held, breaker = journals[names]
            job = ledger.next_pending(run, connection, -1, 1)[0]
            with Journal(ledger, "r", WALL, heard.append, held=held, in_a_row=breaker) as journal:
                journal.tell(Claim(job, WALL))
            with Journal(ledger, "r", WALL, heard.append, held=held, in_a_row=breaker) as journal:
                made = Attempt(1, WALL, 0.1, 502, "gateway_error", Delivery.MAYBE)
                journal.tell(Record(job, made, Unknown(Issue("gateway_error")), WALL))

    stops = [news.stop for news in heard if isinstance(news, Recorded)]
    assert [True, True, False] == [stop is None for stop in stops]
    assert "unknown_in_a_row" == stops[2].code  # type: ignore[union-attr]


def test_what_nobody_handed_over_waits_for_no_worker(ledger: Ledger) -> None:
    """A plan, a run of a person's own process, and one that a person stopped."""
    add_run(ledger, "planned", messages(3))
    add_run(ledger, "own", messages(3))
    with ledger.hold("own") as held:
        ledger.change_run("own", state=RunState.RUNNING.value)
        lay_out(ledger.engine, held, Kind.SEND, {}, for_workers=False)
    hand_over(ledger, "stopped")
    ledger.change_run("stopped", state=RunState.INTERRUPTED.value, stop_code="interrupted")

    assert [] == waiting_runs(ledger)
    assert ledger.run("own").state is RunState.INTERRUPTED
    with ledger.hold_lanes("own") as held:
        assert not held.names


def test_the_heart_writes_down_how_far_the_lanes_are(ledger: Ledger) -> None:
    hand_over(ledger)
    told = LaneProgress({Status.SENT: 1, Status.NOT_ATTEMPTED: 1}, 2, 1, 3.5, 0.5, WALL, "rate_limited")
    with ledger.hold_lanes("r", ["connection:a"]) as held:
        held.tell({"connection:a": told})
        Heart(ledger.engine, held).beat()

        assert told == ledger.lanes("r")["connection:a"].progress


def test_a_run_whose_failed_rows_are_reopened_is_found_as_one_to_go_on_with(ledger: Ledger) -> None:
    """In one step: who is killed right behind it leaves no finished run with rows that nobody would send."""
    run = add_run(ledger, "r", messages(2))
    drive(ledger, run, Scripted(lambda _request, _nth: refused()))
    ledger.change_run("r", state=RunState.FINISHED.value)

    with ledger.hold("r"):
        reopened = reopen_failed(ledger, "r")

    assert 2 == reopened
    assert ledger.run("r").state is RunState.INTERRUPTED


def test_a_token_of_a_lane_never_begins_anew(ledger: Ledger) -> None:
    """Whoever slept through a new layout of the run finds its token old."""
    hand_over(ledger)
    with ledger.hold_lanes("r") as asleep:
        before = {name: asleep.token(name) for name in asleep.names}
        for name in before:
            let_die(ledger, name)
        with ledger.hold("r") as held:
            lay_out(ledger.engine, held, Kind.SEND, dict.fromkeys("abc", "connection:a"), for_workers=True)
        after = ledger.lanes("r")

    assert all(after[name].token > token for name, token in before.items())
    assert LaneState.DONE is after["group:shared"].state


def test_work_that_fails_gives_its_lanes_back_at_once(ledger: Ledger) -> None:
    """Nobody else waits out a lease because of an error here."""
    hand_over(ledger)

    for hold in (ledger.hold("r"), ledger.hold_lanes("r")):
        with pytest.raises(ZeroDivisionError), hold:
            raise ZeroDivisionError

    with ledger.engine.connect() as connection:
        assert {""} == set(connection.execute(text("select worker from lane")).scalars())


def test_who_slept_while_the_run_was_taken_lays_nothing_out(ledger: Ledger) -> None:
    """Nor does the run say that it goes on."""
    hand_over(ledger)
    ledger.change_run("r", state=RunState.INTERRUPTED.value)
    changes = {"state": RunState.RUNNING.value}

    with ledger.hold("r") as asleep:
        for name in ledger.lanes("r"):
            let_die(ledger, name)
        with ledger.hold("r"), pytest.raises(TakenOver):
            lay_out(ledger.engine, asleep, Kind.SEND, GROUPS, for_workers=False, changes=changes)

    assert RunState.INTERRUPTED is ledger.run("r").state


def test_a_heart_that_looks_before_a_step_is_kept_loses_nothing(ledger: Ledger) -> None:
    """Lanes that are just laid out, or the run that is just to be concluded, are not in the ledger for others yet."""
    add_run(ledger, "r", messages(6), ("a", "b", "c"))
    with ledger.hold("r") as held:
        heart = Heart(ledger.engine, held)
        event.listen(ledger.engine, "commit", lambda _connection: heart.look())
        lay_out(ledger.engine, held, Kind.SEND, GROUPS, for_workers=False)
        laid_out = set(held.names)
    hand_over(ledger, "s")
    with ledger.hold_lanes("s") as held:
        heart = Heart(ledger.engine, held)
        ending = end_lanes(ledger.engine, held, LaneState.DONE, "", "")
        ended = set(held.names)

    assert {WHOLE_RUN, "connection:a", "group:shared"} == laid_out
    assert Ending.LAST is ending
    assert {WHOLE_RUN, "connection:a", "group:shared"} == ended


def test_outcome_that_is_written_twice_is_counted_once(ledger: Ledger) -> None:
    """As where the answer of a commit got lost: the doubt of one row stays one."""
    hand_over(ledger)
    run = ledger.run("r")
    breaker = Breaker(MaxErrors(in_a_row=10), 6)
    with ledger.hold_lanes("r") as held:
        jobs = [ledger.next_pending(run, name, -1, 1)[0] for name in "ab"]
        writer = BatchWriter(ledger.run_key("r"), None, WALL, held, {}, lambda: WALL, lambda: 0.0, breaker)
        made = Attempt(1, WALL, 0.1, 502, "gateway_error", Delivery.MAYBE)
        outcomes = [Record(job, made, Unknown(Issue("gateway_error")), WALL) for job in jobs]
        claims, records = Batch([Claim(job, WALL) for job in jobs]), Batch(outcomes)
        for batch in (claims, records, records):
            with ledger.engine.begin() as connection:
                writer.write(connection, batch)

    assert {} == records.stops
    assert ["unknown", "unknown"] == [state for state in states(ledger, "r") if state != "pending"]
