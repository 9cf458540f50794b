"""What a clock on the wall of a time zone says <-> moments; right where clocks are put forward or back. And when a run
is to begin, as a person writes it.

Moments are seconds since the epoch, UTC; a zone of None is that of this machine. Times on the wall are naive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words

Stretch: TypeAlias = tuple[float, float]
"""From a moment on, and until right before another one."""


def on_the_wall(moment: float, zone: tzinfo | None) -> datetime:
    """What the clock on the wall says at a moment."""
    return datetime.fromtimestamp(moment, zone).replace(tzinfo=None)


def stretches_between(begin: datetime, end: datetime, zone: tzinfo | None) -> Iterator[Stretch]:
    """While the clock on the wall stands between two times that are a day apart at most.

    An hour that is skipped is not there; one that comes twice is there twice, so that there may be two stretches.
    """
    first, last = min(_both(begin, zone)), max(_both(end, zone))
    for since, until, ahead in _pieces(first, last, zone):
        opens, closes = max(since, _as_utc(begin) - ahead), min(until, _as_utc(end) - ahead)
        if opens < closes:
            yield opens, closes


def first_moment(time: datetime, zone: tzinfo | None) -> float:
    """When the clock on the wall reaches a time for the first time; where that is skipped, when it jumps past it."""
    return min(opens for opens, _ in stretches_between(time, time + timedelta(days=1), zone))


def _both(time: datetime, zone: tzinfo | None) -> tuple[float, float]:
    """The moments that a time may be: two, where clocks are put back, and around a time that is skipped."""
    return tuple(time.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))  # type: ignore[return-value]


def _pieces(first: float, last: float, zone: tzinfo | None) -> Iterator[tuple[float, float, float]]:
    """Stretches from the first to the last moment, with how far ahead of UTC the clock is in each (seconds)."""
    before, after = _ahead(first, zone), _ahead(last, zone)
    if before == after:
        yield first, last, before
        return
    low, high = int(first), int(last) + 1
    while high - low > 1:  # clocks are changed at a whole second
        middle = (low + high) // 2
        if _ahead(middle, zone) == before:
            low = middle
        else:
            high = middle
    yield first, float(high), before
    yield float(high), last, after


def _ahead(moment: float, zone: tzinfo | None) -> float:
    second = int(moment // 1)
    return _as_utc(on_the_wall(second, zone)) - second


def _as_utc(time: datetime) -> float:
    return time.replace(tzinfo=UTC).timestamp()


_FIRST_YEAR, _LAST_YEAR = 1970, 9000
"""What is before or after is a slip of the keyboard, and beside where times end that can be calculated with."""

_TIMES = ("%H:%M", "%H.%M")
_DATES = ("%Y-%m-%d", "%d.%m.%Y")


def start_of(text: str, now: float, zone: tzinfo | None) -> float:
    """The next ``09:00``, or ``2026-11-27 09:00``, by a clock on the wall of the zone (None: this machine's).

    SettingsError for what cannot be read, and for a date whose time has passed. What ``kept`` made has no zone but its
    own, and may have passed.
    """
    word = " ".join(text.strip().replace("T", " ").split())
    if (moment := _kept(text)) is not None:
        return moment
    if (time := _read(word, _TIMES)) is not None:
        today = on_the_wall(now, zone).replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
        ahead = (first_moment(today + timedelta(days=days), zone) for days in range(-1, 3))
        return next(found for found in ahead if found > now)
    date = _read(word, [f"{date} {time}" for date in _DATES for time in _TIMES])
    if date is not None and date.year <= _LAST_YEAR:
        found = first_moment(date, zone) if date.year >= _FIRST_YEAR else -math.inf
        if found <= now:
            raise SettingsError(
                words(
                    "{where}: {text} has passed; it is {now}. Name a time that lies ahead, or leave it out to begin at "
                    "once.",
                    where="at",
                    text=text.strip(),
                    now=f"{on_the_wall(now, zone):%Y-%m-%d %H:%M}",
                )
            )
        return found
    raise SettingsError(
        words("{where}: {text} is no time. Write such as 09:00, or 2026-11-27 09:00.", where="at", text=repr(text))
    )


def kept(moment: float) -> str:
    """A moment as a text that ``start_of`` reads again, whatever time it is then."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _kept(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo and _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _read(text: str, forms: list[str] | tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a time on the wall
        except ValueError:
            continue
    return None
