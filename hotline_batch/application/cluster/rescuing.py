"""Lanes that nobody drives -> taken care of by a worker that can tell: put into the queue anew, or ended as was wished."""

from __future__ import annotations

import time

from hotline_batch.application.cluster.timing import Timing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.rescue import rescue
from hotline_batch.ledger.queue.worker import QueueWorker
from hotline_batch.settings.model import Settings


class Rescuer:
    """Judges who is gone, but only after it has reached the database itself for as long as others may be silent.

    After the database, or the network, was away for all, everybody would seem to be gone.
    """

    def __init__(self, ledger: Ledger, settings: Settings, queue: QueueWorker, timing: Timing) -> None:
        self._ledger = ledger
        self._settings = settings
        self._queue = queue
        self._silent_seconds = timing.silent
        self._failures = 0
        self._may_judge_at = time.monotonic() + timing.silent

    def was_away(self) -> None:
        """The database was not reached."""
        self._may_judge_at = time.monotonic() + self._silent_seconds

    def look(self) -> None:
        """Look after lanes that were left."""
        if self._queue.failures != self._failures:
            self._failures = self._queue.failures
            self.was_away()
        if time.monotonic() >= self._may_judge_at:
            rescue(self._ledger.engine, self._silent_seconds)
