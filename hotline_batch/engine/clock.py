"""Time as the engine sees it, so that a test never waits for real."""

from __future__ import annotations

import time
from typing import Protocol

from hotline_batch.engine.event_queue import Event, EventQueue


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
