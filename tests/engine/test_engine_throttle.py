"""The pacer: never above the limit in any window, evenly spaced, and no burst."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.ledger.pace import Pacer

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


def assert_within_limit(grants: list[float], count: int, window_seconds: float) -> None:
    """Any ``count + 1`` grants in a row span at least the window, so no window holds more than ``count``."""
    exact = [Fraction(grant) for grant in grants]
    for first, beyond in zip(exact, exact[count:], strict=False):
        assert beyond - first >= Fraction(window_seconds) - Fraction(ROUNDING_SECONDS)


def grants_in_time(throttle: Throttle, start: float, how_many: int) -> list[float]:
    """The moments of so many grants for somebody who always asks at once."""
    now, grants = start, []
    for _ in range(how_many):
        now = max(now, throttle.due_at())
        throttle.grant(now)
        grants.append(now)
    return grants


@given(
    rate=st.sampled_from(RATES),
    start=st.floats(0.0, 1e7),
    steps=st.lists(st.tuples(delays, st.sampled_from(["", "", "", "slow", "pause"])), max_size=120),
)
def test_no_window_ever_holds_more_than_the_limit(
    rate: tuple[int, float], start: float, steps: list[tuple[float, str]]
) -> None:
    """Whatever wakes up late, pauses or sleeps in between."""
    throttle, now, grants = Throttle(*rate), start, []

    for delay, event in steps:
        if event == "slow":
            throttle.slow_down(now)
        elif event == "pause":
            throttle.pause_until(now + delay)
        now = max(now, throttle.due_at()) + delay
        throttle.grant(now)
        grants.append(now)

    assert_within_limit(grants, *rate)


@given(count=st.integers(1, 30), window=st.floats(0.01, 10.0), lateness=st.lists(st.floats(0.0, 0.05), max_size=150))
def test_late_wake_ups_never_break_the_limit_of_any_rate(count: int, window: float, lateness: list[float]) -> None:
    """Also where catching up is worth many intervals."""
    throttle, now, grants = Throttle(count, window), 5_000.0, []

    for late in lateness:
        now = max(now, throttle.due_at()) + late
        throttle.grant(now)
        grants.append(now)

    assert_within_limit(grants, count, window)


def test_catching_up_stops_at_the_limit() -> None:
    """Twenty milliseconds late at ten in ten milliseconds: what was missed is not sent at once."""
    throttle, now, grants = Throttle(10, 0.01), 1_000.0, []

    for late in [0.0, 0.02, *[0.0] * 60]:
        now = max(now, throttle.due_at()) + late
        throttle.grant(now)
        grants.append(now)

    assert_within_limit(grants, 10, 0.01)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
@pytest.mark.parametrize("start", [0.0, 1e5, 1e7])
def test_who_asks_in_time_gets_nearly_the_whole_rate_evenly(rate: tuple[int, float], start: float) -> None:
    """At least 98.5 % of the limit, one interval after the other, from the first request on."""
    count, window = rate
    interval = window / count

    grants = grants_in_time(Throttle(*rate), start, 2 * count + 50)

    gaps = [later - earlier for earlier, later in itertools.pairwise(grants)]
    assert all(interval <= gap <= interval / 0.985 for gap in gaps)
    assert_within_limit(grants, *rate)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
@pytest.mark.parametrize("idle_seconds", [0.15, 1.0, 30.0, 7_200.0])
def test_nothing_bursts_after_an_idle_time(rate: tuple[int, float], idle_seconds: float) -> None:
    """Time that nobody used is gone: a suspended machine does not catch up."""
    throttle = Throttle(*rate)
    before = grants_in_time(throttle, 1_000.0, 3)

    after = grants_in_time(throttle, max(before[-1], throttle.due_at()) + idle_seconds, 10)

    gaps = [later - earlier for earlier, later in itertools.pairwise(after)]
    assert all(gap >= rate[1] / rate[0] for gap in gaps)


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate[0]}-in-{rate[1]}s")
def test_a_pause_holds_and_ends_without_a_burst(rate: tuple[int, float]) -> None:
    """Nothing leaves before its end, then one after the other; a shorter pause does not shorten it."""
    throttle = Throttle(*rate)
    last = grants_in_time(throttle, 1_000.0, 2)[-1]

    throttle.pause_until(last + 4_000.0)
    throttle.pause_until(last + 1.0)
    grants = grants_in_time(throttle, last, 5)

    assert last + 4_000.0 == grants[0]
    gaps = [later - earlier for earlier, later in itertools.pairwise(grants)]
    assert all(gap >= rate[1] / rate[0] for gap in gaps)


def test_a_small_lateness_is_caught_up_with() -> None:
    """Wake-ups a millisecond late cost nothing: the rate stays above 98.5 %."""
    throttle, now, grants = Throttle(100, 1.0), 1_000.0, []

    for _ in range(1_000):
        now = max(now, throttle.due_at()) + 0.001
        throttle.grant(now)
        grants.append(now)

    assert 98.5 <= 999 / (grants[-1] - grants[0]) <= 100.0


def test_a_refusal_halves_the_pace_and_it_comes_back_step_by_step() -> None:
    """Half at once, never above the limit, and whole again after some dozens of good requests."""
    throttle = Throttle(10, 1.0)
    last = grants_in_time(throttle, 1_000.0, 5)[-1]

    throttle.slow_down(last)
    paces = []
    for _ in range(100):
        last = grants_in_time(throttle, last, 1)[0]
        paces.append(throttle.pace_share)

    assert 0.5 == paces[0]
    assert sorted(paces) == paces
    assert len(set(paces)) > 3
    assert 1.0 == paces[-1]


def test_requests_that_are_refused_together_count_as_one_refusal() -> None:
    """Eight in flight that meet the same limit halve the pace once."""
    throttle = Throttle(10, 1.0)
    last = grants_in_time(throttle, 1_000.0, 8)[-1]

    for _ in range(8):
        throttle.slow_down(last)

    assert 0.5 == throttle.pace_share


def test_a_refusal_right_after_a_step_up_counts() -> None:
    """The request that first went at the faster pace is refused: slower again."""
    throttle = Throttle(10, 1.0)
    throttle.slow_down(1_000.0)
    last = grants_in_time(throttle, 1_000.0, 20)[-1]
    faster = throttle.pace_share

    throttle.slow_down(last)

    assert 0.5 < faster
    assert faster / 2 == throttle.pace_share


def test_the_slowest_pace_is_still_a_pace() -> None:
    """Refused again and again, it goes down to a sixty-fourth and stays there."""
    throttle, now = Throttle(10, 1.0), 1_000.0

    for _ in range(30):
        now = grants_in_time(throttle, now, 1)[0]
        throttle.slow_down(now)

    assert 1 / 64 == throttle.pace_share
    assert now + 6.4 <= throttle.due_at() <= now + 6.5
