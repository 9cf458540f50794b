"""When the next request may leave: an exact, evenly spaced pacer that slows down when it is told to."""

from __future__ import annotations

from collections import deque

from hotline_batch.ledger.pace import Pace

# 1.3 % below the limit keeps the count by the server's clock inside it, although requests travel for unequal times.
_SHARE_OF_LIMIT = 0.987
_SLOWEST_SHARE = 1 / 64
_FASTER_AFTER_GRANTS = 20
_FASTER_FACTOR = 1.25


class Throttle:
    """Grants at most ``count`` requests in any window of ``window_seconds``, evenly spaced, one after the other.

    All times are monotonic seconds, given by the caller. Not shared by threads: one dispatcher asks. Under a ``name``
    the pace is shared with the other processes that use the ledger.
    """

    def __init__(self, count: int, window_seconds: float, name: str = "") -> None:
        self.name = name
        self._count = count
        self._window_seconds = window_seconds
        self._fastest_interval = window_seconds / count / _SHARE_OF_LIMIT
        self._change_share(1.0)
        self._next_at = float("-inf")
        self._not_before = float("-inf")
        self._grants: deque[float] = deque(maxlen=count)
        self._slowed_since_last_grant = False

    def due_at(self) -> float:
        """When the next request may leave (monotonic seconds); in the past where it may leave now."""
        due = max(self._next_at, self._not_before)
        if len(self._grants) == self._count:
            # The guard of the promise itself, whatever was caught up with: the window slides past the oldest grant.
            due = max(due, self._grants[0] + self._window_seconds)
        return due

    def grant(self, now: float) -> None:
        """Count one request that leaves now."""
        due = max(self._next_at, self._not_before)
        self._next_at = self._pace.next_turn_at(due, now)
        self._grants.append(now)
        self._slowed_since_last_grant = False
        self._grants_since_change += 1
        if self._share < 1.0 and self._grants_since_change >= _FASTER_AFTER_GRANTS:
            self._change_share(min(1.0, self._share * _FASTER_FACTOR))

    def wait_for_turn(self, moment: float) -> None:
        """The request that was granted last did not leave: its turn among all processes is at ``moment``."""
        if self._grants:
            self._grants.pop()
            self._grants_since_change -= 1
        self._next_at = moment

    def give_back(self, now: float) -> None:
        """The request that was granted last does not leave at all: the next one may have its turn."""
        self.wait_for_turn(min(self._next_at, now))

    def pause_until(self, moment: float) -> None:
        """Let nothing leave before ``moment``; a longer pause that was asked for earlier stays."""
        self._not_before = max(self._not_before, moment)

    def slow_down(self, now: float) -> None:
        """Halve the pace, after the service said that it is too fast. It rises again step by step.

        Requests that were under way together and are refused together count as one refusal.
        """
        if self._slowed_since_last_grant:
            return
        self._slowed_since_last_grant = True
        self._change_share(max(_SLOWEST_SHARE, self._share / 2))
        self._next_at = max(self._next_at, now + self.interval_seconds)

    @property
    def interval_seconds(self) -> float:
        """The present time between two requests."""
        return self._fastest_interval / self._share

    @property
    def pace(self) -> Pace:
        """The present pace as the ledger is to keep it; without a name it is nobody else's business."""
        return self._pace

    def _change_share(self, share: float) -> None:
        self._share = share
        self._grants_since_change = 0
        self._pace = Pace(self.name, self.interval_seconds, self._window_seconds)

    @property
    def paused_until(self) -> float:
        """The end of the longest pause that was asked for (monotonic seconds)."""
        return self._not_before

    @property
    def pace_share(self) -> float:
        """The present pace as a share of the limit, 1 when nothing slows it down."""
        return self._share
