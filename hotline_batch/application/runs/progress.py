"""A run of the ledger -> how far it is, who works on it, and why it is slow; cheap, whatever its size."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.limits import rate_to_tell
from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.holds import holder_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import JobState, Kind, Run, RunState, Status
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings

_LOOK_EVERY_SECONDS = 0.5


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
    asked for a stop, and what is on its way is awaited.
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
        """Whether somebody works on it, or is about to."""
        return bool(self.workers) or self.is_waiting_for_worker


@needs(Role.LOOK)
def run_progress(settings: Settings, run_id: str) -> RunProgress:
    """How far a run is. LedgerError where there is none of that id."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        counts = _by_status(run.kind, ledger.counts(run_id))
        with reading(ledger.engine, "looking who works on the run") as connection:
            holder = holder_of(connection, ledger.run_key(run_id, connection))
    workers = []
    if holder.worker and holder.is_alive:
        silent = holder.seconds_ago
        workers = [RunWorker(holder.worker.where, holder.worker.process, (), time.time() - silent, silent)]
    return RunProgress(
        run=run,
        counts=counts,
        done=run.rows - counts.get(Status.NOT_ATTEMPTED, 0),
        rate=rate_to_tell(run, settings),
        per_minute=None,
        pace_share=1.0,
        waiting_until=None,
        waiting_code="",
        seconds_left=None,
        workers=workers,
        is_waiting_for_worker=False,
        is_stopping=False,
    )


@needs(Role.LOOK)
def wait_for_run(settings: Settings, run_id: str, timeout_seconds: float | None = None) -> RunProgress:
    """Wait until nobody works on a run any more, or for so long; how far it is then."""
    until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while True:
        progress = run_progress(settings, run_id)
        if not progress.is_going_on or (until is not None and time.monotonic() >= until):
            return progress
        left = _LOOK_EVERY_SECONDS if until is None else until - time.monotonic()
        time.sleep(max(0.0, min(_LOOK_EVERY_SECONDS, left)))


def _by_status(kind: Kind, states: Mapping[JobState, int]) -> Mapping[Status, int]:
    words = {
        JobState.SUCCEEDED: Status.SENT if kind is Kind.SEND else Status.ENRICHED,
        JobState.IN_FLIGHT: Status.NOT_ATTEMPTED,
        JobState.PENDING: Status.NOT_ATTEMPTED,
        JobState.WAITING: Status.NOT_ATTEMPTED,
        JobState.FAILED: Status.FAILED,
        JobState.UNKNOWN: Status.UNKNOWN,
        JobState.REJECTED: Status.INVALID,
        JobState.SKIPPED: Status.SKIPPED,
    }
    counts = dict.fromkeys(words.values(), 0)
    for state, rows in states.items():
        counts[words[state]] += rows
    return counts
