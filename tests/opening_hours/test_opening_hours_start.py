"""When a run is to begin, as a person writes it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.opening_hours.wall_clock import kept, start_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 17, 55, tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("09:00", "2026-11-27 09:00"),
        ("9.30", "2026-11-27 09:30"),
        ("18:00", "2026-11-26 18:00"),
        ("17:55", "2026-11-27 17:55"),
        (" 2026-11-30 09:00 ", "2026-11-30 09:00"),
        ("2026-11-30T09:00", "2026-11-30 09:00"),
        ("30.11.2026 09:00", "2026-11-30 09:00"),
        ("2026-11-26 17:56", "2026-11-26 17:56"),
    ],
)
def test_a_time_is_the_next_such_time_and_a_date_that_date(text: str, begins: str) -> None:
    found = datetime.fromtimestamp(start_of(text, NOW, BERLIN), BERLIN)

    assert begins == found.strftime("%Y-%m-%d %H:%M")
    assert 0 == found.second


@pytest.mark.parametrize("text", ["2026-11-26 17:55", "2025-11-30 09:00"])
def test_a_date_that_has_passed_is_refused(text: str) -> None:
    """It is a slip: whoever means now leaves it out."""
    with pytest.raises(SettingsError, match=r"at: 202.* has passed; it is 2026-11-26 17:55"):
        start_of(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["", "nine", "25:00", "2026-13-01 09:00", "2026-11-30", "tomorrow"])
def test_what_cannot_be_read_is_told_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match=r"is no time\. Write such as 09:00, or 2026-11-27 09:00"):
        start_of(text, NOW, BERLIN)


@pytest.mark.parametrize(
    ("now", "begins"), [("2026-03-28 22:00", "2026-03-29 03:00 CEST"), ("2026-10-24 22:00", "2026-10-25 02:30 CEST")]
)
def test_half_past_two_on_the_nights_when_clocks_are_changed(now: str, begins: str) -> None:
    """Skipped: when clocks jump past it. Twice: the first of them."""
    moment = datetime.fromisoformat(now).replace(tzinfo=BERLIN).timestamp()

    assert begins == datetime.fromtimestamp(start_of("02:30", moment, BERLIN), BERLIN).strftime("%Y-%m-%d %H:%M %Z")


def test_an_hour_that_comes_twice_is_not_waited_for_a_day() -> None:
    """Between both, the second one is next; it is the next day's where that has passed too."""
    between = datetime(2026, 10, 25, 2, 45, tzinfo=BERLIN, fold=0).timestamp()

    assert between < start_of("02:30", between, BERLIN)


@given(st.floats(0, 4_000_000_000))
def test_what_is_kept_is_read_again_whatever_time_it_is(moment: float) -> None:
    assert start_of(kept(moment), NOW, BERLIN) == pytest.approx(moment, abs=1e-5)
