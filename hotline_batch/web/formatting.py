"""Numbers, moments and durations -> as the reader writes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo

from hotline_batch.results.formatting import duration_text

_MEGA = 1_000_000


def number(value: int) -> str:
    """1234567 -> 1,234,567."""
    return f"{value:,}"


def count(value: int, one: str, more: str) -> str:
    """A number with its noun: 1 row, 2 rows."""
    return f"{number(value)} {one if value == 1 else more}"


def moment(seconds: float | None, zone: tzinfo | None = None, now: float | None = None) -> str:
    """A moment as a person says it: today 14:32, yesterday 9:05, 22 Nov 2026, 19:04. Empty for None."""
    if seconds is None:
        return ""
    told = datetime.fromtimestamp(seconds, zone)
    today = datetime.fromtimestamp(time.time() if now is None else now, zone).date()
    days_ago = (today - told.date()).days
    if days_ago in (0, 1):
        return f"{'today' if days_ago == 0 else 'yesterday'}, {told:%H:%M}"
    if days_ago == -1:
        return f"tomorrow, {told:%H:%M}"
    return f"{told.day} {told:%b %Y, %H:%M}"


def clock_time(seconds: float | None, zone: tzinfo | None = None) -> str:
    """14:32; empty for None."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, zone):%H:%M}"


def iso_time(seconds: float) -> str:
    """For machines: ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    """603.2 -> about 10 min; 42 -> 42 s."""
    if seconds < 60:
        return duration_text(seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"


def visible(text: str) -> str:
    """A message as it is; characters that nobody would see, or that turn the text round, are told by their codes."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def size(of_bytes: int) -> str:
    """12 kB, 3.4 MB."""
    return f"{of_bytes / _MEGA:.1f} MB" if of_bytes >= _MEGA else f"{max(1, round(of_bytes / 1000))} kB"
