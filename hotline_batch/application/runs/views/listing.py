"""The runs of a ledger -> those that somebody looks for, the newest first, with what still needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from hotline_batch.application.office.acting import needs
from hotline_batch.application.runs.views.progress import RunProgress, progress_of
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.results.formatting import name_of_sheet
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice

_NEED_A_LOOK = (Status.UNKNOWN, Status.FAILED, Status.INVALID)


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
    """A run, how far it is, and how many of its rows need a person; rows to go count once nobody works on them."""

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
    return ListedRun(progress, needing_a_person(progress))


def needing_a_person(progress: RunProgress) -> int:
    """How many rows of a run wait for a person."""
    counts = progress.counts
    needing = sum(counts.get(status, 0) for status in _NEED_A_LOOK)
    has_ended = not progress.is_going_on and progress.state not in (RunState.PLANNING, RunState.PLANNED)
    return needing + (counts.get(Status.NOT_ATTEMPTED, 0) if has_ended else 0)
