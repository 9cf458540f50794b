"""How long a plan takes, with connections that differ."""

from __future__ import annotations

import pytest

from hotline_batch.application.planning.sheet_plan import ExpectedTime
from hotline_batch.settings.units import Rate

FAST, SLOW = Rate(20, 1), Rate(18, 60)
ALONE = {"fast": "fast", "slow": "slow"}


def test_slowest_connection_is_waited_for() -> None:
    """They run beside each other, each at its own rate; the first row of each leaves at once."""
    expected = ExpectedTime({"fast": 101, "slow": 19}, {"fast": FAST, "slow": SLOW}, ALONE)

    assert pytest.approx(60.0) == expected.seconds


def test_many_rows_at_a_fast_pace_may_take_longer() -> None:
    """It is the time that counts, not the rate."""
    expected = ExpectedTime({"fast": 2_001, "slow": 19}, {"fast": FAST, "slow": SLOW}, ALONE)

    assert pytest.approx(100.0) == expected.seconds


def test_connections_of_a_group_share_the_slowest_rate() -> None:
    """Their rows wait for each other, also where the slowest has none."""
    groups = {"one": "team", "two": "team", "slow": "team"}

    expected = ExpectedTime({"one": 10, "two": 9}, {"one": FAST, "two": FAST, "slow": SLOW}, groups)

    assert pytest.approx(60.0) == expected.seconds
    assert "18/min" == expected.told("one")


def test_what_was_done_before_takes_no_time() -> None:
    """A share of the rows is left."""
    assert pytest.approx(60.0) == ExpectedTime({"slow": 38}, {"slow": SLOW}, {"slow": "slow"}, 0.5).seconds
    assert 0.0 == ExpectedTime({}, {"slow": SLOW}, {"slow": "slow"}, 0.0).seconds


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"fast": 1, "slow": 1}, "20/s, slow at 18/min"),
        ({"slow": 1, "fast": 1}, "20/s, slow at 18/min"),
        ({"fast": 2}, "20/s"),
        ({"slow": 2}, "18/min"),
        ({}, "20/s"),
    ],
)
def test_paces_are_told_where_they_differ(rows: dict[str, int], told: str) -> None:
    """That of rows that name no connection first; connections without rows do not matter."""
    assert told == ExpectedTime(rows, {"fast": FAST, "slow": SLOW}, ALONE).told("fast")
