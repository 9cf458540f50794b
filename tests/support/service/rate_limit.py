"""A service that counts: requests in, a refusal with its wait out, and a longer wait for those who do not listen."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class RateLimit:
    """A token bucket: ``per_second`` on average, ``burst`` at once; each refusal tells whole seconds to wait.

    A request that comes before the told wait is over counts in ``early_retries`` and lengthens the wait by
    ``penalty_seconds``. Requests within ``grace_seconds`` of a refusal were on their way already: they are refused
    without a penalty.
    """

    per_second: float
    burst: int = 1
    penalty_seconds: float = 0.0
    grace_seconds: float = 0.25
    early_retries: int = 0
    refused: int = 0
    _tokens: float = field(default=-1.0)
    _filled_at: float = 0.0
    _closed_until: float = 0.0
    _closed_at: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_told(self, now: float, late_seconds: float = 0.0) -> int | None:
        """None where the request may pass, else the seconds to wait; ``now`` is monotonic.

        The request came ``late_seconds`` before.
        """
        with self._lock:
            if now < self._closed_until:
                self.refused += 1
                if now - late_seconds > self._closed_at + self.grace_seconds:
                    self.early_retries += 1
                    self._closed_until += self.penalty_seconds
                return math.ceil(self._closed_until - now)
            if self._tokens < 0:
                self._tokens = float(self.burst)
            else:
                self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self.per_second)
            self._filled_at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return None
            self.refused += 1
            wait = math.ceil((1 - self._tokens) / self.per_second)
            self._closed_at, self._closed_until = now, now + wait
            return wait


@dataclass(slots=True)
class ToldWaits:
    """Waits told by single faults; a request before the end of one is an early retry."""

    clock: Callable[[], float]
    grace_seconds: float = 0.25
    early_retries: int = 0
    _told_at: float = -math.inf
    _until: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note_request(self, late_seconds: float = 0.0) -> None:
        """Count a request that comes too early; it came ``late_seconds`` ago."""
        with self._lock:
            now = self.clock()
            if self._told_at + self.grace_seconds < now - late_seconds and now < self._until:
                self.early_retries += 1

    def note_told(self, seconds: float) -> None:
        """A client was told to wait so long."""
        with self._lock:
            self._told_at = self.clock()
            self._until = max(self._until, self._told_at + seconds)

    def forget(self) -> None:
        """Whoever was told has died: it may not have lived to write it down."""
        with self._lock:
            self._told_at = self._until = -math.inf


def most_in_any_window(times: list[float], seconds: float) -> int:
    """The largest number of moments in any half-open window of that length."""
    ordered = sorted(times)
    most = first = 0
    for index, moment in enumerate(ordered):
        while ordered[first] <= moment - seconds:
            first += 1
        most = max(most, index - first + 1)
    return most
