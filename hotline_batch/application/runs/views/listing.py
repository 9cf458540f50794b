"""The runs of a ledger -> what is told of them: the newest, those that somebody looks for, a single one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.views.progress import RunProgress, progress_of
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState, is_of_users
from hotline_batch.people import Role
from hotline_batch.results.formatting import name_of_sheet
from hotline_batch.results.summary import summarise
from hotline_batch.results.verdict import to_look_at_count
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are looked for. ``words`` stand in the sheet's name, the run's id or its owner, in any case.

    ``practice`` None: practice and real ones; ``needs_a_person``: only those that need one.
    """

    words: str = ""
    kind: Kind | None = None
    practice: bool | None = None
    needs_a_person: bool = False

    def fits(self, run: Run) -> bool:
        """Whether a run is one of them, as far as that can be told without counting its rows."""
        looked_through = f"{sheet_name(run)}\n{run.id}\n{run.owner}".casefold()
        return (
            all(word in looked_through for word in self.words.casefold().split())
            and self.kind in (None, run.kind)
            and self.practice in (None, is_practice(run))
        )


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run, how far it is, and how many of its rows need a person; rows to go count once nobody works on them.

    Of look-ups for a send no row does: the send tells whose users were not found, and they are asked for anew with it.
    """

    progress: RunProgress
    needing_a_person: int

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.progress.run

    @property
    def is_practice(self) -> bool:
        """Whether nothing of it is real."""
        return is_practice(self.run)

    @property
    def is_of_users(self) -> bool:
        """Whether it only looked the users of topics up, for a send."""
        return is_of_users(self.run.id)


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Some of the runs. ``has_more``: there are older ones."""

    runs: Sequence[ListedRun]
    has_more: bool


@needs(Role.LOOK)
def list_runs_page(settings: Settings, wanted: RunFilter, page: int, most: int) -> RunsPage:
    """The runs of a page, counted from 1. None where there is no ledger yet, and none is made."""
    if not is_there(settings):
        return RunsPage((), has_more=False)
    first, last = (page - 1) * most, page * most + 1
    with Ledger(settings.ledger) as ledger:
        # Counting costs more than reading, so that runs of other pages are counted only where the counts decide.
        runs = ledger.runs(last if wanted == RunFilter() else None)
        fitting = (run for run in runs if wanted.fits(run))
        if wanted.needs_a_person:
            counted = (_listed(ledger, settings, run) for run in fitting)
            found = list(islice((listed for listed in counted if listed.needing_a_person), first, last))
        else:
            found = [_listed(ledger, settings, run) for run in islice(fitting, first, last)]
    return RunsPage(found[:most], has_more=len(found) > most)


def is_there(settings: Settings) -> bool:
    """Whether there is a ledger already, as far as can be told without opening it."""
    return may_be_there(settings.ledger)


def sheet_name(run: Run) -> str:
    """The name of its sheet, without folders."""
    return name_of_sheet(run.sheet_path)


def _listed(ledger: Ledger, settings: Settings, run: Run) -> ListedRun:
    progress = progress_of(ledger, run, settings)
    return ListedRun(progress, 0 if is_of_users(run.id) else needing_a_person(progress))


def needing_a_person(progress: RunProgress) -> int:
    """How many rows of a run wait for a person."""
    counts = progress.counts
    has_ended = not progress.is_going_on and progress.state not in (RunState.PLANNING, RunState.PLANNED)
    return to_look_at_count(counts) + (counts.get(Status.NOT_ATTEMPTED, 0) if has_ended else 0)


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run, its counts, and who works on it. ``seconds_spent`` are those so far, while somebody does."""

    run: Run
    summary: RunSummary
    is_in_progress: bool
    seconds_spent: float
    progress: RunProgress


@needs(Role.LOOK)
def list_runs(settings: Settings, most: int) -> Sequence[RunProgress]:
    """How far the newest runs are, the newest first."""
    with Ledger(settings.ledger) as ledger:
        return [progress_of(ledger, run, settings) for run in ledger.runs(most)]


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
