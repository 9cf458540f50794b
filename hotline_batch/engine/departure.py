"""A claimed row -> whether its request may leave at this moment, asked by the threads of a session."""

from __future__ import annotations

from hotline_batch.client.network.evidence import Withheld
from hotline_batch.engine.clock import OUTSIDE_HOURS, Clock
from hotline_batch.engine.open_connections import OpenConnections
from hotline_batch.engine.worker import CLAIM_EXPIRED
from hotline_batch.ledger.journal.entries import Claimed
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS, Hold


class Departure:
    """Lets requests leave while their rows are certainly this session's, and the hours of their connections last.

    Use it as a context manager: at its end the session is over, and nothing leaves any more.
    """

    def __init__(self, held: Hold, connections: OpenConnections, clock: Clock) -> None:
        self._held = held
        self._connections = connections
        self._clock = clock
        self._is_over = False

    def __enter__(self) -> Departure:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over = True

    def check(self, claimed: Claimed) -> None:
        """Raises Withheld where the request of a claimed row must not leave at this moment.

        To be asked before the way to the service is looked for, and again when that is found: whoever slept since may
        have been declared dead, and its row be somebody else's by now. Who is awake may take its time to connect, but
        not beyond the end of the session, which did not wait for it.
        """
        age_seconds = max(self._clock.monotonic() - claimed.told_at, self._clock.wall() - claimed.claimed_at)
        silent_seconds = min(age_seconds, self._held.seconds_silent(claimed.job.connection))
        if self._is_over or silent_seconds > LEASE_SECONDS:
            raise Withheld(CLAIM_EXPIRED)
        if not self._connections.of(claimed.job).gate.is_open:
            raise Withheld(OUTSIDE_HOURS)
