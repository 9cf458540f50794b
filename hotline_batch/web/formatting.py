"""Numbers, moments and durations -> as the reader writes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo

from hotline_batch.language import formats
from hotline_batch.language.words import words
from hotline_batch.results.formatting import duration_text

_MEGA = 1_000_000


def moment(seconds: float | None, zone: tzinfo | None = None, now: float | None = None) -> str:
    """A moment as a person says it: today 14:32, yesterday 9:05, 22 Nov 2026, 19:04. Empty for None."""
    if seconds is None:
        return ""
    told, clock = datetime.fromtimestamp(seconds, zone), formats.clock_time(seconds, zone)
    today = datetime.fromtimestamp(time.time() if now is None else now, zone).date()
    days_ago = (today - told.date()).days
    match days_ago:
        case 0:
            return words("today, {time}", time=clock)
        case 1:
            return words("yesterday, {time}", time=clock)
        case -1:
            return words("tomorrow, {time}", time=clock)
        case _:
            return formats.day_and_time(seconds, zone)


def ending(seconds: float, zone: tzinfo | None = None, now: float | None = None) -> str:
    """A moment that is still to come: 14:32 of today; tomorrow, 2:10."""
    today = datetime.fromtimestamp(time.time() if now is None else now, zone).date()
    is_today = datetime.fromtimestamp(seconds, zone).date() == today
    return formats.clock_time(seconds, zone) if is_today else moment(seconds, zone, now)


def clock_time(seconds: float | None, zone: tzinfo | None = None) -> str:
    """14:32; empty for None."""
    return "" if seconds is None else formats.clock_time(seconds, zone)


def iso_time(seconds: float) -> str:
    """For machines: ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    """603.2 -> about 10 min; 42 -> 42 s."""
    if seconds < 60:
        return duration_text(seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return duration_text(3_600 * hours + 60 * minutes)


def visible(text: str) -> str:
    """A message as it is; characters that nobody would see, or that turn the text round, are told by their codes."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def size(of_bytes: int) -> str:
    """12 kB, 3.4 MB."""
    if of_bytes >= _MEGA:
        return f"{formats.decimal(of_bytes / _MEGA)} MB"
    return f"{max(1, round(of_bytes / 1000))} kB"
