"""How far a session is -> a snapshot for whoever looks on here, and lanes' progress in the ledger for all others."""

from __future__ import annotations

import math
from collections import Counter

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.open_connections import OpenConnections
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import OnProgress as OnProgress
from hotline_batch.model.progress import Progress

_AT_MOST_EVERY_SECONDS = 0.1
_PUBLISH_EVERY_SECONDS = 1.0


def _tell_nobody(_progress: Progress) -> None:
    """For a watcher that failed."""


class Reporter:
    """Counts the rows that are done and tells of them; of what is ``held`` the ledger is told.

    A watcher is told ten times a second at most, and nothing more once it fails.
    """

    def __init__(self, connections: OpenConnections, held: Hold, clock: Clock, on_progress: OnProgress) -> None:
        self._connections = connections
        self._held = held
        self._clock = clock
        self._on_progress = on_progress
        self._by_status: Counter[Status] = Counter()
        self._started = clock.monotonic()
        self._closed_seconds = 0.0
        self._told_at = self._published_at = -math.inf

    def add(self, status: Status) -> None:
        """One more row is done."""
        self._by_status[status] += 1

    def was_closed(self, seconds: float) -> None:
        """So long nothing could leave, for the hours."""
        self._closed_seconds += seconds

    @property
    def is_complete(self) -> bool:
        """Whether every row of the session is done."""
        return self._by_status.total() >= self._connections.rows

    @property
    def seconds(self) -> float:
        """How long the session has lasted, without what it waited for its hours."""
        return self._clock.monotonic() - self._started - self._closed_seconds

    def tell(self, *, waiting_seconds: float, stopping: bool) -> None:
        """Tell, if it is time."""
        now = self._clock.monotonic()
        if now - self._told_at < _AT_MOST_EVERY_SECONDS:
            return
        self._told_at = now
        closed_until = None if stopping else self._connections.closed_until()
        progress = Progress(
            rows=self._connections.rows,
            done=self._by_status.total(),
            counts=self._by_status,
            elapsed_seconds=self.seconds,
            seconds_left=self._seconds_left(waiting_seconds, is_closed=closed_until is not None),
            waiting_seconds=max(0.0, waiting_seconds),
            pace=self._connections.share,
            stopping=stopping,
            closed_until=closed_until,
        )
        try:
            self._on_progress(progress)
        except Exception:  # noqa: BLE001 - whoever watches may fail in any way; the rows on their way come first
            self._on_progress = _tell_nobody
        self.publish(now)

    def publish(self, now: float = math.inf) -> None:
        """Say how far the lanes are, for the ledger to tell; in any case where no moment is given."""
        if now - self._published_at >= _PUBLISH_EVERY_SECONDS:
            self._published_at = now
            self._held.tell(self._connections.progress(self.seconds))

    def _seconds_left(self, waiting_seconds: float, *, is_closed: bool) -> float | None:
        """How long the rest takes if it goes on as it went, within its hours; None while that is not known."""
        if done := self._by_status.total():
            work = self.seconds / done * (self._connections.rows - done) + (0.0 if is_closed else waiting_seconds)
        elif is_closed:
            work = self._connections.seconds_at_this_pace()
        else:
            return None
        left = self._connections.ends_in(work)
        return left if left < math.inf else None
