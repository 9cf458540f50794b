"""A run of the ledger -> how far it is, who works on it, and why it is slow; cheap, whatever its size."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.hours import closed_until_of, ends_after
from hotline_batch.engine.clock import OUTSIDE_HOURS
from hotline_batch.ledger.lanes.lane import Lane
from hotline_batch.ledger.lanes.work import status_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Status, statuses_of
from hotline_batch.model.progress import LaneProgress, LaneState, Progress
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import Rate

_LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class RunWorker:
    """Who works on a run: the machine, the process there, which of the run's lanes, since when, and how long ago it
    gave its last sign of life. Times are seconds since the epoch, UTC.
    """

    machine: str
    process: int
    lanes: tuple[str, ...]
    since: float
    seconds_silent: float


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is. Times are seconds since the epoch, UTC.

    ``counts`` add up to the rows of the sheet; ``done`` of them need nothing more. ``rate`` is the allowed pace, such
    as ``18/min``, ``per_minute`` what is reached at present, None while that is not known, ``pace_share`` the share of
    the allowed one that is used since the service asked for less (1: nothing slows it). ``waiting_until`` is when the
    next request leaves, where that is not at once, and ``waiting_code`` why, such as ``rate_limited``; empty where it
    is simply the pace. ``is_waiting_for_worker``: handed over, and nobody has taken it yet. ``is_stopping``: somebody
    asked for a stop, and what is on its way is awaited. ``closed_until`` is when the hours of the run begin again,
    where they let nothing leave now, whether somebody works on it or not; None within them. ``session`` is the present
    session, as whoever drives it sees it.
    """

    run: Run
    counts: Mapping[Status, int]
    done: int
    rate: str
    per_minute: float | None
    pace_share: float
    waiting_until: float | None
    waiting_code: str
    seconds_left: float | None
    workers: Sequence[RunWorker]
    is_waiting_for_worker: bool
    is_stopping: bool
    session: Progress
    closed_until: float | None = None

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self.run.state

    @property
    def rows(self) -> int:
        """How many rows the sheet has."""
        return self.run.rows

    @property
    def is_going_on(self) -> bool:
        """Whether somebody works on it, or is to, at once or when its hours begin."""
        is_waiting = self.closed_until is not None and self.state is RunState.RUNNING
        return bool(self.workers) or self.is_waiting_for_worker or is_waiting


@needs(Role.LOOK)
def run_progress(settings: Settings, run_id: str) -> RunProgress:
    """How far a run is. LedgerError where there is none of that id."""
    with Ledger(settings.ledger) as ledger:
        return progress_of(ledger, ledger.run(run_id), settings)


def progress_of(ledger: Ledger, run: Run, settings: Settings) -> RunProgress:
    """The same over an open ledger."""
    lanes = list(ledger.lanes(run.id).values())
    counts = _counts(ledger, run, lanes)
    held = [lane for lane in lanes if lane.is_held]
    at_work = [lane for lane in held if lane.is_open]
    waits = [lane.progress for lane in at_work if lane.progress.done < lane.progress.rows]
    until = [found.waiting_until for found in waits if found.waiting_until is not None]
    now = time.time()
    closed_until = closed_until_of(run, settings, lanes, now)
    waiting_until = closed_until or (min(until) if waits and len(until) == len(waits) else None)
    seconds_left = _seconds_left(run, settings, lanes, at_work, now, is_closed=closed_until is not None)
    is_stopping = any(lane.stop_wish is not None for lane in held)
    return RunProgress(
        run=run,
        counts=counts,
        done=run.rows - counts.get(Status.NOT_ATTEMPTED, 0),
        rate=rate_to_tell(run, settings),
        per_minute=_per_minute(at_work),
        pace_share=min((lane.progress.pace_share for lane in at_work), default=1.0),
        waiting_until=waiting_until,
        waiting_code=OUTSIDE_HOURS
        if closed_until
        else next((found.waiting_code for found in waits if found.waiting_code), ""),
        seconds_left=seconds_left,
        workers=_workers(held),
        is_waiting_for_worker=run.state is RunState.RUNNING and not held and closed_until is None,
        is_stopping=is_stopping,
        session=_session(lanes, counts, waiting_until, seconds_left, closed_until, is_stopping=is_stopping),
        closed_until=closed_until,
    )


@needs(Role.LOOK)
def wait_for_run(settings: Settings, run_id: str, timeout_seconds: float | None = None) -> RunProgress:
    """Wait until nobody works on a run any more, or for so long; how far it is then."""
    return _wait(settings, run_id, timeout_seconds, lambda progress: not progress.is_going_on)


def follow_run(settings: Settings, run_id: str, on_progress: Callable[[RunProgress], None]) -> RunProgress:
    """Tell how far a run is, again and again, until nobody works on it any more; how far it is then."""

    def told(progress: RunProgress) -> bool:
        if progress.is_going_on:
            on_progress(progress)
        return not progress.is_going_on

    return _wait(settings, run_id, None, told)


def wait_until_taken(settings: Settings, run_id: str, timeout_seconds: float) -> RunProgress:
    """Wait until a worker has begun with a run that was handed over, or for so long; how far it is then."""
    return _wait(settings, run_id, timeout_seconds, lambda progress: not progress.is_waiting_for_worker)


def _wait(
    settings: Settings, run_id: str, timeout_seconds: float | None, is_over: Callable[[RunProgress], bool]
) -> RunProgress:
    until = math.inf if timeout_seconds is None else time.monotonic() + timeout_seconds
    with Ledger(settings.ledger) as ledger:
        while True:
            progress = progress_of(ledger, ledger.run(run_id), settings)
            left = until - time.monotonic()
            if is_over(progress) or left <= 0:
                return progress
            time.sleep(min(_LOOK_EVERY_SECONDS, left))


def _counts(ledger: Ledger, run: Run, lanes: Sequence[Lane]) -> Mapping[Status, int]:
    """From what the lanes told last; counted, where the run was never laid out, or whoever drove it died."""
    counts: Counter[Status] = Counter()
    for lane in lanes:
        counts.update(lane.progress.counts)
    was_left = any(lane.state is LaneState.DRIVING and not lane.is_held for lane in lanes)
    if was_left or counts.total() != run.rows:
        is_under_way = any(lane.is_held for lane in lanes)
        counts = Counter()
        for state, rows in ledger.counts(run.id).items():
            counts[status_of(run.kind, state) if is_under_way else state.status(run.kind)] += rows
    return {status: counts[status] for status in statuses_of(run.kind)}


def _per_minute(lanes: Iterable[Lane]) -> float | None:
    told = [lane.progress for lane in lanes if lane.progress.done and lane.progress.seconds > 0]
    return sum(found.done / found.seconds * 60 for found in told) if told else None


def _seconds_left(
    run: Run, settings: Settings, lanes: Sequence[Lane], at_work: Sequence[Lane], now: float, *, is_closed: bool
) -> float | None:
    """That of the slowest lane, by its hours; None while that cannot be told of one."""
    told = [lane for lane in lanes if lane.name and lane.is_open] if is_closed else at_work
    if not told or (not is_closed and any(lane.state is LaneState.WAITING for lane in lanes)):
        return None
    seconds = []
    for lane in told:
        work = _seconds_of_work(lane.progress, Rate.parse(rate_to_tell(run, settings)) if is_closed else None)
        if work is None:
            return None
        seconds.append(ends_after(run, settings, lane.connections, now, work) - now)
    return max(seconds) if max(seconds) < math.inf else None


def _seconds_of_work(found: LaneProgress, rate: Rate | None) -> float | None:
    """How long a lane takes if it goes on as it went; before it went at all, at this rate."""
    if found.done:
        return found.seconds / found.done * (found.rows - found.done)
    return None if rate is None else found.counts.get(Status.NOT_ATTEMPTED, 0) / rate.per_second


def _session(
    lanes: Iterable[Lane],
    counts: Mapping[Status, int],
    waiting_until: float | None,
    seconds_left: float | None,
    closed_until: float | None,
    *,
    is_stopping: bool,
) -> Progress:
    told = [lane.progress for lane in lanes]
    return Progress(
        rows=sum(found.rows for found in told),
        done=sum(found.done for found in told),
        counts=counts,
        elapsed_seconds=max((found.seconds for found in told), default=0.0),
        seconds_left=seconds_left,
        waiting_seconds=max(0.0, waiting_until - time.time()) if waiting_until else 0.0,
        pace=min((found.pace_share for found in told), default=1.0),
        stopping=is_stopping,
        closed_until=closed_until,
    )


def _workers(lanes: Iterable[Lane]) -> Sequence[RunWorker]:
    by_name: dict[tuple[str, int, str], RunWorker] = {}
    for lane in lanes:
        worker = lane.worker
        if worker is None:
            continue
        key = (worker.machine, worker.process, worker.task)
        named = (lane.name,) if lane.name else ()
        if before := by_name.get(key):
            silent = min(lane.seconds_silent, before.seconds_silent)
            since = min(lane.taken_at, before.since)
            by_name[key] = RunWorker(worker.where, worker.process, (*before.lanes, *named), since, silent)
        else:
            by_name[key] = RunWorker(worker.where, worker.process, named, lane.taken_at, lane.seconds_silent)
    return list(by_name.values())
