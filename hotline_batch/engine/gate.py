"""The hours of a connection -> whether its requests may leave now, and when again; cheap to ask for each row."""

from __future__ import annotations

import math

from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.opening_hours.week import ALWAYS, Hours

OUTSIDE_HOURS = "outside_hours"
"""The code of a wait, and of a row that did not leave, for the hours alone."""

# Whoever claims a row now sends it a moment later: that must not be past closing time.
_CLOSES_EARLIER_SECONDS = 0.1


class Gate:
    """Opens and closes by the clock on the wall, which may be set, and goes on while the machine sleeps."""

    def __init__(self, hours: Hours, clock: Clock) -> None:
        self._hours = hours
        self._clock = clock
        # Since when this is known, and when it opens and closes next; replaced as a whole, since threads share it.
        self._known = (math.inf, -math.inf, -math.inf)

    @property
    def is_open(self) -> bool:
        """Whether a request may leave at this moment."""
        now = self._clock.wall()
        opens, closes = self._next(now)
        return opens <= now < closes

    def closed_until(self) -> float | None:
        """When rows may be claimed again (seconds since the epoch, UTC); None where they may be now."""
        if self._hours.is_always:
            return None
        now = self._clock.wall()
        opens, closes = self._next(now)
        if closes - now <= _CLOSES_EARLIER_SECONDS:
            opens = self._hours.next_open(closes)
        return opens if opens > now else None

    def opens_at(self) -> float:
        """The same as monotonic seconds; minus infinity where it is open."""
        until = self.closed_until()
        return -math.inf if until is None else self._clock.monotonic() + until - self._clock.wall()

    def after(self, seconds: float) -> float:
        """In how many seconds so many have passed during which it is open."""
        now = self._clock.wall()
        return seconds if self._hours.is_always else self._hours.add_working_time(now, seconds) - now

    def _next(self, now: float) -> tuple[float, float]:
        since, opens, closes = self._known
        if not since <= now < closes:
            since, opens, closes = now, self._hours.next_open(now), self._hours.closes_at(now)
            self._known = since, opens, closes
        return opens, closes


ALWAYS_OPEN = Gate(ALWAYS, SystemClock())
