"""One pace for all processes of a ledger: the turn is taken, or reserved, in the transaction that claims the row."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from hotline_batch.ledger.database.opening import let_go, open_database
from hotline_batch.ledger.pace import Book, Departures, Pace, Turn

INTERVAL, WINDOW = 0.05, 1.0
SUPPORT = Pace("support", INTERVAL, WINDOW)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.sqlite")
    yield opened
    let_go(opened)


class Process:
    """One of those that share a pace: its own clock began at another moment than the one on the wall."""

    def __init__(self, engine: Engine, began: float = 900.0) -> None:
        self.departures = Departures()
        self._engine = engine
        self._began = began

    def take(self, moment: float, pace: Pace = SUPPORT, since: float | None = None) -> Turn:
        """A turn, as a claim at that moment takes it; its time is of the clock on the wall."""
        return self.take_all(moment, pace, [moment if since is None else since])[0]

    def take_all(self, moment: float, pace: Pace, since: list[float]) -> list[Turn]:
        with self._engine.begin() as connection:
            book = Book(connection, [pace.name], self.departures)
            turns = [book.take(pace, wished, moment, moment - self._began) for wished in since]
            book.close()
        return [Turn(turn.is_granted, turn.at + self._began) for turn in turns]

    def leave(self, moment: float, turn: Turn, pace: Pace = SUPPORT) -> float:
        """When the request of a granted turn leaves, once its claim is durable."""
        return moment + self.departures.leave(pace.name, pace, moment - self._began, turn.at - self._began)

    def pause(self, name: str, until: float) -> None:
        with self._engine.begin() as connection:
            book = Book(connection, [name], self.departures)
            book.pause(name, until)
            book.close()


def test_the_second_process_gets_the_next_turn(engine: Engine) -> None:
    """Two processes ask at the same moment: one may send, the other has the turn after it and comes back for it."""
    first, second = Process(engine), Process(engine)

    granted, reserved = first.take(1000.0), second.take(1000.0)
    comes_back = second.take(reserved.at)

    assert granted.is_granted
    assert not reserved.is_granted
    assert reserved.at == pytest.approx(1000.0 + INTERVAL - SUPPORT.lead_seconds)
    assert comes_back == (True, pytest.approx(1000.0 + INTERVAL))


def test_a_reserved_turn_is_nobody_elses(engine: Engine) -> None:
    """A third one that asks meanwhile gets the turn after it."""
    first, second, third = (Process(engine) for _ in range(3))
    first.take(1000.0)
    second.take(1000.0)

    assert third.take(1000.0).at == pytest.approx(1000.0 + 2 * INTERVAL - SUPPORT.lead_seconds)


def test_a_process_waits_for_one_turn_at_a_time(engine: Engine) -> None:
    """Two rows that ask ahead of it hear of the same turn: no turn is kept by somebody who has one already."""
    other, mine = Process(engine), Process(engine)
    other.take(1000.0)

    told = mine.take_all(1000.0, SUPPORT, [1000.0, 1000.0])

    assert told[0] == told[1]
    assert other.take(1000.0 + INTERVAL).at == pytest.approx(1000.0 + 2 * INTERVAL - SUPPORT.lead_seconds)


def test_a_turn_that_was_missed_is_given_up(engine: Engine) -> None:
    """A process that was suspended does not crowd those whose turns came after its own."""
    first, second = Process(engine), Process(engine)
    first.take(1000.0)
    second.take(1000.0)
    first.take(1000.05)

    late = second.take(1000.08)

    assert late.at + (0.0 if late.is_granted else SUPPORT.lead_seconds) >= 1000.0 + 2 * INTERVAL


def test_connections_do_not_wait_for_each_other(engine: Engine) -> None:
    """Each name has a pace of its own."""
    assert Process(engine).take(1000.0).is_granted
    assert Process(engine).take(1000.0, Pace("sales", INTERVAL, WINDOW)).is_granted


def test_the_pace_outlives_the_process(engine: Engine) -> None:
    """A run that goes on right after a kill does not start with a burst."""
    slow = Pace("support", 3.4, 60.0)
    Process(engine).take(1000.0, slow)

    assert Process(engine).take(1001.0, slow) == (False, pytest.approx(1003.4 - slow.lead_seconds))


def test_a_pause_that_the_service_asked_for_holds_for_every_process(engine: Engine) -> None:
    """Nobody sends before the end of the longest pause, whoever was told of it, and whoever had a turn before."""
    told, other = Process(engine), Process(engine)
    told.take(1000.0)
    other.take(1000.0)
    told.pause("support", 1030.0)
    told.pause("support", 1020.0)

    assert not other.take(1000.05).is_granted
    assert not told.take(1001.0).is_granted
    assert other.take(1029.99) == (True, pytest.approx(1030.0))


def test_a_clock_that_was_set_back_stops_nobody(engine: Engine) -> None:
    """A turn hours ahead was stored by a clock that has been set back since."""
    Process(engine).take(10_000.0)

    assert Process(engine).take(1000.0).is_granted


def test_a_turn_counts_from_when_the_requests_before_it_really_left(engine: Engine) -> None:
    """A commit that took long lets its request leave late: the next one keeps its distance from that."""
    process = Process(engine)
    process.leave(1002.0, process.take(1000.0))

    told = process.take(1002.02)

    assert told.at + (0.0 if told.is_granted else SUPPORT.lead_seconds) == pytest.approx(1002.0 + INTERVAL)


def test_what_waited_for_a_slow_ledger_gets_turns_as_far_ahead_as_it_waited(engine: Engine) -> None:
    """Else one request a commit would leave, however many the rate allows; never more than a second ahead."""
    told = Process(engine).take_all(1000.0, SUPPORT, [999.9, 999.9, 999.9, 999.96])
    slow = Pace("slow", 30.0, 60.0)
    late = Process(engine).take_all(1000.2, slow, [900.0, 900.0])

    assert [True, True, True, False] == [turn.is_granted for turn in told]
    assert [turn.at for turn in told[1:3]] == [pytest.approx(1000.0 + INTERVAL), pytest.approx(1000.0 + 2 * INTERVAL)]
    assert [True, False] == [turn.is_granted for turn in late]


class Sharing:
    """Processes that send as fast as one pace lets them, each claim some time after it was due."""

    def __init__(self, engine: Engine, count: int, window: float, processes: int) -> None:
        self.pace = Pace("support", window / count / 0.987, window)
        self._waiting = [(1000.0, number, Process(engine, 100.0 * number)) for number in range(processes)]
        heapq.heapify(self._waiting)

    def departures(self, lateness: list[float]) -> list[tuple[float, int]]:
        """When which process's requests left, each as late as told."""
        left = []
        for late in lateness:
            due, number, process = heapq.heappop(self._waiting)
            moment = due + late
            turn = process.take(moment, self.pace)
            again = turn.at
            if turn.is_granted:
                leaves_at = process.leave(moment, turn, self.pace)
                left.append((leaves_at, number))
                again = leaves_at + self.pace.interval_seconds
            heapq.heappush(self._waiting, (max(again, moment), number, process))
        return sorted(left)


@pytest.mark.parametrize(("count", "window"), [(18, 60.0), (20, 1.0), (100, 1.0)])
@pytest.mark.parametrize("processes", [2, 5])
def test_processes_take_turns_and_use_the_whole_rate(engine: Engine, count: int, window: float, processes: int) -> None:
    """Of any dozen turns of two each has three at least, of five each one; together they leave out next to nothing."""
    left = Sharing(engine, count, window, processes).departures([0.001] * 400)

    numbers = [number for _, number in left]
    fewest = min(numbers[at : at + 12].count(number) for at in range(len(numbers) - 11) for number in range(processes))
    allowed = (left[-1][0] - left[0][0]) * count / window
    assert fewest >= (3 if processes == 2 else 1)
    assert len(left) - 1 >= 0.98 * allowed


@settings(deadline=None)  # each example makes a ledger
@given(
    st.integers(2, 40),
    st.sampled_from([1.0, 60.0]),
    st.integers(1, 4),
    st.lists(st.floats(0.0, 0.2), min_size=20, max_size=120),
)
def test_processes_together_never_exceed_the_limit_in_any_window(
    tmp_path_factory: pytest.TempPathFactory, count: int, window: float, processes: int, lateness: list[float]
) -> None:
    """However late each of them comes for its turn."""
    folder = tmp_path_factory.mktemp("pace")
    opened = open_database(f"sqlite:///{folder}/ledger.sqlite")
    left = Sharing(opened, count, window, processes).departures(lateness)
    let_go(opened)

    moments = [moment for moment, _ in left]
    assert all(later - earlier > window for earlier, later in zip(moments, moments[count:], strict=False))


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
