"""A sign of life of this process -> how long ago that was, whatever its clocks did since."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """When one was given: one clock never jumps, and stands still while the machine sleeps; the other one goes on."""

    monotonic: float = field(default_factory=time.monotonic)
    wall: float = field(default_factory=time.time)

    @property
    def seconds_ago(self) -> float:
        """As long ago as either clock says."""
        return max(time.monotonic() - self.monotonic, time.time() - self.wall)
