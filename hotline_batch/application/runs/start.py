"""A planned run that a person agreed to -> started, to its end or after its first rows. What every face calls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from hotline_batch.application.office.acting import needs
from hotline_batch.application.office.approvals import tell_if_open
from hotline_batch.application.planning.remembered_mappings import RememberedMappings
from hotline_batch.application.runs.driving import Watcher as Watcher
from hotline_batch.application.runs.driving import run_to_the_end
from hotline_batch.application.service import check_keys
from hotline_batch.engine.session import CANARY
from hotline_batch.errors import ApprovalNeeded, LedgerError, RunInProgress
from hotline_batch.issues.words import words_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.approvals import approval_of
from hotline_batch.model.jobs import JobState, Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TriedRow:
    """A row of a trial. ``told`` is the topic's link, or why there is none."""

    number: int
    status: Status
    told: str


@dataclass(frozen=True, slots=True)
class Trial:
    """How the first rows of a run ended. ``is_over``: the whole run is, there is nothing to go on with."""

    summary: RunSummary
    rows: Sequence[TriedRow]
    is_over: bool
    is_all_well: bool


@contextmanager
def ledger_kept_open(settings: Settings) -> Iterator[None]:
    """Within, the ledger is opened once, however many of these functions are called."""
    with Ledger(settings.ledger):
        yield


@needs(Role.PREPARE)
def ready_to_start(settings: Settings, run: Run) -> Sequence[str]:
    """The connections that the run's messages would go through, to be confirmed where they ask for it.

    SettingsError where a key that the run needs, or the file of trusted certificates, cannot be used.
    """
    with Ledger(settings.ledger) as ledger:
        check_keys(run, settings, ledger.connections_pending(run.id))
        return connections_of_messages(ledger, run)


def connections_of_messages(ledger: Ledger, run: Run) -> Sequence[str]:
    """The connections through which a run would still send; none where it sends nothing for real."""
    sends = run.kind is Kind.SEND and run.endpoint != PRIVATE_SANDBOX
    return ledger.connections_of_open_rows(run.id) if sends else ()


@needs(Role.PREPARE)
def start_run(
    settings: Settings,
    run_id: str,
    *,
    remember: bool = False,
    watcher: Watcher | None = None,
) -> RunSummary:
    """Do what was planned and agreed to, to its end.

    ``remember``: what was said about the columns is kept for the next sheet with the same header.
    """
    with Ledger(settings.ledger) as ledger:
        agree(ledger, run_id, remember=remember)
        return run_to_the_end(ledger, run_id, settings, Limits(), watcher)


@needs(Role.PREPARE)
def try_first_rows(
    settings: Settings,
    run_id: str,
    most_rows: int,
    *,
    watcher: Watcher | None = None,
) -> Trial:
    """Do the first rows of what was planned and agreed to, and let a person look. ``start_run`` does the rest."""
    with Ledger(settings.ledger) as ledger:
        agree(ledger, run_id, remember=True)
        summary = run_to_the_end(ledger, run_id, settings, Limits(), watcher, most_rows=most_rows)
        tried = [record for record in ledger.rows(run_id) if record.attempts]
        rows = [
            TriedRow(
                record.number, record.status(summary.kind), record.topic_link or "; ".join(map(words_of, record.issues))
            )
            for record in tried
        ]
        is_all_well = all(record.state is JobState.SUCCEEDED for record in tried)
        return Trial(summary, rows, summary.stop_code != CANARY, is_all_well)


@needs(Role.PREPARE)
def keep_trial(settings: Settings, run_id: str, rows: int) -> None:
    """Have a planned run stop after so many rows for a person to look, whoever starts it."""
    with Ledger(settings.ledger) as ledger:
        ledger.note(run_id, lambda notes: replace(notes, trial_rows=rows))


@needs(Role.PREPARE)
def look_up_users(
    settings: Settings,
    run_id: str,
    *,
    on_begin: Callable[[int], None] = lambda _topics: None,
    watcher: Watcher | None = None,
) -> RunSummary:
    """Look up the users of topics, as ``plan_run`` wants it. ``on_begin`` is told how many topics are to be asked."""
    with Ledger(settings.ledger) as ledger:
        if topics := ledger.pending_rows(run_id):
            on_begin(topics)
        return run_to_the_end(ledger, run_id, settings, Limits(), watcher)


@needs(Role.PREPARE)
def forget_plan(settings: Settings, run_id: str) -> None:
    """Forget a planned run that nobody agreed to; one that was started meanwhile, by whomever, stays."""
    # Held, since whoever starts it holds it a moment before its state says so.
    with Ledger(settings.ledger) as ledger, suppress(RunInProgress), ledger.hold(run_id):
        if ledger.delete_run(run_id, while_state=RunState.PLANNED):
            _log.info("plan forgotten", extra={"run": run_id})


@needs(Role.PREPARE)
@contextmanager
def forgotten_unless_started(settings: Settings, run_id: str) -> Iterator[None]:
    """A planned run that does not start, for whatever reason, is forgotten: it must not be found later and sent.

    One that waits for a second person stays.
    """
    try:
        yield
    except ApprovalNeeded:
        raise
    except BaseException:
        with suppress(LedgerError):
            forget_plan(settings, run_id)
        raise


@needs(Role.PREPARE)
def leave_for_approval(settings: Settings, run_id: str, *, remember: bool = False) -> None:
    """Keep that whoever planned a run wants it sent; somebody else has to approve it before it starts."""
    with Ledger(settings.ledger) as ledger:
        agree(ledger, run_id, remember=remember)
        if asked := approval_of(ledger, run_id):
            tell_if_open(ledger, ledger.run(run_id), asked, settings)


def agree(ledger: Ledger, run_id: str, *, remember: bool) -> None:
    """Keep that a person agreed to a run, and what was said about its columns."""
    run = ledger.run(run_id)
    if run.notes.waits_for_yes:
        ledger.note(run_id, lambda notes: replace(notes, waits_for_yes=False))
    if remember:
        _remember_mapping(run)


def _remember_mapping(run: Run) -> None:
    """Keep what a person said about the columns; a look at a sheet alone confirms nothing."""
    said, mappings = run.options.column_map, RememberedMappings()
    if said and run.options.reading.header_row != 0:
        named = {field: column for field, column in run.columns.items() if field in said}
        mappings.keep(run.header, run.kind, {**mappings.recall(run.header, run.kind), **named})
