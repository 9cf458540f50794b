"""Runs of the ledger -> what is told of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.limits import rate_to_tell
from hotline_batch.application.runs.views.progress import RunProgress, progress_of
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.results.summary import summarise
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run, how its rows stand, and who works on it; ``progress`` is None for one that is finished."""

    run: Run
    done: int
    counts: Mapping[Status, int]
    progress: RunProgress | None = None


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run, its counts, and who works on it. ``seconds_spent`` are those so far, while somebody does."""

    run: Run
    summary: RunSummary
    is_in_progress: bool
    seconds_spent: float
    progress: RunProgress


@needs(Role.LOOK)
def list_runs(settings: Settings, most: int) -> Sequence[RunOverview]:
    """The newest runs first."""
    with Ledger(settings.ledger) as ledger:
        return [_overview(ledger, run, settings) for run in ledger.runs(most)]


@needs(Role.LOOK)
def show_run(settings: Settings, run_id: str) -> RunDetails:
    """One run. LedgerError where there is none of that id."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        summary = summarise(run, rows_with_history(ledger, run), rate_to_tell(run, settings))
        progress = progress_of(ledger, run, settings)
    waits = progress.closed_until is not None
    spent = progress.session.elapsed_seconds if waits else time.time() - (run.started_at or time.time())
    spent = run.active_seconds or spent
    return RunDetails(run, summary, progress.is_going_on, spent, progress)


def newest_runs(settings: Settings, most: int) -> Sequence[Run]:
    """The newest runs first; none where there is no ledger yet, and none is made."""
    if not may_be_there(settings.ledger):
        return ()
    with Ledger(settings.ledger) as ledger:
        return ledger.runs(most)


def _overview(ledger: Ledger, run: Run, settings: Settings) -> RunOverview:
    progress = progress_of(ledger, run, settings)
    if run.state is RunState.FINISHED:
        return RunOverview(run, run.rows, progress.counts)
    return RunOverview(run, progress.done, progress.counts, progress)
