"""Words with units become values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.settings.units import MaxErrors, Rate, parse_duration


@pytest.mark.parametrize(
    ("text", "count", "window", "shown"),
    [
        ("18/min", 18, 60, "18/min"),
        ("18 / Minute", 18, 60, "18/min"),
        ("5/s", 5, 1, "5/s"),
        ("5/sec", 5, 1, "5/s"),
        (" 1000/h ", 1000, 3600, "1000/h"),
        ("200/day", 200, 86400, "200/d"),
    ],
)
def test_rate_is_a_count_per_window(text: str, count: int, window: int, shown: str):
    """Units in short and long, any case, with blanks."""
    rate = Rate.parse(text)

    assert (rate.count, rate.window_seconds, str(rate)) == (count, window, shown)
    assert rate.per_second == count / window


@given(count=st.integers(1, 9_999_999), unit=st.sampled_from(["s", "min", "h", "d"]))
def test_rate_reads_what_it_writes(count: int, unit: str):
    """The shown form means the same rate."""
    rate = Rate.parse(f"{count}/{unit}")

    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "18", "0/s", "-1/s", "1.5/s", "18/fortnight", "/s", "1/s/s", "٣/s", "1e3/s", "18/"]
)
def test_what_is_no_rate_names_its_place(text: str):
    """The error says where, what was written, and how to write it."""
    with pytest.raises(SettingsError, match=r"--rate: .* such as 18/min"):
        Rate.parse(text, "--rate")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86_400),
        ("90d", 7_776_000),
        ("30m", 1_800),
        ("45s", 45),
        ("2w", 1_209_600),
        ("0", 0),
        ("1.5 hours", 5_400),
    ],
)
def test_duration_is_seconds(text: str, seconds: float):
    """Each unit, and a bare zero."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "24", "h", "-1h", "1y", "1h30m", "inf", "1e9h"])
def test_what_is_no_duration_is_refused(text: str):
    """A number without a unit could mean anything."""
    with pytest.raises(SettingsError, match=r"--duplicate-window: .* such as 24h"):
        parse_duration(text, "--duplicate-window")


def test_errors_are_counted_in_a_row_or_as_a_share():
    """A number or a percentage."""
    assert MaxErrors.parse("10") == MaxErrors(in_a_row=10)
    assert MaxErrors.parse("5 %") == MaxErrors(share=0.05)
    assert (str(MaxErrors.parse("10")), str(MaxErrors.parse("2.5%"))) == ("10", "2.5%")


@pytest.mark.parametrize("text", ["0", "-1", "0%", "101%", "five", "", "1.5"])
def test_what_is_no_error_limit_is_refused(text: str):
    """A limit of nothing would stop every run."""
    with pytest.raises(SettingsError, match="--max-errors"):
        MaxErrors.parse(text, "--max-errors")
