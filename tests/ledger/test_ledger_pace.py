"""One pace for all processes of a ledger: the turn is taken in the transaction that claims the row."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.ledger.database import open_database
from hotline_batch.ledger.pace import Departures, Pace, Wish, pause, take_turns

INTERVAL, WINDOW = 0.05, 1.0


def fresh(folder: Path):
    return open_database(f"sqlite:///{folder}/ledger.sqlite")


def turn(engine, moment: float, name: str = "support", interval: float = INTERVAL) -> float | None:
    with engine.begin() as connection:
        return take_turns(connection, [Wish(Pace(name, interval, WINDOW), moment)], moment, Departures(), 0.0)[0]


def test_the_second_process_is_told_when_its_turn_is(tmp_path: Path) -> None:
    """Two processes ask at the same moment: one may send, the other hears when it may."""
    engine = fresh(tmp_path)

    first, second = turn(engine, 1000.0), turn(engine, 1000.0)

    assert first is None
    assert second == 1000.0 + INTERVAL


def test_a_turn_that_was_told_is_there_when_its_time_comes(tmp_path: Path) -> None:
    """Whoever comes back at the told moment may send."""
    engine = fresh(tmp_path)
    turn(engine, 1000.0)
    told = turn(engine, 1000.0)
    assert told is not None

    assert turn(engine, told) is None


def test_connections_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each name has a pace of its own."""
    engine = fresh(tmp_path)

    assert turn(engine, 1000.0, "support") is None
    assert turn(engine, 1000.0, "sales") is None


def test_the_pace_outlives_the_process(tmp_path: Path) -> None:
    """A run that goes on right after a kill does not start with a burst."""
    turn(fresh(tmp_path), 1000.0, interval=3.4)

    assert turn(fresh(tmp_path), 1001.0, interval=3.4) == 1003.4


def test_a_pause_that_the_service_asked_for_holds_for_every_process(tmp_path: Path) -> None:
    """Nobody sends before the end of the pause, whoever was told of it."""
    engine = fresh(tmp_path)
    turn(engine, 1000.0)
    with engine.begin() as connection:
        pause(connection, [("support", 1030.0), ("support", 1020.0)])

    assert turn(engine, 1001.0) == 1030.0
    assert turn(engine, 1030.0) is None


def test_a_clock_that_was_set_back_stops_nobody(tmp_path: Path) -> None:
    """A turn hours ahead was stored by a clock that has been set back since."""
    engine = fresh(tmp_path)
    turn(engine, 10_000.0)

    assert turn(engine, 1000.0) is None


def test_a_turn_counts_from_when_the_requests_before_it_really_left(tmp_path: Path) -> None:
    """A commit that took long lets its request leave late: the next one keeps its distance from that."""
    engine, pace, departures = fresh(tmp_path), Pace("support", INTERVAL, WINDOW), Departures()
    turn(engine, 1000.0)
    departures.leave("support", pace, 7.0)

    with engine.begin() as connection:
        told = take_turns(connection, [Wish(pace, 1002.0)], 1002.0, departures, 7.02)

    assert told == [pytest.approx(1002.0 + INTERVAL - 0.02)]


@pytest.mark.parametrize("others", [False, True])
def test_a_clock_that_is_set_back_while_a_process_sends_alone_does_not_hold_it_up(tmp_path: Path, others: bool) -> None:
    """Its own turns go by a clock that never jumps; those of others can only be told by the clock on the wall."""
    engine, pace, departures = fresh(tmp_path), Pace("support", INTERVAL, WINDOW), Departures()
    told = []
    for moment, now in ((1000.0, 7.0), (700.0, 7.06)):
        with engine.begin() as connection:
            told += take_turns(connection, [Wish(pace, moment)], moment, departures, now)
        departures.leave("support", pace, now)
        if others:
            turn(engine, 1000.06)

    assert told == [None, pytest.approx(1000.06 + INTERVAL, abs=0.01) if others else None]


def test_what_waited_for_a_slow_ledger_gets_turns_as_far_ahead_as_it_waited(tmp_path: Path) -> None:
    """Else one request a commit would leave, however many the rate allows; never more than a second ahead."""
    engine = fresh(tmp_path)
    since = [999.9, 999.9, 999.9, 999.96, 900.0]

    with engine.begin() as connection:
        wishes = [Wish(Pace("support", INTERVAL, WINDOW), moment) for moment in since]
        told = take_turns(connection, wishes, 1000.0, Departures(), 0.0)
    with engine.begin() as connection:
        wishes = [Wish(Pace("support", 30.0, 60.0), 900.0)] * 3
        late = take_turns(connection, wishes, 1000.2, Departures(), 0.0)

    assert told == [None, None, None, pytest.approx(1000.0 + 3 * INTERVAL), None]
    assert late == [None, pytest.approx(1030.2), pytest.approx(1030.2)]


@given(
    st.integers(1, 1_000),
    st.sampled_from([1.0, 60.0]),
    st.lists(st.tuples(st.floats(0.0, 0.5), st.integers(1, 32)), min_size=1, max_size=60),
)
def test_requests_of_slow_commits_never_exceed_the_limit_in_any_window(
    count: int, window: float, commits: list[tuple[float, int]]
) -> None:
    """However long commits take, and however many claims they hold, each request leaves at the pace."""
    pace, departures = Pace("support", window / count / 0.987, window), Departures()
    now, left = 1000.0, []
    for seconds, claims in commits:
        now += seconds
        left += [now + departures.leave("support", pace, now) for _ in range(claims)]

    assert all(later >= earlier for earlier, later in pairwise(left))
    assert all(later - earlier > window for earlier, later in zip(left, left[count:], strict=False))


def test_names_do_not_wait_for_each_other_when_they_leave() -> None:
    """Each name keeps its own distance, and tells its own next moment."""
    pace, departures = Pace("", INTERVAL, WINDOW), Departures()

    waits = [departures.leave(name, pace, 1000.0) for name in ("support", "support", "sales")]

    assert waits == [0.0, pytest.approx(INTERVAL), 0.0]
    next_in = [departures.seconds_to_next(name, 1000.0) for name in ("support", "sales", "nobody")]
    assert next_in == [pytest.approx(2 * INTERVAL), pytest.approx(INTERVAL), -math.inf]


@given(st.integers(1, 40), st.sampled_from([0.2, 1.0, 60.0]), st.lists(st.floats(-0.006, 0.12), max_size=120))
def test_turns_never_exceed_the_limit_in_any_window(count: int, window: float, lateness: list[float]) -> None:
    """However early or late the turns are taken, no window holds more of them than the limit says."""
    pace = Pace("support", window / count / 0.987, window)
    due, taken = 1000.0, [1000.0]
    due = pace.next_turn_at(due, due)
    for late in lateness:
        now = max(due + late, taken[-1])
        if pace.is_in_time(due, now):
            taken.append(now)
            due = pace.next_turn_at(due, now)

    assert all(later - earlier > window for earlier, later in zip(taken, taken[count:], strict=False))
