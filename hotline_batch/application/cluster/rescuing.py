"""Lanes that nobody drives -> in the queue once more; runs that nobody ends -> ended."""

from __future__ import annotations

import logging
import time

from hotline_batch.application.cluster.driving import Timing
from hotline_batch.application.cluster.lane_jobs import job_for, lacking
from hotline_batch.application.runs.concluding import end_without_work
from hotline_batch.application.runs.driving import drive_lanes
from hotline_batch.errors import HotlineBatchError, RunInProgress
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.rescue import adopt, lanes_without_job, rescue, runs_to_be_ended
from hotline_batch.ledger.queue.worker import QueueWorker
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


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
        """Look after what was left. Raises LedgerError where the database is away."""
        if self._queue.failures != self._failures:
            self._failures = self._queue.failures
            self.was_away()
        if time.monotonic() < self._may_judge_at:
            return
        engine = self._ledger.engine
        rescue(engine, self._silent_seconds)
        for left in lanes_without_job(engine, self._silent_seconds):
            run = self._ledger.run(left.run_id)
            if not lacking(self._settings, run, left.connections):
                adopt(engine, job_for(run, self._settings, left.lane, left.connections))
        for run_id in runs_to_be_ended(engine, self._silent_seconds):
            self._end(run_id)

    def _end(self, run_id: str) -> None:
        wish = next(
            (lane.stop_wish for lane in self._ledger.lanes(run_id).values() if lane.is_open and lane.stop_wish), None
        )
        try:
            if wish is None:
                drive_lanes(self._ledger, run_id, self._settings, lanes=[])
                return
            with self._ledger.hold(run_id) as held:
                end_without_work(self._ledger, held, self._settings, wish.code, wish.reason)
        except RunInProgress:  # another process was faster
            return
        except HotlineBatchError as error:
            _log.error("run not ended", extra={"run": run_id, "reason": error.in_english})
