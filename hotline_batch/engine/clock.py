"""Time as the engine sees it, the queue of events that it waits for, so that a test never waits for real; and the hours
of a connection -> whether its requests may leave now, and when again.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from hotline_batch.opening_hours.week import ALWAYS, Hours

Event = TypeVar("Event")


class EventQueue(Generic[Event]):
    """Any thread puts events in, also a signal handler that interrupts another ``put``; one thread receives them.

    Not the standard library's ``SimpleQueue``, whose ``get`` may wait for ever with a timeout: where the thread is
    suspended for longer than the timeout right before it waits, what is left of it is less than nothing, and that
    counts as no timeout (measured with CPython 3.11: of 6,000 waits for 24 microseconds one never ended). Nor its
    ``Queue``, whose ``put`` must not be interrupted by another one.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._nothing_new = threading.Lock()

    def put(self, event: Event) -> None:
        """Add an event; never waits."""
        self._events.append(event)
        if self._nothing_new.locked():
            with suppress(RuntimeError):  # another thread was faster
                self._nothing_new.release()

    def receive(self, seconds: float | None) -> Event | None:
        """The next event; None after ``seconds`` without one. ``None`` seconds: as long as it takes."""
        until = None if seconds is None else time.monotonic() + seconds
        while not self._events:
            left = -1.0 if until is None else until - time.monotonic()
            if until is not None and left <= 0.0:
                return None
            # Free after an arrival, also of one that was received meanwhile: then this looks once more.
            self._nothing_new.acquire(timeout=left)
        return self._events.popleft()

    @property
    def is_empty(self) -> bool:
        """Whether there is no event to receive at the moment."""
        return not self._events


class Clock(Protocol):
    """Two clocks and the only ways to wait."""

    def monotonic(self) -> float:
        """Seconds that never jump; for pacing and due times."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, UTC; for the ledger and for people."""
        ...

    def receive(self, inbox: EventQueue[Event], seconds: float | None) -> Event | None:
        """The next event; None after ``seconds`` without one. ``None`` seconds: as long as it takes."""
        ...

    def wait_until(self, moment: float) -> None:
        """Let time pass until a moment (monotonic), if it lies ahead."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """CLOCK_MONOTONIC: stands still while the machine sleeps, so nothing is caught up with afterwards."""
        return time.monotonic()

    def wall(self) -> float:
        """The clock on the wall."""
        return time.time()

    def receive(self, inbox: EventQueue[Event], seconds: float | None) -> Event | None:
        """Wait for an event; signal handlers run meanwhile."""
        return inbox.receive(seconds)

    def wait_until(self, moment: float) -> None:
        """Sleep, in a thread that nobody waits for."""
        seconds = moment - time.monotonic()
        if seconds > 0:
            time.sleep(seconds)


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
