"""What is to be forgotten -> forgotten, run by run, each held meanwhile so that nobody works on it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hotline_batch.application.drafts.draft import forget_draft_of, forget_old_drafts
from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.application.runs.concluding import moment_of_end
from hotline_batch.engine.session import INTERRUPTED
from hotline_batch.errors import LedgerError, RunInProgress, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.corrections import corrections_of
from hotline_batch.ledger.lanes.ending import Ending, end_lanes
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.lanes.work import recount
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import (
    delete_abandoned_plans,
    ended_before,
    forget_cells,
    forget_run,
    give_room_back,
    runs_ended_before,
)
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrunableRuns:
    """The runs that ended before a moment (seconds since the epoch, UTC), with cells that can be forgotten."""

    runs: Sequence[Run]
    before: float
    include_unfinished: bool = False

    def still_holds(self, run: Run) -> bool:
        """Whether a run is still one of them: it may have gone on since, and stopped again with rows to send."""
        return ended_before(run, self.before, include_unfinished=self.include_unfinished)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten. ``in_use`` are runs that another process works on, or went on with since; ``not_shrunk`` says
    why the ledger's file was not made smaller, empty where it was.
    """

    runs: int
    rows: int
    in_use: Sequence[str]
    not_shrunk: str


@dataclass(frozen=True, slots=True)
class DeletableRun:
    """A run, and how many messages of it the guard against sending twice would forget with it."""

    run: Run
    guarded: int


@needs(Role.LOOK)
def prunable_runs(settings: Settings, older_than_seconds: float, *, include_unfinished: bool) -> PrunableRuns:
    """The runs that ended longer ago than that, to be shown before ``prune_runs`` forgets their cells."""
    before = time.time() - older_than_seconds
    with Ledger(settings.ledger) as ledger:
        runs = runs_ended_before(ledger, before, include_unfinished=include_unfinished)
        return PrunableRuns(runs, before, include_unfinished)


@needs(Role.ADMINISTER)
def prune_runs(settings: Settings, found: PrunableRuns) -> Pruned:
    """Forget cells, messages and replies of these runs, the sheets that were uploaded for them, and plans that were
    abandoned before that moment.
    """
    with Ledger(settings.ledger) as ledger:
        pruned = prune(ledger, found, time.time())
    for run in found.runs:
        if run.id not in pruned.in_use:
            forget_draft_of(settings, run)
    forget_old_drafts(settings, time.time())
    return pruned


@needs(Role.LOOK)
def deletable_run(settings: Settings, run_id: str) -> DeletableRun:
    """The run, to be shown before ``delete_run`` forgets it. LedgerError where there is none, and as of that."""
    with Ledger(settings.ledger) as ledger:
        run, counts = ledger.run(run_id), ledger.counts(run_id)
        _check_deletable(ledger, run)
    guarded = sum(counts.get(state, 0) for state in (JobState.SUCCEEDED, JobState.UNKNOWN, JobState.IN_FLIGHT))
    return DeletableRun(run, guarded if run.kind is Kind.SEND else 0)


@needs(Role.ADMINISTER)
def delete_run(settings: Settings, run_id: str) -> None:
    """Forget a run altogether. Raises RunInProgress where another process works on it, LedgerError where it has
    corrections, or where its file would be sent anew.
    """
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        delete(ledger, run_id)
    forget_draft_of(settings, run)


def prune(ledger: Ledger, found: PrunableRuns, now: float) -> Pruned:
    """The same over an open ledger."""
    rows, in_use = 0, []
    for run in found.runs:
        try:
            with ledger.hold(run.id) as held:
                if found.still_holds(ledger.run(run.id)):
                    _end(ledger, held, now)
                    rows += forget_cells(ledger, held, now, acting_person())
                    _log.info("run pruned", extra={"run": run.id})
                else:
                    in_use.append(run.id)
        except (RunInProgress, TakenOver):
            in_use.append(run.id)
    abandoned = delete_abandoned_plans(ledger, found.before)
    pruned = len(found.runs) - len(in_use)
    return Pruned(pruned, rows, in_use, give_room_back(ledger) if pruned or abandoned else "")


def _end(ledger: Ledger, held: Hold, now: float) -> None:
    """A run that was handed over waits for its workers no more: none of them can do anything for it from now on."""
    run = ledger.run(held.run_id)
    if run.state is not RunState.RUNNING:
        return
    reason = f"Stopped by {acting_person().called}."
    ledger.settle_stale(held, run, now)
    if end_lanes(ledger.engine, held, LaneState.STOPPED, INTERRUPTED, reason) is Ending.TAKEN_OVER:
        raise TakenOver(run.id)
    ended = moment_of_end(ledger, run, now)
    ledger.change_held(
        held, state=RunState.INTERRUPTED.value, finished_at=ended, stop_code=INTERRUPTED, stop_reason=reason
    )
    recount(ledger.engine, held, run.kind)


def delete(ledger: Ledger, run_id: str) -> None:
    """The same over an open ledger."""
    with ledger.hold(run_id) as held:  # nobody plans a correction of it meanwhile
        _check_deletable(ledger, ledger.run(run_id))
        forget_run(ledger, held, acting_person())
        _log.warning("run deleted", extra={"run": run_id})
    give_room_back(ledger)


def _check_deletable(ledger: Ledger, run: Run) -> None:
    _check_not_corrected(ledger, run.id)
    if run.notes.lies_in_inbox:
        _check_taken_out(run)


def _check_taken_out(run: Run) -> None:
    """LedgerError where the file of a run may lie in a watched folder: nobody would know any more that it was sent."""
    file = Path(run.sheet_path)
    if os.path.lexists(file):
        raise LedgerError(
            words(
                "Run {run} is that of {file}, which lies in a watched folder: it would be sent again by itself, whole. "
                "Take the file out of the folder first.",
                run=run.id,
                file=file,
            )
        )
    if not file.parent.is_dir():
        raise LedgerError(
            words(
                "Run {run} is that of {file}, in a watched folder that cannot be reached from here. If the file lies "
                "there yet, it would be sent again by itself, whole. Take it out, and delete the run where the folder "
                "can be reached.",
                run=run.id,
                file=file,
            )
        )


def _check_not_corrected(ledger: Ledger, run_id: str) -> None:
    """LedgerError where corrections of the run are left: by it alone they know whom of them another one reached."""
    found = corrections_of(ledger, run_id)
    if found:
        raise LedgerError(
            words(
                "Run {run} has corrections: {corrections}. They guard by it against reaching anybody twice, so delete "
                "them first.",
                run=run_id,
                corrections=", ".join(correction.run for correction in found),
            )
        )
