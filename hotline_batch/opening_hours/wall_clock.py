"""What a clock on the wall of a time zone says <-> moments; right where clocks are put forward or back.

Moments are seconds since the epoch, UTC; a zone of None is that of this machine. Times on the wall are naive.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias

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
