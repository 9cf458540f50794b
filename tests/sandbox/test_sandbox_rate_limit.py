"""A connection gets so many requests in any window, and is told when to come again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sandbox.app import Limit, RateLimit, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"), [("18/min", Limit(18, 60)), ("5/s", Limit(5, 1)), (" 1000 / h ", Limit(1000, 3600))]
)
def test_rates_are_read_as_people_write_them(text: str, limit: Limit) -> None:
    """The spelling of the --rate option."""
    assert limit == parse_limit(text)


@pytest.mark.parametrize("text", ["", "18", "0/s", "-5/s", "5/day", "1.5/s", "٣/s"])
def test_other_rates_are_refused(text: str) -> None:
    """With an example of a good one."""
    with pytest.raises(ValueError, match="Write for example 18/min"):
        parse_limit(text)


def test_request_beyond_the_limit_is_told_when_to_come_again() -> None:
    """Whole seconds, rounded up; then there is room again."""
    now = [0.0]
    limit = RateLimit(Limit(2, 60), clock=lambda: now[0])

    first, second = limit.wait_seconds("a"), limit.wait_seconds("a")
    now[0] = 30.5
    early = limit.wait_seconds("a")
    now[0] += early
    punctual = limit.wait_seconds("a")

    assert (0, 0, 30, 0) == (first, second, early, punctual)


def test_connections_do_not_share_a_limit() -> None:
    """Each has its own window."""
    limit = RateLimit(Limit(1, 60), clock=lambda: 0.0)

    assert [0, 0, 60] == [limit.wait_seconds("a"), limit.wait_seconds("b"), limit.wait_seconds("a")]


@given(st.integers(1, 5), st.lists(st.floats(0, 2, allow_subnormal=False), max_size=60))
def test_no_window_ever_holds_more_than_the_limit(requests: int, pauses: list[float]) -> None:
    """Whatever the client's rhythm."""
    now = [100.0]
    limit = RateLimit(Limit(requests, 1), clock=lambda: now[0])
    taken: list[float] = []

    for pause in pauses:
        now[0] += pause
        if limit.wait_seconds("a") == 0:
            taken.append(now[0])

    assert all(later - 1 >= earlier for earlier, later in zip(taken, taken[requests:], strict=False))
