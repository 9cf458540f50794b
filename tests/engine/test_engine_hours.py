"""Nothing leaves outside of the hours; a run waits for them without losing its pace or its place."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hotline_batch.engine.clock import EventQueue, Gate
from hotline_batch.engine.session import HANDED_BACK, INTERRUPTED, StopRequested
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.run_audit import audit_lines
from hotline_batch.model.progress import Progress
from hotline_batch.model.runs import RunState
from hotline_batch.opening_hours.week import ALWAYS, Hours, Week
from tests.support.engine_bench import Scripted, limited, runner_for
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import add_run, messages, states

BERLIN = ZoneInfo("Europe/Berlin")
WORKING_DAYS = Hours(((Week.parse("09:00-18:00", "mon-fri", "DE"), BERLIN),))
# Christmas Day 2026 is a Friday.
EVE = datetime(2026, 12, 24, 17, 55, tzinfo=BERLIN).timestamp()
EVENING = datetime(2026, 11, 26, 17, 55, tzinfo=BERLIN).timestamp()


def shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, BERLIN).strftime("%a %d %b %H:%M:%S")


def moments_on_the_wall(service: Scripted, clock: FakeClock) -> list[float]:
    return [clock.wall_now - clock.now + moment for moment in service.moments]


def test_requests_leave_within_the_hours_alone_and_at_the_same_pace_before_and_after(ledger: Ledger) -> None:
    """Twelve a minute from five minutes before closing: sixty leave, the other ten from nine o'clock on."""
    run, service, clock = add_run(ledger, "r", messages(70)), Scripted(), FakeClock(wall=EVE)

    end = runner_for(ledger, run, service, clock=clock, rate=(12, 60.0), hours={"main": WORKING_DAYS}).drive()

    left = moments_on_the_wall(service, clock)
    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 70 == states(ledger, "r")
    assert list(range(1001, 1071)) == service.users()
    before = [moment for moment in left if moment < EVE + 300]
    assert 59 <= len(before) <= 60
    assert "Mon 28 Dec 09:00:00" == shown(left[len(before)])
    gaps = [after - moment for moment, after in zip(left[len(before) :], left[len(before) + 1 :], strict=False)]
    assert min(gaps) >= 4.98
    assert max(gaps) < 5.2


def test_time_outside_of_the_hours_is_no_time_of_the_run(ledger: Ledger) -> None:
    """It took a minute to send, not a night."""
    run, clock = add_run(ledger, "r", messages(61)), FakeClock(wall=EVENING)

    end = runner_for(ledger, run, Scripted(), clock=clock, rate=(12, 60.0), hours={"main": WORKING_DAYS}).drive()

    assert 299.9 <= end.seconds < 315


def test_whoever_looks_on_hears_until_when_it_waits_and_when_it_ends(ledger: Ledger) -> None:
    """Also before the first row has left."""
    told: list[tuple[float, Progress]] = []
    run, clock = add_run(ledger, "r", messages(13)), FakeClock(wall=EVENING + 3_600)
    runner = runner_for(
        ledger,
        run,
        Scripted(),
        clock=clock,
        rate=(12, 60.0),
        hours={"main": WORKING_DAYS},
        on_progress=lambda progress: told.append((clock.wall(), progress)),
    )

    runner.drive()

    at, waiting = next(each for each in told if each[1].closed_until is not None)
    assert waiting.closed_until is not None
    assert waiting.seconds_left is not None
    assert "Fri 27 Nov 09:00:00" == shown(waiting.closed_until)
    assert "Fri 27 Nov 09:01" == shown(at + waiting.seconds_left)[:-3]
    assert 0 == waiting.done
    assert told[-1][1].closed_until is None


def test_a_person_who_stops_a_run_that_waits_is_heard_at_once(ledger: Ledger) -> None:
    """Nothing was sent; the rows are as they were."""
    inbox: EventQueue[object] = EventQueue()
    run, service, clock = add_run(ledger, "r", messages(5)), Scripted(), FakeClock(wall=EVENING + 3_600)
    runner = runner_for(
        ledger,
        run,
        service,
        clock=clock,
        inbox=inbox,
        hours={"main": WORKING_DAYS},
        on_progress=lambda progress: inbox.put(StopRequested()) if progress.closed_until else None,
    )

    end = runner.drive()

    assert (RunState.INTERRUPTED, INTERRUPTED) == (end.state, end.stop_code)
    assert clock.wall_now < EVENING + 3_700
    assert [] == service.requests
    assert ["pending"] * 5 == states(ledger, "r")


def test_a_worker_that_has_other_work_leaves_instead_of_waiting(ledger: Ledger) -> None:
    """Whoever is there when the hours begin goes on; a wait of seconds is waited for."""
    run, service, clock = add_run(ledger, "r", messages(61)), Scripted(), FakeClock(wall=EVENING)
    options = {"clock": clock, "rate": (12, 60.0), "hours": {"main": WORKING_DAYS}, "leaves_when_closed": True}

    end = runner_for(ledger, run, service, **options).drive()  # type: ignore[arg-type]

    assert HANDED_BACK == end.stop_code
    assert EVENING + 299 < clock.wall_now < EVENING + 310
    clock.jump(WORKING_DAYS.next_open(clock.wall_now) - clock.wall_now - 30)
    end = runner_for(ledger, run, service, **options).drive()  # type: ignore[arg-type]
    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 61 == states(ledger, "r")


def test_each_connection_keeps_its_own_hours(ledger: Ledger) -> None:
    """What may leave now does not wait for what may not."""
    run = add_run(ledger, "r", messages(4), ("day", "always"))
    day, always = Scripted(), Scripted()
    clock = FakeClock(wall=EVENING + 3_600)

    runner_for(ledger, run, {"day": day, "always": always}, clock=clock, hours={"day": WORKING_DAYS}).drive()

    assert max(moments_on_the_wall(always, clock)) < EVENING + 3_700
    assert ["Fri 27 Nov 09:00"] * 2 == [shown(moment)[:-3] for moment in moments_on_the_wall(day, clock)]


def test_a_row_whose_claim_took_so_long_that_the_hours_ended_does_not_leave(ledger: Ledger) -> None:
    """It is tried again when they begin, and has lost none of its attempts."""
    run, service = add_run(ledger, "r", messages(1)), Scripted()
    clock = FakeClock(wall=EVENING + 300 - 1)
    runner = runner_for(ledger, run, service, clock=clock, most_tries=1, hours={"main": WORKING_DAYS})
    take_news = runner._take_news

    def late(news: object) -> None:
        if clock.wall_now < EVENING + 300:
            clock.jump(2.0)  # the commit took that long
        take_news(news)  # type: ignore[arg-type]

    runner._take_news = late  # type: ignore[method-assign]

    end = runner.drive()

    assert RunState.FINISHED is end.state
    assert ["Fri 27 Nov 09:00"] == [shown(moment)[:-3] for moment in moments_on_the_wall(service, clock)]
    assert ["outside_hours", ""] == [
        line["error_code"] for line in map(json.loads, audit_lines(ledger, run)) if "error_code" in line
    ]
    assert ["succeeded"] == states(ledger, "r")


def test_a_row_that_is_to_be_tried_again_after_closing_time_waits_for_the_morning(ledger: Ledger) -> None:
    """Whatever the service asked for."""
    run = add_run(ledger, "r", messages(2))
    service = Scripted(lambda _request, number: limited(60) if number == 1 else None)
    clock = FakeClock(wall=EVENING + 270)

    runner_for(ledger, run, service, clock=clock, hours={"main": WORKING_DAYS}).drive()

    assert ["Thu 26 Nov 17:59", "Fri 27 Nov 09:00", "Fri 27 Nov 09:00"] == [
        shown(moment)[:-3] for moment in moments_on_the_wall(service, clock)
    ]


@pytest.mark.parametrize(
    ("since", "moments"),
    [
        ("2026-03-28 21:00", ["Sat 28 Mar 22:00", "Sat 28 Mar 23:00", "Sun 29 Mar 00:00", "Sun 29 Mar 01:00"]),
        ("2026-10-25 01:30", ["Sun 25 Oct 01:30", "Sun 25 Oct 02:30", "Sun 25 Oct 02:30", "Sun 25 Oct 03:30"]),
    ],
)
def test_nights_when_clocks_are_changed(ledger: Ledger, since: str, moments: list[str]) -> None:
    """One an hour from ten to half past three: an hour less in spring, one more in autumn."""
    night = Hours(((Week.parse("22:00-03:40", None, None), BERLIN),))
    run, service = add_run(ledger, "r", messages(7)), Scripted()
    clock = FakeClock(wall=datetime.fromisoformat(since).replace(tzinfo=BERLIN).timestamp())

    runner_for(ledger, run, service, clock=clock, rate=(1, 3_600.0), hours={"main": night}).drive()

    left = [shown(moment)[:-3] for moment in moments_on_the_wall(service, clock)]
    assert moments == left[:4]
    next_evening = {
        "2026-03-28 21:00": ["Sun 29 Mar 03:00", "Sun 29 Mar 22:00"],
        "2026-10-25 01:30": ["Sun 25 Oct 22:00"],
    }
    assert next_evening[since] == left[4 : 4 + len(next_evening[since])]


def test_a_clock_that_is_set_is_believed() -> None:
    """Forward and back again."""
    clock = FakeClock(wall=EVENING)
    gate = Gate(WORKING_DAYS, clock)

    assert gate.is_open
    clock.wall_now += 3_600
    assert not gate.is_open
    assert gate.closed_until() == WORKING_DAYS.next_open(clock.wall_now)
    clock.wall_now -= 3_600
    assert gate.is_open
    assert gate.closed_until() is None


def test_a_row_is_not_claimed_right_before_closing_time() -> None:
    """Its request would leave after it."""
    clock = FakeClock(wall=EVENING + 299.95)
    gate = Gate(WORKING_DAYS, clock)

    assert gate.is_open
    assert "Fri 27 Nov 09:00:00" == shown(gate.closed_until() or 0.0)


def test_without_hours_nothing_is_waited_for() -> None:
    gate = Gate(ALWAYS, FakeClock())

    assert gate.is_open
    assert gate.closed_until() is None
    assert float("-inf") == gate.opens_at()
    assert 5.0 == gate.after(5.0)


def test_whoever_connects_beyond_closing_time_sends_nothing(ledger: Ledger) -> None:
    """Its row leaves when it is time again, and none of its tries is used up."""
    run, service, clock = add_run(ledger, "r", messages(1)), Scripted(), FakeClock(wall=EVE + 299)

    def connect_slowly() -> None:
        service.connect = lambda: None  # type: ignore[method-assign]  # the next one is quick
        clock.jump(2.0)

    service.connect = connect_slowly  # type: ignore[method-assign]  # as if it took so long
    runner_for(ledger, run, service, clock=clock, most_tries=1, hours={"main": WORKING_DAYS}).drive()

    assert ["succeeded"] == states(ledger, "r")
    assert ["Mon 28 Dec 09:00:00"] == [shown(moment) for moment in moments_on_the_wall(service, clock)]
