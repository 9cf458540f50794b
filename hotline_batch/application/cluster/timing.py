"""How often a worker of several machines looks, and for how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from hotline_batch.ledger.lanes.lane import LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. ``silent``: whoever gave no sign of life for so long is replaced. ``slice``: so long is a lane
    driven at least before it is given to another run of its group. ``look``: how often all of that is looked at.
    ``wait``: a lane whose hours begin within so long is kept, others are given back until they do.
    """

    look: float = 1.0
    beat: float = 2.0
    silent: float = LEASE_SECONDS
    slice: float = 30.0
    wait: float = 60.0
