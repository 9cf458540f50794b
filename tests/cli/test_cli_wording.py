"""Numbers and moments as a person says them."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import pytest

from hotline_batch.cli.screen.wording import duration, moment
from hotline_batch.language.words import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.4, "0 s"), (1, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (60, "1 min"), (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min"), (90_000, "25 h 00 min"),
    ],
)  # fmt: skip
def test_duration_in_words(seconds: float, said: str) -> None:
    """As a person would say it."""
    assert said == duration(seconds)


def test_one_is_said_in_the_singular() -> None:
    """No "1 rows"; and no row of digits that nobody can read."""
    told = [words("{count:row|rows} to send", count=count) for count in (0, 1, 2, 12_345)]

    assert ["0 rows to send", "1 row to send", "2 rows to send", "12,345 rows to send"] == told


def test_moment_names_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the settings, else that of this machine."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        told = moment(0.0, None), moment(0.0, ZoneInfo("Europe/Berlin")), moment(None, None)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert ("1970-01-01 09:00 UTC+09:00", "1970-01-01 01:00 CET", "") == told
