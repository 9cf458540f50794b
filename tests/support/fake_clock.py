"""A clock for tests: time passes by jumps, and real time only while requests are really under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from hotline_batch.application.runs import driving
from hotline_batch.engine.clock import Event, EventQueue
from hotline_batch.engine.runner import Runner

_LONGEST_REAL_WAIT_SECONDS = 120.0


class CanBeBusy(Protocol):
    """A clock that may be told whether something is on its way for real."""

    is_busy: Callable[[], bool]


def never_busy() -> bool:
    """Nothing is on its way."""
    return False


@contextmanager
def heeding_rows(clock: CanBeBusy) -> Iterator[None]:
    """Within, the clock is busy while a runner that is driven here has rows on their way."""

    class OfThisClock(Runner):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            clock.is_busy = lambda: bool(self._in_flight)

    before, driving.Runner = driving.Runner, OfThisClock  # type: ignore[misc]
    try:
        yield
    finally:
        driving.Runner, clock.is_busy = before, never_busy  # type: ignore[misc]


class FakeClock:
    """Two clocks that move together, and a wait that jumps.

    ``is_busy`` says whether something is under way for real (a commit, a request). While it is, ``receive`` first waits
    for its news: as long as it takes, or ``patience_seconds``, so that time goes on although a request hangs.
    ``waits`` keeps every jump, in seconds.
    """

    def __init__(
        self, monotonic: float = 1_000.0, wall: float = 1_800_000_000.0, patience_seconds: float | None = None
    ) -> None:
        self.now = monotonic
        self.wall_now = wall
        self.patience_seconds = patience_seconds
        self.is_busy: Callable[[], bool] = never_busy
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.wall_now

    def jump(self, seconds: float) -> None:
        self.now += seconds
        self.wall_now += seconds

    def receive(self, inbox: EventQueue[Event], seconds: float | None) -> Event | None:
        waits_for_real = self.is_busy() and seconds != 0.0
        event = inbox.receive((self.patience_seconds or _LONGEST_REAL_WAIT_SECONDS) if waits_for_real else 0.0)
        if event is not None:
            return event
        if waits_for_real and self.is_busy() and self.patience_seconds is None:
            raise AssertionError("What is under way never ended.")
        if seconds:
            self.waits.append(seconds)
            self.jump(seconds)
        return None

    def wait_until(self, moment: float) -> None:
        if moment > self.now:
            self.waits.append(moment - self.now)
            self.jump(moment - self.now)
