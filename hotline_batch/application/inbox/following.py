"""A run of a watched folder -> followed until it has ended; whoever died at its work is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum, auto

from hotline_batch.application.cluster.entry import is_served
from hotline_batch.application.runs.by_itself import check_not_ended_since
from hotline_batch.application.runs.driving import drive_lanes
from hotline_batch.application.runs.views.progress import progress_of
from hotline_batch.application.runs.workers.detached import hand_over
from hotline_batch.application.runs.workers.worker_process import WorkerProcess
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.clock import Clock
from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.ledger.lanes.lane import Lane
from hotline_batch.ledger.lanes.runs import ask_back
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import OnProgress
from hotline_batch.model.runs import Run, RunState
from hotline_batch.settings.model import Settings

StartWorker = Callable[[Settings, str], WorkerProcess]

_LOOK_EVERY_SECONDS = 0.5
# So long a run is watched that nobody works on; then the next file has its turn.
PATIENCE_SECONDS = 30.0
_LEAVING_SECONDS = 0.1
_MOST_WORKERS = 3


class Followed(Enum):
    """How the following of a run ended."""

    ENDED = auto()
    """Nobody works on it any more, and nobody is to."""
    WAITS = auto()
    """It was handed over; nobody works on it yet, or whoever does waits for its hours."""
    LEFT = auto()
    """Whoever watches was asked to stop: it goes on later, or by others."""


class Following:
    """Follows one run at a time, and has it worked on: by the workers of several machines, where any serves; else by a
    process of this machine.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        start_worker: StartWorker,
        on_progress: OnProgress,
        stop: Stop,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._start_worker = start_worker
        self._on_progress = on_progress
        self._stop = stop
        self._clock = clock
        self._processes: dict[str, WorkerProcess] = {}
        self._out_of_hours: set[str] = set()
        self._started = 0

    def follow(self, run_id: str, check_still_mine: Callable[[], None], patience_seconds: float) -> Followed:
        """Until a run has ended, nobody has worked on it for so long, its hours are over, or this process is to stop.

        ``check_still_mine`` raises where somebody else has the run handed over by now. Raises what is in the way of
        handing it over.
        """
        self._started = 0
        alone_since: float | None = None
        while True:
            if self._stop.asked:
                return self._leave(run_id)
            run, lanes = self._ledger.run(run_id), list(self._ledger.lanes(run_id).values())
            if any(lane.is_held for lane in lanes):
                alone_since = None
                progress = progress_of(self._ledger, run, self._settings)
                if progress.closed_until is not None:  # others may have their turn meanwhile
                    self._out_of_hours.add(run_id)
                    return Followed.WAITS
                self._on_progress(progress.session)
            elif run.has_ended:
                self._out_of_hours.discard(run_id)
                return Followed.ENDED
            elif self._has_process(run_id):  # it is about to begin
                alone_since = None
            else:
                now = self._clock.monotonic()
                alone_since = now if alone_since is None else alone_since
                is_new = self._bring_on(run, lanes, check_still_mine)
                if not is_new and now - alone_since >= patience_seconds:
                    return Followed.WAITS
                if is_new and not self._has_process(run_id):
                    continue
            self._wait()

    def leave_all(self) -> None:
        """Have the workers of this machine leave the runs that wait for their hours, whoever started these workers: a
        watcher that died may have.
        """
        for run_id in {*self._out_of_hours, *filter(self._has_process, self._processes)}:
            with suppress(LedgerError):  # the others are left all the same
                self._leave(run_id)

    def _has_process(self, run_id: str) -> bool:
        process = self._processes.get(run_id)
        return process is not None and process.is_running

    def _bring_on(self, run: Run, lanes: Iterable[Lane], check_still_mine: Callable[[], None]) -> bool:
        """Have a run that nobody works on gone on with, or ended; whether anything was done for it."""

        def check() -> None:
            check_still_mine()
            check_not_ended_since(self._ledger, run)

        try:
            is_open = [lane for lane in lanes if lane.is_open and not lane.is_to_end]
            if is_open and all(lane.is_for_workers for lane in is_open):
                return self._have_worked_on(run.id)
            # Without such a lane it was never laid out, or only its end is to be told.
            is_begun = run.state is not RunState.PLANNED
            if is_begun and not is_open and drive_lanes(self._ledger, run.id, self._settings, lanes=[]) is not None:
                return True
            hand_over(self._ledger, run.id, self._settings, check=check, starts_worker=False)
        except RunInProgress:  # somebody was faster
            return False
        return True

    def _have_worked_on(self, run_id: str) -> bool:
        if self._started >= _MOST_WORKERS or is_served(self._ledger):
            return False
        self._started += 1
        self._processes = {run: process for run, process in self._processes.items() if process.is_running}
        self._processes[run_id] = self._start_worker(self._settings, run_id)
        return True

    def _leave(self, run_id: str) -> Followed:
        """Have the workers of this machine leave the run, what is on its way awaited; others go on with it.

        At a second wish nobody waits for that here.
        """
        if self._has_process(run_id):
            self._processes[run_id].end()
        while not is_served(self._ledger) and (ask_back(self._ledger, run_id) or self._has_process(run_id)):
            if self._stop.times_asked > 1:
                break
            self._clock.receive(self._stop, _LEAVING_SECONDS)
        is_held = any(lane.is_held for lane in self._ledger.lanes(run_id).values())
        is_over = not is_held and self._ledger.run(run_id).has_ended
        return Followed.ENDED if is_over else Followed.LEFT

    def _wait(self) -> None:
        if not self._stop.asked:
            self._clock.receive(self._stop, _LOOK_EVERY_SECONDS)
