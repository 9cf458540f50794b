"""How far a run is -> a snapshot for whoever shows it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hotline_batch.engine.clock import Clock
from hotline_batch.model.jobs import Status

_AT_MOST_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot. ``waiting_seconds`` is the time to the next request while the engine waits, 0 while it works.

    ``rows`` and ``done`` count the rows that this session has to do; ``pace`` is the share of the allowed rate
    that is used at present. ``closed_until`` (seconds since the epoch, UTC) is when the hours in which requests may
    leave begin again, None within them; the time outside of them does not count as elapsed.
    """

    rows: int
    done: int
    counts: Mapping[Status, int]
    elapsed_seconds: float
    seconds_left: float | None
    waiting_seconds: float
    pace: float
    stopping: bool
    closed_until: float | None = None


def _tell_nobody(_progress: Progress) -> None:
    """For a watcher that failed."""


class Counts:
    """The rows that are done, and who is told: ten times a second at most; nothing more to a watcher that fails."""

    def __init__(self, rows: int, clock: Clock, on_progress: Callable[[Progress], None]) -> None:
        self._rows = rows
        self._by_status: Counter[Status] = Counter()
        self._clock = clock
        self._on_progress = on_progress
        self._started = clock.monotonic()
        self._told_at = -math.inf
        self._closed_seconds = 0.0

    def add(self, status: Status) -> None:
        """One more row is done."""
        self._by_status[status] += 1

    def expect(self, rows: int) -> None:
        """The session has fewer rows to do than it began with: somebody else does the others."""
        self._rows = rows

    @property
    def is_complete(self) -> bool:
        """Whether every row of the session is done."""
        return self._by_status.total() >= self._rows

    @property
    def seconds(self) -> float:
        """How long the session has lasted, without what it waited for its hours."""
        return self._clock.monotonic() - self._started - self._closed_seconds

    def was_closed(self, seconds: float) -> None:
        """So long nothing could leave, for the hours."""
        self._closed_seconds += seconds

    @property
    def seconds_of_work_left(self) -> float | None:
        """How long the rest takes if it goes on as it went; None while that is not known."""
        done = self._by_status.total()
        return self.seconds / done * (self._rows - done) if done else None

    def is_due(self) -> bool:
        """Whether enough time has passed since the last snapshot."""
        return self._clock.monotonic() - self._told_at >= _AT_MOST_EVERY_SECONDS

    def tell(
        self,
        *,
        waiting_seconds: float,
        pace: float,
        stopping: bool,
        closed_until: float | None = None,
        seconds_left: float | None = None,
    ) -> None:
        """Pass a snapshot on; ask ``is_due`` first."""
        self._told_at = self._clock.monotonic()
        done = self._by_status.total()
        elapsed = self.seconds
        waiting = max(0.0, waiting_seconds)
        try:
            self._on_progress(
                Progress(
                    rows=self._rows,
                    done=done,
                    counts=self._by_status,
                    elapsed_seconds=elapsed,
                    seconds_left=seconds_left,
                    waiting_seconds=waiting,
                    pace=pace,
                    stopping=stopping,
                    closed_until=closed_until,
                )
            )
        except Exception:  # noqa: BLE001 - whoever watches may fail in any way; the rows on their way come first
            self._on_progress = _tell_nobody
