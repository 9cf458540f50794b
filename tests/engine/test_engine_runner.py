"""The runner on a real ledger: what is claimed, sent, kept, tried again and stopped."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.session import StopRequested
from hotline_batch.engine.worker import Answered
from hotline_batch.errors import ApiError, RateLimited
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo, Request, SendMessage, Status
from hotline_batch.model.progress import Progress
from hotline_batch.model.runs import RunState
from hotline_batch.settings.units import MaxErrors
from tests.support.engine_bench import (
    Scripted,
    drive,
    limited,
    lost,
    missing,
    redirected,
    refused,
    runner_for,
    unreachable,
    untrusted,
    wrong_keys,
)
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import add_run, codes, ledger_url, messages, records, settle_left, states


def failing(*numbers: int, error: ApiError) -> Scripted:
    """The n-th requests overall meet the error; all others are well."""
    return Scripted(lambda _request, number: error if number in numbers else None)


def take_a_moment() -> None:
    """A request under way for real, long enough for others to leave meanwhile if they may."""
    threading.Event().wait(0.1)


# ── all is well ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("concurrency", [1, 8])
def test_every_row_is_sent_once_and_the_run_is_finished(ledger: Ledger, concurrency: int) -> None:
    run = add_run(ledger, "r", messages(40))
    service = Scripted()

    end = drive(ledger, run, service, concurrency=concurrency)

    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 40 == states(ledger, "r")
    assert sorted(range(1001, 1041)) == sorted(service.users())
    assert [1] * 40 == [row.attempts for row in ledger.rows("r")]


def test_a_run_without_rows_to_send_is_finished_at_once(ledger: Ledger) -> None:
    end = drive(ledger, add_run(ledger, "r", []), Scripted())

    assert RunState.FINISHED is end.state


def test_requests_leave_at_the_rate_and_no_faster(ledger: Ledger) -> None:
    """18 a minute: evenly spaced from the first request on."""
    run = add_run(ledger, "r", messages(40))
    service = Scripted()

    drive(ledger, run, service, rate=(18, 60.0), concurrency=8)

    gaps = [later - earlier for earlier, later in pairwise(service.moments)]
    assert all(60 / 18 <= gap <= 60 / 18 / 0.985 for gap in gaps)


def test_no_more_than_the_allowed_number_is_in_flight_and_that_many_are(ledger: Ledger) -> None:
    """Four at once, no fifth, as soon as the first answer showed that all is well."""
    run = add_run(ledger, "r", messages(41))
    meeting = threading.Barrier(4, timeout=120)
    service = Scripted()
    service.work = lambda: meeting.wait() if len(service.requests) > 1 else None  # type: ignore[method-assign]

    end = drive(ledger, run, service, concurrency=4, clock=FakeClock(patience_seconds=0.01))

    assert RunState.FINISHED is end.state
    assert 4 == service.most_in_flight


def test_the_claim_is_on_the_disk_while_the_request_is_under_way(ledger: Ledger, tmp_path: Path) -> None:
    """Another program that looks into the file sees the row in flight, and the rows before it with their outcome."""
    run = add_run(ledger, "r", messages(12))
    seen: list[list[str]] = []

    class Looking(Scripted):
        def work(self) -> None:
            with sqlite3.connect(tmp_path / "ledger.sqlite") as other:
                seen.append([state for (state,) in other.execute("select state from sheet_row order by position")])
            other.close()

    drive(ledger, run, Looking())

    assert [["succeeded"] * n + ["in_flight"] + ["pending"] * (11 - n) for n in range(12)] == seen


def test_two_connections_go_side_by_side_and_neither_starves(ledger: Ledger) -> None:
    """Rows of both leave in turn, although one lane stands first in every comparison."""
    run = add_run(ledger, "r", messages(40), connections=("a", "b"))
    service = Scripted()

    drive(ledger, run, service, rate=(1, 1.0))

    parities = [user % 2 for user in service.users()]
    assert all(8 <= sum(parities[start : start + 20]) <= 12 for start in range(0, 40, 20))


def test_a_lane_that_must_wait_does_not_hold_up_the_other(ledger: Ledger) -> None:
    """One connection is told to wait for five minutes; the other sends all of its rows meanwhile."""
    run = add_run(ledger, "r", messages(20), connections=("a", "b"))
    busy = failing(1, error=limited(300.0))
    well = Scripted()
    clock = FakeClock()

    drive(ledger, run, {"a": busy, "b": well}, clock=clock)

    assert well.moments[-1] < busy.moments[1] - 200
    assert ["succeeded"] * 20 == states(ledger, "r")


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_messages_of_a_user_arrive_in_the_order_of_the_sheet_also_under_retries(
    ledger: Ledger, concurrency: int
) -> None:
    requests = [SendMessage(1001 + i % 5, f"Message {i:03}") for i in range(60)]
    run = add_run(ledger, "r", requests)
    arrived: list[SendMessage] = []

    def rule(request: Request, number: int) -> ApiError | None:
        if number % 7 == 3:
            return unreachable()
        if number % 11 == 5:
            return limited(1.0)
        assert isinstance(request, SendMessage)
        arrived.append(request)
        return None

    end = drive(ledger, run, Scripted(rule), concurrency=concurrency, most_tries=20)

    assert RunState.FINISHED is end.state
    for user in range(1001, 1006):
        of_user = [request.message for request in arrived if request.user_id == user]
        assert [request.message for request in requests if request.user_id == user] == of_user


# ── keys, addresses, outages ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [wrong_keys(), untrusted(), missing()], ids=["keys", "certificate", "address"])
def test_what_no_row_can_survive_meets_one_row_only(ledger: Ledger, error: ApiError) -> None:
    """With 32 allowed in flight: one request, all rows still to be done, and the reason told."""
    run = add_run(ledger, "r", messages(100))
    service = Scripted(lambda _request, _number: error)
    service.work = take_a_moment  # type: ignore[method-assign]

    end = drive(ledger, run, service, concurrency=32, clock=FakeClock(patience_seconds=0.005))

    assert (RunState.STOPPED, error.code, error.reason) == (end.state, end.stop_code, end.stop_reason)
    assert not end.reached_anything
    assert 1 == len(service.requests)
    assert ["pending"] * 100 == states(ledger, "r")


def test_keys_that_are_refused_after_a_429_meet_one_row_as_well(ledger: Ledger) -> None:
    """Who is asked to wait was not looked at yet: that is no sign that all is well."""
    run = add_run(ledger, "r", messages(100))
    service = Scripted(lambda _request, number: limited(1.0) if number == 1 else wrong_keys())
    service.work = take_a_moment  # type: ignore[method-assign]

    drive(ledger, run, service, concurrency=32, clock=FakeClock(patience_seconds=0.005))

    assert 2 == len(service.requests)


def test_an_address_that_falls_silent_is_probed_for_a_while_and_then_given_up(ledger: Ledger) -> None:
    """A restart would be over within half a minute: few probes, longer and longer pauses, no row lost."""
    run = add_run(ledger, "r", messages(30))
    service = Scripted(lambda _request, number: missing() if number > 10 else None)

    end = drive(ledger, run, service)

    assert (RunState.STOPPED, "endpoint_missing") == (end.state, end.stop_code)
    assert 17 == len(service.requests)
    assert 30 <= service.moments[-1] - service.moments[10] <= 64
    assert ["succeeded"] * 10 + ["pending"] * 20 == states(ledger, "r")


@pytest.mark.parametrize("concurrency", [1, 16])
def test_an_address_that_comes_back_is_used_again(ledger: Ledger, concurrency: int) -> None:
    """Also where sixteen requests met the restart at once: they count as one."""
    run = add_run(ledger, "r", messages(80))
    met = threading.Barrier(concurrency, timeout=120)

    def rule(_request: Request, number: int) -> ApiError | None:
        if 20 < number <= 20 + concurrency:
            met.wait()
            return missing()
        return None

    end = drive(ledger, run, Scripted(rule), concurrency=concurrency, clock=FakeClock(patience_seconds=0.05))

    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 80 == states(ledger, "r")


def test_a_service_that_cannot_be_reached_from_the_start_is_given_up_after_so_many_tries(ledger: Ledger) -> None:
    """One row tries, with pauses; no row is failed, all are still to be done."""
    run = add_run(ledger, "r", messages(50))
    service = Scripted(lambda _request, _number: unreachable())

    end = drive(ledger, run, service, most_tries=5, concurrency=8)

    assert (RunState.STOPPED, "unreachable") == (end.state, end.stop_code)
    assert 5 == len(service.requests)
    assert {1001} == set(service.users())
    assert 7 <= service.moments[-1] - service.moments[0] <= 16
    assert ["pending"] * 50 == states(ledger, "r")


@pytest.mark.parametrize("concurrency", [1, 8])
def test_an_outage_of_some_seconds_is_waited_out(ledger: Ledger, concurrency: int) -> None:
    """Nobody gets through for five seconds; then the run goes on by itself, and nobody was failed."""
    run = add_run(ledger, "r", messages(60))
    service = Scripted()
    began: list[float] = []

    def rule(_request: Request, number: int) -> ApiError | None:
        if number == 20:
            began.append(service.moments[-1])
        return unreachable() if began and service.moments[number - 1] < began[0] + 5 else None

    service.rule = rule
    end = drive(ledger, run, service, concurrency=concurrency)

    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 60 == states(ledger, "r")
    assert len(service.requests) < 60 + 8 * 5


def test_one_cut_connection_holds_nobody_up(ledger: Ledger) -> None:
    """The next row leaves at its time; the cut one follows."""
    run = add_run(ledger, "r", messages(5))
    service = failing(3, error=unreachable())

    drive(ledger, run, service, rate=(100, 1.0))

    assert [1001, 1002, 1003, 1004, 1005, 1003] == service.users()
    assert service.moments[3] - service.moments[2] < 0.02


# ── asked to wait ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("error", "shortest"), [(limited(30.0), 30.0), (limited(), 0.5)], ids=["told", "not told"])
def test_a_429_makes_everybody_wait_and_the_pace_drops(ledger: Ledger, error: RateLimited, shortest: float) -> None:
    """Nobody sends before the time is over; the refused row goes first; then at half the pace."""
    run = add_run(ledger, "r", messages(12))
    service = failing(4, error=error)

    drive(ledger, run, service, rate=(10, 1.0), concurrency=8)

    assert shortest <= service.moments[4] - service.moments[3] <= shortest + 1.0
    assert 1004 == service.users()[4]
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(service.moments[4:]))
    assert ["succeeded"] * 12 == states(ledger, "r")
    assert 2 == records(ledger, "r")[3].attempts


def test_a_wait_of_more_than_ten_minutes_stops_the_run(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(12))
    clock = FakeClock()

    end = drive(ledger, run, failing(4, error=limited(86_400.0)), clock=clock)

    assert (RunState.STOPPED, "rate_limited_too_long") == (end.state, end.stop_code)
    assert ["succeeded"] * 3 + ["pending"] * 9 == states(ledger, "r")
    assert clock.now < 1_100.0


@pytest.mark.parametrize("error", [limited, lost])
def test_a_pause_that_stopped_a_run_holds_back_its_next_session_and_other_runs(
    ledger: Ledger, error: Callable[[float], ApiError]
) -> None:
    """A process that begins in the last ten minutes of it waits until the time that was named, and says so."""
    runs = [add_run(ledger, "a", messages(3)), add_run(ledger, "b", messages(3, first_user=2001))]
    clock = FakeClock()
    stopped = drive(ledger, runs[0], Scripted(lambda _r, _n: error(1_200.0)), clock=clock, name="main")
    told_at, told = clock.now, []
    clock.jump(700.0)

    for run in reversed(runs):
        service = Scripted()
        end = drive(ledger, run, service, clock=clock, name="main", on_progress=told.append)
        assert RunState.FINISHED is end.state
        assert service.moments[0] >= told_at + 1_200.0
        assert service.moments[0] <= told_at + 1_202.0

    assert "rate_limited_too_long" == stopped.stop_code
    assert max(progress.waiting_seconds for progress in told) > 400.0


def test_a_person_s_word_counts_more_than_a_pause_of_hours(ledger: Ledger) -> None:
    """The run was stopped for it, and the time told; nobody has the program sleep for a day."""
    run, clock = add_run(ledger, "a", messages(3)), FakeClock()
    drive(ledger, run, Scripted(lambda _r, _n: limited(86_400.0)), clock=clock, name="main")
    clock.jump(3.0)
    resumed_at = clock.now

    end = drive(ledger, run, service := Scripted(), clock=clock, name="main")

    assert RunState.FINISHED is end.state
    assert service.moments[0] - resumed_at < 10.0


def test_ctrl_c_ends_the_wait_for_a_pause(ledger: Ledger) -> None:
    run, clock, inbox = add_run(ledger, "a", messages(3)), FakeClock(), EventQueue[Any]()
    drive(ledger, run, Scripted(lambda _r, _n: limited(1_200.0)), clock=clock, name="main")
    clock.jump(650.0)
    service = Scripted()

    def stop(progress: Progress) -> None:
        if progress.waiting_seconds > 400 and not progress.stopping:
            inbox.put(StopRequested())

    end = drive(ledger, run, service, clock=clock, name="main", inbox=inbox, on_progress=stop)

    assert RunState.INTERRUPTED is end.state
    assert [] == service.requests
    assert clock.now < 1_700.0
    assert ["pending"] * 3 == states(ledger, "a")


def test_a_doubtful_row_with_a_wait_makes_the_others_wait(ledger: Ledger) -> None:
    """Telegram's flood text inside a 500: that row is in doubt, the next leaves when the time is over."""
    run = add_run(ledger, "r", messages(4))
    service = failing(2, error=lost(40.0))

    drive(ledger, run, service)

    assert 40.0 <= service.moments[2] - service.moments[1]
    assert ["succeeded", "unknown", "succeeded", "succeeded"] == states(ledger, "r")


# ── bad outcomes in a row ────────────────────────────────────────────────────────────────────────────────────────────


def test_three_doubtful_rows_stop_the_run_and_none_is_sent_again(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(50))
    service = Scripted(lambda _request, number: lost() if number > 5 else None)

    end = drive(ledger, run, service)

    assert (RunState.STOPPED, "unknown_in_a_row") == (end.state, end.stop_code)
    assert ["succeeded"] * 5 + ["unknown"] * 3 + ["pending"] * 42 == states(ledger, "r")
    assert 8 == len(service.requests)


def test_an_outage_leaves_at_most_the_rows_in_flight_and_two_more_in_doubt(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(100))
    service = Scripted(lambda _request, number: lost() if number > 20 else None)

    end = drive(ledger, run, service, concurrency=8)

    assert RunState.STOPPED is end.state
    assert 3 <= states(ledger, "r").count("unknown") <= 8 + 2


def test_so_many_refused_rows_in_a_row_stop_the_run(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(20))

    end = drive(ledger, run, Scripted(lambda _r, _n: refused()), budget=MaxErrors(in_a_row=4))

    assert (RunState.STOPPED, "too_many_failed") == (end.state, end.stop_code)
    assert ["failed"] * 4 + ["pending"] * 16 == states(ledger, "r")


def test_a_breaker_that_opens_on_the_last_row_stops_nothing(ledger: Ledger) -> None:
    """Every row has its outcome, so the run is finished, and there is nothing to resume."""
    run = add_run(ledger, "r", messages(3))

    end = drive(ledger, run, Scripted(lambda _r, _n: lost()))

    assert RunState.FINISHED is end.state
    assert ["unknown"] * 3 == states(ledger, "r")


def test_a_redirect_leaves_one_doubtful_row_and_stops(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(10))
    service = Scripted(lambda _r, _n: redirected())

    end = drive(ledger, run, service, concurrency=8)

    assert (RunState.STOPPED, "redirected") == (end.state, end.stop_code)
    assert ["unknown"] + ["pending"] * 9 == states(ledger, "r")
    assert 1 == len(service.requests)


def test_an_error_of_our_own_leaves_the_row_in_doubt_and_the_run_alive(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(4))

    class Broken(Scripted):
        def work(self) -> None:
            if len(self.requests) == 2:
                raise ZeroDivisionError

    end = drive(ledger, run, Broken())

    assert RunState.FINISHED is end.state
    assert ["succeeded", "unknown", "succeeded", "succeeded"] == states(ledger, "r")
    assert "internal_error" == codes(ledger, "r")[1]


def test_a_look_up_in_doubt_is_done_again(ledger: Ledger) -> None:
    """A read may be repeated; after the last try it has failed."""
    run = add_run(ledger, "r", [GetTopicInfo(2101424779, 5000 + i) for i in range(3)])
    service = Scripted(lambda request, _n: lost() if request == GetTopicInfo(2101424779, 5001) else None)

    end = drive(ledger, run, service, most_tries=3)

    assert RunState.FINISHED is end.state
    assert ["succeeded", "failed", "succeeded"] == states(ledger, "r")
    assert [1, 3, 1] == [row.attempts for row in ledger.rows("r")]


# ── a person stops it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_asked_to_stop_nothing_new_leaves_and_what_is_in_flight_ends(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(30))
    inbox: EventQueue[Any] = EventQueue()

    class Stopping(Scripted):
        def work(self) -> None:
            if len(self.requests) == 5:
                inbox.put(StopRequested())

    service = Stopping()
    end = drive(ledger, run, service, inbox=inbox, rate=(10, 1.0))

    assert (RunState.INTERRUPTED, "interrupted") == (end.state, end.stop_code)
    assert ["succeeded"] * 5 + ["pending"] * 25 == states(ledger, "r")
    assert 5 == len(service.requests)


def test_asked_to_stop_during_a_long_wait_it_ends_at_once(ledger: Ledger) -> None:
    """The wait of another five minutes is not waited."""
    run = add_run(ledger, "r", messages(5))
    inbox: EventQueue[Any] = EventQueue()
    clock = FakeClock()
    service = failing(1, error=limited(300.0))
    runner = runner_for(ledger, run, service, clock=clock, inbox=inbox)
    receive = clock.receive

    def stopping(given: EventQueue[Any], seconds: float | None) -> Any:
        if clock.now > 1_010.0 and not runner._reasons.interrupts:
            inbox.put(StopRequested())
        return receive(given, seconds)

    clock.receive = stopping  # type: ignore[method-assign]

    end = runner.drive()

    assert RunState.INTERRUPTED is end.state
    assert clock.now < 1_015.0
    assert 1 == len(service.requests)


def test_asked_twice_it_returns_although_a_request_hangs(ledger: Ledger) -> None:
    """The hanging row is in flight in the ledger: in doubt for whoever goes on."""
    run = add_run(ledger, "r", messages(5))
    inbox: EventQueue[Any] = EventQueue()
    let_go = threading.Event()

    class Hanging(Scripted):
        def work(self) -> None:
            inbox.put(StopRequested())
            inbox.put(StopRequested())
            let_go.wait(120)

    try:
        end = drive(ledger, run, Hanging(), inbox=inbox)
        found = states(ledger, "r")
    finally:
        let_go.set()

    assert RunState.INTERRUPTED is end.state
    assert ["in_flight"] + ["pending"] * 4 == found
    settle_left(ledger, "r", 1.0)
    assert ["unknown"] + ["pending"] * 4 == states(ledger, "r")


def test_asked_twice_what_has_been_answered_by_then_is_kept(ledger: Ledger) -> None:
    """The answer comes right behind the second interrupt, before anybody has looked for it."""
    run = add_run(ledger, "r", messages(3))

    class Late(EventQueue[Any]):
        stops = 0
        answered = threading.Event()

        def put(self, event: object) -> None:
            super().put(event)
            if isinstance(event, Answered):
                self.answered.set()

        def receive(self, seconds: float | None) -> object:
            event = super().receive(seconds)
            self.stops += isinstance(event, StopRequested)
            if self.stops == 2:
                self.answered.wait(120)
            return event

        def empty(self) -> bool:
            return self.stops == 2 or super().empty()

    inbox = Late()

    class Answering(Scripted):
        def work(self) -> None:
            inbox.put(StopRequested())
            inbox.put(StopRequested())

    end = drive(ledger, run, Answering(), inbox=inbox)

    assert RunState.INTERRUPTED is end.state
    assert ["succeeded", "pending", "pending"] == states(ledger, "r")


def test_a_stop_that_comes_with_the_last_row_changes_nothing(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(2))
    inbox: EventQueue[Any] = EventQueue()

    class Stopping(Scripted):
        def work(self) -> None:
            if len(self.requests) == 2:
                inbox.put(StopRequested())

    assert RunState.FINISHED is drive(ledger, run, Stopping(), inbox=inbox).state


# ── going on ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_goes_on_sends_only_what_is_left(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(10))
    first = Scripted(lambda _r, number: wrong_keys() if number == 5 else None)
    drive(ledger, run, first)

    second = Scripted()
    end = drive(ledger, run, second)

    assert RunState.FINISHED is end.state
    assert list(range(1005, 1011)) == sorted(second.users())
    assert [1, 1, 1, 1, 2, 1, 1, 1, 1, 1] == [row.attempts for row in ledger.rows("r")]


def test_a_clock_that_was_set_back_by_days_costs_ten_minutes_at_most(ledger: Ledger) -> None:
    """A row that was to be tried again at noon is not made to wait until noon comes again."""
    run = add_run(ledger, "r", messages(2))
    drive(ledger, run, Scripted(lambda _r, number: limited(5.0) if number == 1 else wrong_keys()))
    clock = FakeClock(wall=1_800_000_000.0 - 5 * 86_400)

    end = drive(ledger, run, Scripted(), clock=clock)

    assert RunState.FINISHED is end.state
    assert clock.now <= 1_000.0 + 601.0


@pytest.mark.parametrize("hours", [-30, -2, 0, 20])
def test_a_message_that_another_run_sent_is_not_sent_again_whatever_the_clock_says_now(
    ledger: Ledger, hours: int
) -> None:
    """A clock set back by hours makes the other run's message lie in the future: it counts all the same."""
    drive(ledger, add_run(ledger, "first", messages(5)), Scripted())
    again = add_run(ledger, "again", messages(7))
    service = Scripted()

    end = drive(ledger, again, service, clock=FakeClock(wall=1_800_000_000.0 + hours * 3_600))

    assert RunState.FINISHED is end.state
    assert [1006, 1007] == service.users()
    assert ["skipped"] * 5 + ["succeeded"] * 2 == states(ledger, "again")


def test_two_runs_over_the_same_sheet_at_once_send_each_message_once(ledger: Ledger, tmp_path: Path) -> None:
    """Started together, each with its own ledger connection: whoever claims first sends."""
    requests = messages(60)
    runs = [add_run(ledger, name, requests) for name in ("one", "two")]
    service = Scripted()

    def go(name: str) -> None:
        with Ledger(ledger_url(tmp_path)) as own:
            drive(own, own.run(name), service, concurrency=4)

    threads = [threading.Thread(target=go, args=(run.id,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(range(1001, 1061)) == sorted(service.users())
    assert {"succeeded", "skipped"} == set(states(ledger, "one")) | set(states(ledger, "two"))
    assert [{"succeeded", "skipped"}] * 60 == [
        set(pair) for pair in zip(states(ledger, "one"), states(ledger, "two"), strict=True)
    ]


def test_without_a_duplicate_window_the_same_message_is_sent_again(ledger: Ledger) -> None:
    drive(ledger, add_run(ledger, "first", messages(3)), Scripted())

    service = Scripted()
    drive(ledger, add_run(ledger, "again", messages(3)), service, window_seconds=0.0)

    assert 3 == len(service.requests)


def test_a_stop_is_not_forgotten_when_another_row_in_flight_fails_later(ledger: Ledger) -> None:
    """The keys are refused; the answer to the row that was under way meanwhile stops nothing: nothing more leaves."""
    run = add_run(ledger, "r", messages(6))
    both_are_out, others_wait = threading.Barrier(2), threading.Event()

    def answer(request: Request, _number: int) -> ApiError | None:
        assert isinstance(request, SendMessage)
        if request.user_id == 1003:
            both_are_out.wait(120)
            return wrong_keys()
        if request.user_id == 1004:
            both_are_out.wait(120)
            while states(ledger, "r")[2] == "in_flight":  # until the first answer is judged and kept
                others_wait.wait(0.01)
            return refused()
        return None

    service = Scripted(answer)

    end = drive(ledger, run, service, concurrency=2)

    assert (RunState.STOPPED, "credentials_refused") == (end.state, end.stop_code)
    assert [1001, 1002, 1003, 1004] == sorted(service.users())
    assert ["succeeded", "succeeded", "pending", "failed", "pending", "pending"] == states(ledger, "r")


def test_whoever_watches_is_told_from_the_first_row_to_the_last(ledger: Ledger) -> None:
    """Each snapshot adds up, none goes back, the last ones know nearly all; a watcher that fails disturbs nothing."""
    run = add_run(ledger, "r", messages(30))
    told: list[Progress] = []
    seen: list[dict[Status, int]] = []

    def watch(progress: Progress) -> None:
        told.append(progress)
        seen.append(dict(progress.counts))
        if len(told) == 12:
            raise RuntimeError("the window was closed")

    clock = FakeClock()
    end = drive(ledger, run, Scripted(), clock=clock, rate=(2, 1.0), on_progress=watch)

    assert RunState.FINISHED is end.state
    assert 12 == len(told)
    assert {30} == {progress.rows for progress in told}
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert [sum(counts.values()) for counts in seen] == [progress.done for progress in told]
    assert told[-1].done > 0
    assert ["succeeded"] * 30 == states(ledger, "r")


@pytest.mark.parametrize("name", ["", "shared"])
def test_rows_that_another_run_has_sent_take_no_turn(ledger: Ledger, name: str) -> None:
    """Two people send one sheet: whoever comes second is through at once, and its own rows keep the pace."""
    both = messages(40)
    first, second = add_run(ledger, "first", both), add_run(ledger, "second", [*both, *messages(2, first_user=9001)])
    drive(ledger, first, Scripted())
    clock, service = FakeClock(), Scripted()
    runner = runner_for(ledger, second, service, clock=clock, rate=(20, 60.0), name=name)
    began = clock.now

    runner.drive()

    assert [9001, 9002] == service.users()
    assert clock.now - began < 10
    assert service.moments[1] - service.moments[0] >= 3
