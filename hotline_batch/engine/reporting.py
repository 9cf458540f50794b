"""How far a session is -> whoever looks on here, and the ledger for all others."""

from __future__ import annotations

import math

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.open_connections import OpenConnections
from hotline_batch.engine.progress import Counts
from hotline_batch.ledger.lanes.hold import Hold

_PUBLISH_EVERY_SECONDS = 1.0


class Reporter:
    """Tells how far the connections are; ``held`` is what the ledger is told of, if anything."""

    def __init__(self, counts: Counts, connections: OpenConnections, held: Hold | None, clock: Clock) -> None:
        self._counts = counts
        self._connections = connections
        self._held = held
        self._clock = clock
        self._published_at = -math.inf

    def tell(self, *, waiting_seconds: float, stopping: bool) -> None:
        """Tell, if it is time."""
        if not self._counts.is_due():
            return
        closed_until = None if stopping else self._connections.closed_until()
        work = self._counts.seconds_of_work_left
        if work is None and closed_until is not None:
            work = self._connections.seconds_at_this_pace()
        elif work is not None and closed_until is None:
            work += waiting_seconds
        left = None if work is None else self._connections.ends_in(work)
        self._counts.tell(
            waiting_seconds=waiting_seconds,
            pace=self._connections.share,
            stopping=stopping,
            closed_until=closed_until,
            seconds_left=left if left is not None and left < math.inf else None,
        )
        self.publish(self._clock.monotonic())

    def publish(self, now: float = math.inf) -> None:
        """Say how far the lanes are, for the ledger to tell; in any case where no moment is given."""
        if self._held and now - self._published_at >= _PUBLISH_EVERY_SECONDS:
            self._published_at = now
            self._held.tell(self._connections.progress(self._counts.seconds))
