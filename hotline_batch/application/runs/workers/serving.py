"""Runs that wait in the ledger -> worked on, several at once, until somebody asks this worker to end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from hotline_batch.application.runs.driving import Watcher
from hotline_batch.application.runs.hours import is_due
from hotline_batch.application.runs.workers.detached import drive_run
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.session import HANDED_BACK, StopRequested, StopTold
from hotline_batch.errors import HotlineBatchError, LedgerError
from hotline_batch.ledger.lanes.runs import waiting_runs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.model import Settings

LOOK_EVERY_SECONDS = 2.0
"""So often a worker looks for runs that wait; a lane whose worker died is taken within the lease and this."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    thread: threading.Thread
    stop: Stop
    lanes: int


class WorkerService:
    """Works on runs that were handed over and that nobody works on; never on those that a person stopped.

    Up to ``most_lanes`` at once, or a single run that has more; each run in a thread of its own. One whose hours let
    nothing leave waits in the ledger, and takes no room here. ``on_done`` is told of runs that ended here.
    """

    def __init__(
        self,
        settings: Settings,
        most_lanes: int,
        stop: Stop,
        on_done: Callable[[RunSummary], None] = lambda _summary: None,
    ) -> None:
        self._settings = settings
        self._most_lanes = most_lanes
        self._stop = stop
        self._on_done = on_done
        self._under_way: dict[str, _UnderWay] = {}

    def serve(self) -> None:
        """Until ``stop`` is asked: what is on its way is awaited then, and the rest of the runs waits for a worker."""
        with Ledger(self._settings.ledger) as ledger:
            while not self._stop.asked:
                self._forget_ended()
                try:
                    self._take(ledger)
                except LedgerError as error:  # it may come back
                    _log.warning("no look for runs", extra={"reason": error.in_english})
                self._stop.receive(LOOK_EVERY_SECONDS)
            self._hand_back()

    def _take(self, ledger: Ledger) -> None:
        for waiting in waiting_runs(ledger):
            lanes = sum(found.lanes for found in self._under_way.values())
            has_room = not lanes or lanes + len(waiting.lanes) <= self._most_lanes
            if has_room and waiting.run_id not in self._under_way and is_due(ledger, self._settings, waiting.run_id):
                stop = Stop()
                thread = threading.Thread(target=self._drive, args=(waiting.run_id, stop), name="run", daemon=True)
                self._under_way[waiting.run_id] = _UnderWay(thread, stop, len(waiting.lanes))
                thread.start()

    def _drive(self, run_id: str, stop: Stop) -> None:
        try:
            summary = drive_run(self._settings, run_id, Watcher(stop=stop, leaves_when_closed=True))
        except HotlineBatchError as error:  # told in the ledger, or another worker's by now
            _log.warning("run left", extra={"run": run_id, "kind": type(error).__name__, "reason": error.in_english})
        except Exception:  # noqa: BLE001 - one run's trouble never stops the others
            _log.exception("internal error", extra={"run": run_id})
        else:
            if summary is not None:
                self._on_done(summary)

    def _forget_ended(self) -> None:
        self._under_way = {run: found for run, found in self._under_way.items() if found.thread.is_alive()}

    def _hand_back(self) -> None:
        """Have every run end here; at the second wish nobody waits for answers any more."""
        for found in self._under_way.values():
            found.stop.put(StopTold(HANDED_BACK, ""))
        while self._under_way:
            if isinstance(self._stop.receive(LOOK_EVERY_SECONDS / 10), StopRequested):
                for found in self._under_way.values():
                    found.stop.ask()
                    found.stop.ask()
            self._forget_ended()
