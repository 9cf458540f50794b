"""Runs of the ledger -> what is told of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.limits import rate_to_tell
from hotline_batch.errors import RunInProgress
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import JobState, Run, RunState, RunSummary
from hotline_batch.people import Role
from hotline_batch.results.summary import summarise
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run and how many of its rows have ended."""

    run: Run
    done: int


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run and its counts. ``seconds_spent`` are those so far, while somebody works on it."""

    run: Run
    summary: RunSummary
    is_in_progress: bool
    seconds_spent: float


@needs(Role.LOOK)
def list_runs(settings: Settings, most: int) -> Sequence[RunOverview]:
    """The newest runs first."""
    with Ledger(settings.ledger) as ledger:
        return [RunOverview(run, run.rows - _open_rows(ledger, run)) for run in ledger.runs(most)]


@needs(Role.LOOK)
def show_run(settings: Settings, run_id: str) -> RunDetails:
    """One run. LedgerError where there is none of that id."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        summary = summarise(run, rows_with_history(ledger, run), rate_to_tell(run, settings))
        is_in_progress = _is_in_progress(ledger, run)
    spent = run.active_seconds or time.time() - (run.started_at or time.time())
    return RunDetails(run, summary, is_in_progress, spent)


def newest_runs(settings: Settings, most: int) -> Sequence[Run]:
    """The newest runs first; none where there is no ledger yet, and none is made."""
    if not may_be_there(settings.ledger):
        return ()
    with Ledger(settings.ledger) as ledger:
        return ledger.runs(most)


def _open_rows(ledger: Ledger, run: Run) -> int:
    if run.state is RunState.FINISHED:  # nothing to count, however many rows it has
        return 0
    counts = ledger.counts(run.id)
    return sum(counts.get(state, 0) for state in (JobState.PENDING, JobState.IN_FLIGHT, JobState.WAITING))


def _is_in_progress(ledger: Ledger, run: Run) -> bool:
    try:
        ledger.check_free(run.id)
    except RunInProgress:
        return True
    return False
