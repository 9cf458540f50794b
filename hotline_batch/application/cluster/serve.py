"""A worker of several machines: drives what waits in the ledger, looks after what others left, says that it is there.

One thread looks, once a second: who waits for a lane, which queues can be served here, which lanes nobody drives. The
queue has a thread of its own, and each lane one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from hotline_batch.application.cluster.driving import LaneDrives, Timing
from hotline_batch.application.cluster.entry import Served
from hotline_batch.application.cluster.lane_jobs import job_for, lacking
from hotline_batch.application.cluster.usable_queues import UsableQueues
from hotline_batch.application.runs.driving import drive_lanes
from hotline_batch.application.stopping import Stop
from hotline_batch.errors import HotlineBatchError, LedgerError, RunInProgress
from hotline_batch.ledger.database.transactions import Length, writing
from hotline_batch.ledger.lanes.workers import Worker, at_work
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.rescue import adopt, lanes_without_job, rescue, runs_to_be_ended
from hotline_batch.ledger.queue.schema import install
from hotline_batch.ledger.queue.serving import beat, enter, leave
from hotline_batch.ledger.queue.worker import QueueWorker
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


def serve(
    settings: Settings,
    most_lanes: int,
    stop: Stop,
    on_change: Callable[[Served], None] = lambda _served: None,
    timing: Timing | None = None,
) -> None:
    """Serve until somebody asks to stop; then what is on its way ends, and others go on with the lanes.

    ``on_change`` hears of it when something has changed. Raises LedgerError where the ledger cannot be served at all.
    """
    timing = timing or Timing()
    with Ledger(settings.ledger) as ledger, at_work() as me:
        install(ledger.engine)
        queues = UsableQueues(ledger, settings)
        drives = LaneDrives(ledger, settings, queues, most_lanes, timing)
        queue = QueueWorker(
            ledger.engine,
            queues.names,
            most_lanes,
            drives.drive,
            beat_seconds=timing.beat,
            silent_seconds=timing.silent,
        )
        looking = _Looking(ledger, me, queues, drives, Rescuer(ledger, settings, queue, timing), on_change, timing)
        with _listed(ledger, me, most_lanes), queue:
            _log.info("worker serves", extra={"lanes": most_lanes})
            while not stop.asked:
                looking.look()
                stop.receive(timing.look)
            queue.end()
            drives.give_all_back()
        _log.info("worker ended")


@contextmanager
def _listed(ledger: Ledger, me: Worker, most_lanes: int) -> Iterator[None]:
    with writing(ledger.engine, "entering the list of workers") as connection:
        enter(connection, me, most_lanes)
    try:
        yield
    finally:
        with suppress(LedgerError), writing(ledger.engine, "leaving the list of workers", Length.SHORT) as connection:
            leave(connection, me)


class _Looking:
    """What is done once a second. A database that is away ends nothing: it is looked at again."""

    def __init__(
        self,
        ledger: Ledger,
        me: Worker,
        queues: UsableQueues,
        drives: LaneDrives,
        rescuer: Rescuer,
        on_change: Callable[[Served], None],
        timing: Timing,
    ) -> None:
        self._ledger = ledger
        self._me = me
        self._queues = queues
        self._drives = drives
        self._rescuer = rescuer
        self._on_change = on_change
        self._timing = timing
        self._beat_at = 0.0
        self._told: Served | None = None

    def look(self) -> None:
        """Once."""
        try:
            self._queues.look()
            self._drives.look()
            if time.monotonic() >= self._beat_at:
                self._beat_at = time.monotonic() + self._timing.beat
                with writing(self._ledger.engine, "giving a sign of life", Length.SHORT) as connection:
                    beat(connection, self._me, self._queues.lacks)
                self._rescuer.look()
        except LedgerError as error:
            _log.warning("ledger not reached", extra={"reason": error.in_english})
            self._rescuer.was_away()
        served = Served(self._drives.count, tuple(self._queues.lacks))
        if served != self._told:
            self._told = served
            self._on_change(served)


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
        try:
            drive_lanes(self._ledger, run_id, self._settings, lanes=[])
        except RunInProgress:  # another process was faster
            return
        except HotlineBatchError as error:
            _log.error("run not ended", extra={"run": run_id, "reason": error.in_english})
