"""The pacer: never above the limit in any window, evenly spaced, and no burst."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.ledger.pace.pacer import Pacer
from tests.ledger.pace.pace_play import Process, play

RATES = [(18, 60.0), (1, 1.0), (5, 1.0), (20, 60.0), (1000, 1.0), (1, 3600.0), (1000, 3600.0), (3, 0.7)]
# What floating point may round away of a moment: far less than any clock can tell.
ROUNDING_SECONDS = 1e-6

delays = st.one_of(
    st.just(0.0),
    st.floats(0.0, 0.03),
    st.floats(0.0, 0.2),
    st.floats(0.0, 120.0),
    st.floats(3_600.0, 100_000.0),
)


def assert_within_limit(moments: list[float], count: int, window_seconds: float) -> None:
    """Any ``count + 1`` requests in a row span at least the window, so no window holds more than ``count``."""
    exact = [Fraction(moment) for moment in moments]
    for first, beyond in zip(exact, exact[count:], strict=False):
        assert beyond - first >= Fraction(window_seconds) - Fraction(ROUNDING_SECONDS)


def leave_at(pacer: Pacer, now: float, durable_at: float | None = None) -> float:
    """When the request of a claim leaves that is told now."""
    pacer.claim_told(now)
    process = Process(pacer)
    turn = process.take(now)
    assert turn.is_granted
    return process.leave(turn, durable_at or now)


def moments_in_time(pacer: Pacer, start: float, how_many: int) -> list[float]:
    """The moments of so many requests of somebody who always asks at once."""
    now, moments = start, []
    for _ in range(how_many):
        now = max(now, pacer.claim_at())
        moments.append(leave_at(pacer, now))
    return moments


@given(
    rate=st.sampled_from(RATES),
    start=st.floats(0.0, 1e7),
    steps=st.lists(st.tuples(delays, delays, st.sampled_from(["", "", "", "slow", "pause"])), max_size=120),
)
def test_no_window_ever_holds_more_than_the_limit(
    rate: tuple[int, float], start: float, steps: list[tuple[float, float, str]]
) -> None:
    """Whatever wakes up late, takes long to be durable, pauses or sleeps in between."""
    pacer, now, moments = Pacer(*rate), start, []

    for delay, commit_seconds, event in steps:
        if event == "slow":
            pacer.slow_down(now, now)
        elif event == "pause":
            pacer.pause_until(now + delay)
        now = max(now, pacer.claim_at()) + delay
        moments.append(leave_at(pacer, now, now + commit_seconds))
        now += commit_seconds

    assert_within_limit(moments, *rate)


@given(count=st.integers(1, 30), window=st.floats(0.01, 10.0), lateness=st.lists(st.floats(0.0, 0.05), max_size=150))
def test_late_wake_ups_never_break_the_limit_of_any_rate(count: int, window: float, lateness: list[float]) -> None:
    """Also where catching up is worth many intervals."""
    pacer, now, moments = Pacer(count, window), 5_000.0, []

    for late in lateness:
        now = max(now, pacer.claim_at()) + late
        moments.append(leave_at(pacer, now))

    assert_within_limit(moments, count, window)


@given(
    count=st.integers(1, 1_000),
    window=st.sampled_from([1.0, 60.0]),
    lateness=st.lists(st.floats(0.0, 0.1), min_size=10, max_size=300),
    commits=st.lists(st.floats(0.0, 0.5), min_size=1, max_size=60),
)
def test_requests_of_slow_commits_never_exceed_the_limit_in_any_window(
    count: int, window: float, lateness: list[float], commits: list[float]
) -> None:
    """However long commits take, and however many claims they hold, each request leaves at the pace."""
    left = play([Process(Pacer(count, window))], lateness, commits)

    assert_within_limit([moment for moment, _ in left], count, window)


def test_catching_up_stops_at_the_limit() -> None:
    """Twenty milliseconds late at ten in ten milliseconds: what was missed is not sent at once."""
    pacer, now, moments = Pacer(10, 0.01), 1_000.0, []

    for late in [0.0, 0.02, *[0.0] * 60]:
        now = max(now, pacer.claim_at()) + late
        moments.append(leave_at(pacer, now))

    assert_within_limit(moments, 10, 0.01)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
@pytest.mark.parametrize("start", [0.0, 1e5, 1e7])
def test_who_asks_in_time_gets_nearly_the_whole_rate_evenly(rate: tuple[int, float], start: float) -> None:
    """At least 98.5 % of the limit, one interval after the other, from the first request on."""
    count, window = rate
    interval = window / count

    moments = moments_in_time(Pacer(*rate), start, 2 * count + 50)

    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert all(interval <= gap <= interval / 0.985 for gap in gaps)
    assert_within_limit(moments, *rate)


def test_pace_of_the_api_is_used_to_995_in_a_thousand() -> None:
    """18 a minute: so little is left out that nobody gains by going round the program."""
    moments = moments_in_time(Pacer(18, 60.0), 1_000.0, 181)

    assert 0.995 <= 180 / (moments[-1] - moments[0]) / (18 / 60) <= 1.0


@pytest.mark.parametrize("commit_seconds", [0.003, 0.02, 0.045])
def test_slow_ledger_costs_no_turns(commit_seconds: float) -> None:
    """Claims are told ahead of their turns by as much as they took lately."""
    left = [moment for moment, _ in play([Process(Pacer(10, 1.0))], [0.0005] * 1_200, [commit_seconds])][10:]

    assert 0.985 <= (len(left) - 1) / (left[-1] - left[0]) / 10 <= 1.0


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
@pytest.mark.parametrize("idle_seconds", [0.15, 1.0, 30.0, 7_200.0])
def test_nothing_bursts_after_an_idle_time(rate: tuple[int, float], idle_seconds: float) -> None:
    """Time that nobody used is gone: a suspended machine does not catch up."""
    pacer = Pacer(*rate)
    before = moments_in_time(pacer, 1_000.0, 3)

    after = moments_in_time(pacer, max(before[-1], pacer.claim_at()) + idle_seconds, 10)

    gaps = [later - earlier for earlier, later in itertools.pairwise(after)]
    assert all(gap >= rate[1] / rate[0] for gap in gaps)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
def test_a_pause_holds_and_ends_without_a_burst(rate: tuple[int, float]) -> None:
    """Nothing leaves before its end, then one after the other; a shorter pause does not shorten it."""
    pacer = Pacer(*rate)
    last = moments_in_time(pacer, 1_000.0, 2)[-1]

    pacer.pause_until(last + 4_000.0)
    pacer.pause_until(last + 1.0)
    moments = moments_in_time(pacer, last, 5)

    assert last + 4_000.0 == moments[0]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert all(gap >= rate[1] / rate[0] for gap in gaps)


def test_claim_that_is_under_way_when_a_pause_begins_waits_for_its_end() -> None:
    """It was told before anybody knew of the pause: its turn is given up, and its row goes first afterwards."""
    pacer = Pacer(10, 1.0)
    moments_in_time(pacer, 1_000.0, 1)
    pacer.claim_told(1_000.2)

    pacer.pause_until(1_030.0)
    turn = Process(pacer).take(1_000.2)

    assert not turn.is_granted
    assert 1_030.0 == turn.at == pacer.claim_at()


def test_claims_that_wait_for_the_ledger_count() -> None:
    """While a commit takes long, no more claims are told than turns will have come."""
    pacer = Pacer(10, 1.0)

    moments = []
    for _ in range(3):
        pacer.claim_told(1_000.0)
        moments.append(pacer.claim_at())

    assert [pytest.approx(1_000.0 + number * pacer.interval_seconds) for number in (1, 2, 3)] == moments


def test_a_small_lateness_is_caught_up_with() -> None:
    """Wake-ups a millisecond late cost nothing: the rate stays above 98.5 %."""
    pacer, now, moments = Pacer(100, 1.0), 1_000.0, []

    for _ in range(1_000):
        now = max(now, pacer.claim_at()) + 0.001
        moments.append(leave_at(pacer, now))

    assert 98.5 <= 999 / (moments[-1] - moments[0]) <= 100.0


def test_a_refusal_halves_the_pace_and_it_comes_back_step_by_step() -> None:
    """Half at once, never above the limit, and whole again after some dozens of good requests."""
    pacer = Pacer(10, 1.0)
    last = moments_in_time(pacer, 1_000.0, 5)[-1]

    pacer.slow_down(last, last)
    paces = []
    for _ in range(100):
        last = moments_in_time(pacer, last, 1)[0]
        paces.append(pacer.share)

    assert 0.5 == paces[0]
    assert sorted(paces) == paces
    assert len(set(paces)) > 3
    assert 1.0 == paces[-1]


def test_requests_that_are_refused_together_count_as_one_refusal() -> None:
    """Eight in flight that meet the same limit halve the pace once, however far apart their answers come."""
    pacer = Pacer(10, 1.0)
    left = moments_in_time(pacer, 1_000.0, 8)

    for number, moment in enumerate(left):
        pacer.slow_down(left[-1] + number, moment)

    assert 0.5 == pacer.share


def test_a_refusal_right_after_a_step_up_counts() -> None:
    """The request that first went at the faster pace is refused: slower again."""
    pacer = Pacer(10, 1.0)
    pacer.slow_down(1_000.0, 1_000.0)
    last = moments_in_time(pacer, 1_000.0, 20)[-1]
    faster = pacer.share

    pacer.slow_down(last, last)

    assert 0.5 < faster
    assert faster / 2 == pacer.share


def test_the_slowest_pace_is_still_a_pace() -> None:
    """Refused again and again, it goes down to a sixty-fourth and stays there."""
    pacer, now = Pacer(10, 1.0), 1_000.0

    for _ in range(30):
        now = moments_in_time(pacer, now, 1)[0]
        pacer.slow_down(now, now)

    assert 1 / 64 == pacer.share
    assert now + 6.4 <= pacer.claim_at() <= now + 6.5
