"""Nothing is due -> the next event, or the time when something may be; also while the hours let nothing leave."""

from __future__ import annotations

from typing import Generic, TypeVar

from hotline_batch.engine.clock import Clock, EventQueue
from hotline_batch.engine.open_connections import OpenConnections
from hotline_batch.engine.progress import Counts
from hotline_batch.engine.run_log import RunLog
from hotline_batch.engine.session import HANDED_BACK, StopTold

Event = TypeVar("Event")

_TELL_EVERY_SECONDS = 1.0
# While nothing may leave for hours, the clock on the wall is looked at so often: it may be set, or go on in sleep.
_LOOK_WHILE_CLOSED_SECONDS = 10.0
_LONGEST_WAIT_WITH_LANES_SECONDS = 60.0


class Waiting(Generic[Event]):
    """Waits for a session; with ``leaves_when_closed`` it is told to end where that would take long."""

    def __init__(
        self,
        inbox: EventQueue[Event],
        connections: OpenConnections,
        counts: Counts,
        log: RunLog,
        clock: Clock,
        *,
        leaves_when_closed: bool,
    ) -> None:
        self._inbox = inbox
        self._connections = connections
        self._counts = counts
        self._log = log
        self._clock = clock
        self._leaves_when_closed = leaves_when_closed

    def receive(self, seconds: float, *, is_idle: bool) -> Event | StopTold | None:
        """The next event; None after so long, or a little sooner. ``is_idle``: nothing is on its way, nor to end."""
        closed_until = self._connections.closed_until() if seconds and is_idle else None
        if closed_until is None:
            return self._clock.receive(self._inbox, min(seconds, _TELL_EVERY_SECONDS))
        began = self._clock.monotonic()
        self._log.closed(closed_until)
        if self._leaves_when_closed and closed_until - self._clock.wall() > _LONGEST_WAIT_WITH_LANES_SECONDS:
            return StopTold(HANDED_BACK, "")
        event = self._clock.receive(self._inbox, min(seconds, _LOOK_WHILE_CLOSED_SECONDS))
        self._counts.was_closed(self._clock.monotonic() - began)
        return event
