"""One pace for all processes of a ledger: the turn is taken, or reserved, in the transaction that claims the row."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hotline_batch.ledger.database.opening import let_go, open_database
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.ledger.pace.turns import Turn, pauses_in_force
from tests.ledger.pace.pace_play import Process, play

SUPPORT = (20, 1.0)
INTERVAL = Pacer(*SUPPORT).interval_seconds
DAY = 86_400.0
LEAD = Pacer(*SUPPORT).most_lead_seconds


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield opened
    let_go(opened)


def process(engine: Engine, rate: tuple[int, float] = SUPPORT, name: str = "support", began: float = 900.0) -> Process:
    return Process(Pacer(*rate, name), engine, began)


def test_the_second_process_gets_the_next_turn(engine: Engine) -> None:
    """Two processes ask at the same moment: one may send, the other has the turn after it and comes back for it."""
    first, second = process(engine), process(engine)

    granted, reserved = first.take(1000.0), second.take(1000.0)
    comes_back = second.take(second.claim_at())

    assert granted.is_granted
    assert Turn(False, pytest.approx(1000.0 + INTERVAL)) == reserved
    assert Turn(True, pytest.approx(1000.0 + INTERVAL)) == comes_back


def test_a_reserved_turn_is_nobody_elses(engine: Engine) -> None:
    """A third one that asks meanwhile gets the turn after it."""
    first, second, third = (process(engine) for _ in range(3))
    first.take(1000.0)
    second.take(1000.0)

    assert Turn(False, pytest.approx(1000.0 + 2 * INTERVAL)) == third.take(1000.0)


def test_a_process_waits_for_one_turn_at_a_time(engine: Engine) -> None:
    """Two rows that ask ahead of it hear of the same turn: no turn is kept by somebody who has one already."""
    other, mine = process(engine), process(engine)
    other.take(1000.0)

    told = mine.take_all(1000.0, [1000.0, 1000.0])

    assert told[0] == told[1]
    assert Turn(False, pytest.approx(1000.0 + 2 * INTERVAL)) == other.take(1000.0 + INTERVAL)


def test_a_turn_that_was_missed_is_given_up(engine: Engine) -> None:
    """A process that was suspended does not crowd those whose turns came after its own."""
    first, second = process(engine), process(engine)
    first.take(1000.0)
    second.take(1000.0)
    first.take(1000.05)

    assert second.take(1000.08).at >= 1000.0 + 2 * INTERVAL


def test_connections_do_not_wait_for_each_other(engine: Engine) -> None:
    """Each name has a pace of its own."""
    assert process(engine).take(1000.0).is_granted
    assert process(engine, name="sales").take(1000.0).is_granted


def test_the_pace_outlives_the_process(engine: Engine) -> None:
    """A run that goes on right after a kill does not start with a burst."""
    slow = (18, 60.0)
    process(engine, slow).take(1000.0)

    after_the_kill = process(engine, slow).take(1001.0)

    assert Turn(False, pytest.approx(1000.0 + Pacer(*slow).interval_seconds)) == after_the_kill


def test_a_pause_that_the_service_asked_for_holds_for_every_process(engine: Engine) -> None:
    """Nobody sends before the end of the longest pause, whoever was told of it, and whoever had a turn before."""
    told, other = process(engine), process(engine)
    told.take(1000.0)
    other.take(1000.0)
    with told.turns(1000.0, ("support", 30.0), ("support", 20.0)):
        pass

    assert not other.take(1000.05).is_granted
    assert not told.take(1001.0).is_granted
    assert Turn(True, pytest.approx(1030.0)) == other.take(1029.99)


def test_a_pause_of_hours_holds_for_every_process_and_ends_in_no_burst(engine: Engine) -> None:
    """Also for those that begin in its last ten minutes: whoever comes gets a turn of its own after it."""
    told, second, third = (process(engine) for _ in range(3))
    told.take(1000.0)
    with told.turns(1000.0, ("support", 3_600.0)):
        pass

    turns = [second.take(4005.0), third.take(4300.0), told.take(4300.0), process(engine).take(4599.0)]

    assert not any(turn.is_granted for turn in turns)
    assert [pytest.approx(4600.0 + number * INTERVAL) for number in range(4)] == [turn.at for turn in turns]
    assert pytest.approx(4600.0) == second.pacer.paused_until + second.began
    assert Turn(True, pytest.approx(4600.0)) == second.take(4599.99)


def test_a_pause_of_more_than_a_day_counts_as_a_day(engine: Engine) -> None:
    with process(engine).turns(1000.0, ("support", 1e9)):
        pass

    assert process(engine).take(1001.0).is_granted
    assert Turn(False, pytest.approx(1000.0 + DAY)) == process(engine).take(1000.0 + DAY - 300.0)


def test_a_clock_that_was_set_back_by_more_than_a_day_ends_a_pause(engine: Engine) -> None:
    with process(engine).turns(5 * DAY, ("support", 30.0)):
        pass

    assert process(engine).take(1000.0).is_granted


def test_a_clock_that_is_set_back_begins_no_pause_anew(engine: Engine) -> None:
    """It was over, and somebody sent since: hours later it is not in the way."""
    first = process(engine)
    with first.turns(10_000.0, ("support", 30.0)):
        pass
    first.take(10_040.0)

    assert process(engine).take(5_000.0).is_granted


def test_a_clock_that_is_set_back_lengthens_no_pause_that_is_known(engine: Engine) -> None:
    """Whoever waits for its end goes by a clock that is never set."""
    waiting = process(engine)
    with waiting.turns(10_000.0, ("support", 30.0)):
        pass
    assert not waiting.take(10_001.0).is_granted
    waiting.began -= 5_000.0

    assert not waiting.take(5_029.0).is_granted
    assert waiting.take(5_031.0).is_granted


def test_pauses_in_force_are_told(engine: Engine) -> None:
    """Not those that are over, nor those that a clock set back since stored."""
    now = time.time()
    pauses = (("support", 3_600.0), ("sales", 700.0))
    asked_at = ((now, pauses), (now - 100.0, [("over", 90.0)]), (now + 3 * DAY, [("stray", 90.0)]))
    for moment, asked in asked_at:
        with process(engine, name=asked[0][0]).turns(moment, *asked):
            pass

    told = pauses_in_force(engine, ["support", "sales", "over", "stray", "unknown"])

    assert {name: pytest.approx(now + seconds) for name, seconds in pauses} == told


def test_a_clock_that_was_set_back_stops_nobody(engine: Engine) -> None:
    """A turn hours ahead was stored by a clock that has been set back since."""
    process(engine).take(10_000.0)

    assert process(engine).take(1000.0).is_granted


def test_a_turn_counts_from_when_the_requests_before_it_really_left(engine: Engine) -> None:
    """A commit that took long lets its request leave late: the next one keeps its distance from that."""
    mine, catch_up = process(engine), 0.02
    mine.leave(mine.take(1000.0), durable_at=1002.0)

    assert mine.take(1002.02).at >= 1002.0 + INTERVAL - catch_up


def test_who_was_suspended_before_its_request_left_holds_nobody_up(engine: Engine) -> None:
    """Room is made for the one request that was late, however late it was."""
    rate = (18, 60.0)
    interval = Pacer(*rate).interval_seconds
    suspended, other, third = (process(engine, rate) for _ in range(3))
    granted = suspended.take(1000.0)
    other.take(1000.0)
    suspended.leave(granted, durable_at=1300.0)
    other.leave(other.take(1300.5), durable_at=1300.5)
    suspended.take(1300.6)

    assert third.take(1300.7).at <= 1300.5 + 4 * interval


def test_what_waited_for_a_slow_ledger_gets_turns_as_far_ahead_as_it_waited(engine: Engine) -> None:
    """Else one request a commit would leave, however many the rate allows; never more than a second ahead."""
    told = process(engine).take_all(1000.0, [999.85, 999.85, 999.85, 999.96])
    late = process(engine, (2, 60.0), "slow").take_all(1000.2, [900.0, 900.0])

    assert [True, True, True, False] == [turn.is_granted for turn in told]
    assert [pytest.approx(1000.0 + INTERVAL), pytest.approx(1000.0 + 2 * INTERVAL)] == [turn.at for turn in told[1:3]]
    assert [True, False] == [turn.is_granted for turn in late]


def test_turn_that_is_not_needed_is_the_next_ones(engine: Engine) -> None:
    """A claim that the ledger refuses takes no turn, from its own process or from another one."""
    first, second = process(engine), process(engine)
    first.take(1000.0)
    with first.turns(1000.0 + INTERVAL) as turns:
        turn = turns.take(first.pacer, 100.0 + INTERVAL)
        turns.give_back(first.pacer, turn.at)
    turns.settle(100.0 + INTERVAL)

    assert Turn(True, pytest.approx(1000.0 + INTERVAL)) == second.take(1000.0 + INTERVAL)


def test_reserved_turn_that_is_not_needed_stays_reserved(engine: Engine) -> None:
    first, second = process(engine), process(engine)
    first.take(1000.0)
    reserved = second.take(1000.0)
    with second.turns(1000.05) as turns:
        turns.give_back(second.pacer, turns.take(second.pacer, 100.05).at)
    turns.settle(100.05)

    assert Turn(True, reserved.at) == second.take(1000.05)


@pytest.mark.parametrize("rate", [(18, 60.0), (20, 1.0), (100, 1.0)])
@pytest.mark.parametrize("processes", [2, 5])
def test_processes_take_turns_and_use_the_whole_rate(engine: Engine, rate: tuple[int, float], processes: int) -> None:
    """Of any dozen turns of two each has three at least, of five each one; together they leave out next to nothing."""
    everybody = [process(engine, rate, began=100.0 * number) for number in range(processes)]

    left = play(everybody, [0.001] * 4_000, [0.0005])

    numbers = [number for _, number in left]
    fewest = min(numbers[at : at + 12].count(number) for at in range(len(numbers) - 11) for number in range(processes))
    allowed = (left[-1][0] - left[0][0]) * rate[0] / rate[1]
    assert len(left) > 200
    assert fewest >= (3 if processes == 2 else 1)
    assert len(left) - 1 >= 0.98 * allowed


def test_what_left_late_is_made_room_for(engine: Engine) -> None:
    """A thread that woke up an eighth of a second late moves the turns that nobody has yet; others keep theirs."""
    both = [process(engine, (2, 1.0), began=100.0 * number) for number in range(2)]

    left = play(both, [0.0, 0.0, 0.0, 0.125, *[0.0] * 56], [0.0])

    moments = [moment for moment, _ in left]
    assert 1000.125 == moments[0]
    assert all(later - earlier >= 1.0 - 1e-6 for earlier, later in zip(moments, moments[2:], strict=False))


@settings(max_examples=60)  # each example makes a ledger
@given(
    st.integers(2, 40),
    st.sampled_from([1.0, 60.0]),
    st.integers(1, 4),
    st.lists(st.floats(0.0, 0.2), min_size=20, max_size=120),
    st.lists(st.floats(0.0, 0.005), min_size=1, max_size=60),
)
def test_processes_together_never_exceed_the_limit_in_any_window(
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    window: float,
    processes: int,
    lateness: list[float],
    commits: list[float],
) -> None:
    """However late each of them comes for its turn; threads of several leave at most 2 ms late, see above."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('pace')}/ledger.sqlite")
    leaves_late = 0.002 if processes > 1 else math.inf

    left = play(
        [process(engine, (count, window), began=100.0 * n) for n in range(processes)], lateness, commits, leaves_late
    )
    let_go(engine)

    moments = [moment for moment, _ in left]
    assert all(later - earlier >= window - 1e-6 for earlier, later in zip(moments, moments[count:], strict=False))
