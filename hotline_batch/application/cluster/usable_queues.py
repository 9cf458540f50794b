"""The queues of the ledger -> those that this machine can serve, and the connections it lacks for the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from hotline_batch.application.cluster.lane_jobs import lacking
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.jobs import NeededQueue, needed_queues
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

# A key may be put there while the worker serves; a lane that failed here may go well later.
_JUDGE_AGAIN_SECONDS = 30.0


class UsableQueues:
    """What the worker takes from. ``names`` changes while it is in use: it is read at each look for work."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self.names: list[str] = []
        self._lacking: dict[str, Sequence[str]] = {}
        self._left_alone: set[str] = set()
        self._judge_again_at: dict[str, float] = {}

    def look(self) -> None:
        """Learn of queues that are new, and of keys that are."""
        with reading(self._ledger.engine, "looking for lanes that wait", Length.SHORT) as connection:
            needed = needed_queues(connection)
        now = time.monotonic()
        for queue in needed:
            if now >= self._judge_again_at.get(queue.name, now):
                self._judge(queue)
                self._judge_again_at[queue.name] = now + _JUDGE_AGAIN_SECONDS
        names = {queue.name for queue in needed}
        self._lacking = {name: lacks for name, lacks in self._lacking.items() if name in names}
        self._judge_again_at = {name: at for name, at in self._judge_again_at.items() if name in names or now < at}
        self._left_alone &= self._judge_again_at.keys()
        self.names[:] = sorted(names - self._lacking.keys() - self._left_alone)

    def leave_alone(self, queue: str) -> None:
        """What is in this queue could not be driven here: leave it to others for a while."""
        self._left_alone.add(queue)
        self._judge_again_at[queue] = time.monotonic() + _JUDGE_AGAIN_SECONDS

    @property
    def lacks(self) -> Sequence[str]:
        """The connections that lanes wait for, and that cannot be used here."""
        return sorted({name for names in self._lacking.values() for name in names})

    def _judge(self, queue: NeededQueue) -> None:
        self._left_alone.discard(queue.name)
        try:
            lacks = lacking(self._settings, self._ledger.run(queue.run_id), queue.connections)
        except LedgerError:  # it was deleted meanwhile
            lacks = ()
        if lacks and self._lacking.get(queue.name) != lacks:
            _log.warning("lanes left to others", extra={"run": queue.run_id, "connections": list(lacks)})
        self._lacking = {name: found for name, found in self._lacking.items() if name != queue.name}
        if lacks:
            self._lacking[queue.name] = lacks
