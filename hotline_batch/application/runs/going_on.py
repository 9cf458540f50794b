"""A run that ended early, or with open ends -> gone on with, tried again or settled by a person's word."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.application.office.approvals import who_asks_anew
from hotline_batch.application.runs.checks import check_known_state, check_not_pruned, check_run_may_be_real
from hotline_batch.application.runs.concluding import (
    check_written_while_held,
    moment_of_end,
    put_right,
    write_and_summarise,
)
from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.application.runs.own_results import full_path, is_own_result
from hotline_batch.application.runs.start import connections_of_messages
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.errors import LedgerError, SettingsError, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.lanes.ending import end_open_lanes
from hotline_batch.ledger.lanes.work import recount
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord as PersonsWord
from hotline_batch.ledger.resolutions import Resolution, resolve_rows, tried_in_doubt
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState, is_of_users
from hotline_batch.next_step import NextStep, step
from hotline_batch.people import Role
from hotline_batch.plan.selection import RowRanges
from hotline_batch.results.files.output import check_output
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that nobody works on, and what a person is told and asked before it goes on.

    ``pending`` rows are still to be done, ``in_flight`` were on their way when the program ended. ``connections`` are
    those its messages would go through. ``other_practice`` are unfinished practice runs that are left for a real one.
    ``tried`` is how often each row in doubt was tried, where these are to be settled.
    """

    run: Run
    pending: int
    waiting: int
    in_flight: int
    failed: int
    connections: Sequence[str]
    other_practice: Sequence[str] = ()
    tried: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The rows that a person's word settled, and the counts since.

    ``left`` are those of the named ones that are not in doubt; ``tried_since`` are in doubt, and were tried since the
    person looked, so that the word does not hold for them.
    """

    rows: Sequence[int]
    left: Sequence[int]
    summary: RunSummary
    tried_since: Sequence[int] = ()


@needs(Role.LOOK)
def run_to_resume(settings: Settings, run_id: str | None, output: str | None = None) -> OpenRun:
    """The run of that id, else the newest that is not finished. ``output`` is where its result is to go, if elsewhere.

    LedgerError where there is none, OutputError where the result cannot go there, RunInProgress where somebody works
    on it.
    """
    with Ledger(settings.ledger) as ledger:
        run = choose_unfinished(ledger, run_id)
        practice: Sequence[str] = ()
        if run_id is None and not is_practice(run):
            practice = [other.id for other in unfinished_runs(ledger) if is_practice(other)]
        return _open_run(ledger, run, output, practice)


@needs(Role.LOOK)
def run_to_retry(settings: Settings, run_id: str, output: str | None = None) -> OpenRun:
    """The run of that id. Raises as ``run_to_resume``."""
    with Ledger(settings.ledger) as ledger:
        return _open_run(ledger, ledger.run(run_id), output)


@needs(Role.LOOK)
def run_to_settle(settings: Settings, run_id: str, rows: str | None = None, output: str | None = None) -> OpenRun:
    """The run of that id. Raises as ``run_to_resume``, and SettingsError where it is no send, or for such rows."""
    _ranges(rows)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.kind is not Kind.SEND:
            raise SettingsError(
                words("Run {run_id} looked topics up; none of its rows can be in doubt.", run_id=run_id)
            )
        return replace(_open_run(ledger, run, output), tried=tried_in_doubt(ledger, run_id))


def _open_run(ledger: Ledger, run: Run, output: str | None, other_practice: Sequence[str] = ()) -> OpenRun:
    if output is not None:
        check_output(output, run.sheet_path, force=False, own_result=is_own_result(run, output))
    ledger.check_free(run.id)
    counts = ledger.counts(run.id)
    return OpenRun(
        run,
        pending=ledger.pending_rows(run.id),
        waiting=counts.get(JobState.WAITING, 0),
        in_flight=counts.get(JobState.IN_FLIGHT, 0),
        failed=counts.get(JobState.FAILED, 0),
        connections=connections_of_messages(ledger, run),
        other_practice=other_practice,
    )


@needs(Role.PREPARE)
def resume_run(
    settings: Settings,
    run_id: str,
    limits: Limits,
    *,
    output: str | None = None,
    watcher: Watcher | None = None,
) -> RunSummary:
    """Do what is pending. Rows that may have been delivered are never sent again by this."""
    with Ledger(settings.ledger) as ledger:
        return run_to_the_end(ledger, run_id, settings, limits, watcher, output=output)


@needs(Role.PREPARE)
def retry_run(
    settings: Settings,
    run_id: str,
    limits: Limits,
    *,
    output: str | None = None,
    watcher: Watcher | None = None,
) -> RunSummary:
    """New attempts for the rows that failed, and for those that were never attempted; never for rows in doubt.

    Raises RunInProgress where another process works on the run.
    """
    with Ledger(settings.ledger) as ledger:
        return run_to_the_end(ledger, run_id, settings, limits, watcher, output=output, reopens_failed=True)


@needs(Role.PREPARE)
def settle_rows(
    settings: Settings,
    run_id: str,
    word: PersonsWord,
    rows: str | None,
    note: str,
    *,
    output: str | None = None,
    seen: Mapping[int, int] | None = None,
) -> Settled:
    """Settle rows in doubt by a person's word, and write the result sheet anew.

    ``rows`` such as ``17,44`` or ``2-50``; None: every row in doubt. ``seen`` is how often each row had been tried when
    the person looked; others, and those that were tried again since, are left. With RESEND the rows stay in doubt, and
    ``resume_run`` sends them again. Raises SettingsError for rows that cannot be read, LedgerError where none of them
    is in doubt, RunInProgress where another process works on the run.
    """
    ranges = _ranges(rows)
    with Ledger(settings.ledger) as ledger:
        settled, summary = settle(ledger, ledger.run(run_id), settings, word, ranges, note, output=output, seen=seen)
        in_doubt = tried_in_doubt(ledger, run_id) if seen is not None else {}
    meant = {number for number in in_doubt if ranges is None or number in ranges}
    tried_since = meant.difference(settled)
    named = ranges.single_numbers if ranges else frozenset()
    left = named.difference(settled, tried_since)
    return Settled(settled, sorted(left), summary, sorted(tried_since))


def _ranges(rows: str | None) -> RowRanges | None:
    return None if rows is None else RowRanges(rows)


def settle(
    ledger: Ledger,
    run: Run,
    settings: Settings,
    word: PersonsWord,
    rows: Container[int] | None,
    note: str,
    *,
    output: str | None = None,
    seen: Mapping[int, int] | None = None,
    clock: Clock | None = None,
) -> tuple[tuple[int, ...], RunSummary]:
    """The same over an open ledger: the row numbers that were settled, and the summary."""
    clock = clock or SystemClock()

    def resolve() -> tuple[int, ...]:
        said = Resolution(word, acting_person(), clock.wall(), note)
        asks = who_asks_anew(ledger, run, settings) if word is PersonsWord.RESEND else None
        settled = resolve_rows(ledger, run.id, rows, said, seen=seen, asks_for_approval=asks)
        _log.info("rows settled", extra={"run": run.id, "rows": list(settled), "word": word, "by": said.by.name})
        return settled

    if word is PersonsWord.RESEND:
        check_not_pruned(run)
        check_run_may_be_real(settings, run)
    return settle_with(ledger, run, settings, resolve, output=output, clock=clock)


def settle_with(
    ledger: Ledger,
    run: Run,
    settings: Settings,
    resolve: Callable[[], tuple[int, ...]],
    *,
    output: str | None,
    clock: Clock,
) -> tuple[tuple[int, ...], RunSummary]:
    """The same by whatever ``resolve`` says of the rows that are in doubt; it is called while the run is held."""
    check_known_state(run)
    with ledger.hold(run.id) as held:
        # Whoever holds the run knows that nothing is in flight: what the ledger calls so was left by a death.
        ledger.settle_stale(held, run, clock.wall())
        settled = resolve()
        now = ledger.run(run.id)
        ends_here = run.state is not RunState.FINISHED and not ledger.open_rows(run.id)
        if ends_here:
            # A run that was killed ends here, and nobody takes its lanes any more; the duplicate window goes by that.
            end_open_lanes(ledger.engine, held)
            ended = moment_of_end(ledger, run, clock.wall())
            now = replace(now, state=RunState.FINISHED, finished_at=ended, stop_code="", stop_reason="")
        recount(ledger.engine, held, run.kind)
        summary = write_and_summarise(ledger, now, full_path(output or run.output_path), rate_to_tell(run, settings))
        try:
            if ends_here:
                ledger.change_held(
                    held, state=now.state.value, finished_at=now.finished_at, stop_code="", stop_reason=""
                )
            check_written_while_held(ledger, held)
        except TakenOver:
            put_right(ledger, run.id, settings, clock)
        return settled, summary


def choose_unfinished(ledger: Ledger, run_id: str | None) -> Run:
    """The run to go on with: that of the id, else the newest that is not finished. Raises LedgerError.

    A practice run is found where no real one is left. A run that still waits for a person's yes, or that only looks
    users up, is found by its id alone.
    """
    if run_id is not None:
        return ledger.run(run_id)
    for run in unfinished_runs(ledger):
        return run
    if any(_is_open(run) and is_of_users(run.id) for run in ledger.runs()):
        said = words(
            "The ledger has no unfinished run but look-ups of a send. Those go on when its sheet is sent again."
        )
        raise LedgerError(said, step(NextStep.LIST_RUNS))
    raise LedgerError(words("The ledger has no unfinished run."), step(NextStep.LIST_RUNS))


def unfinished_runs(ledger: Ledger) -> Sequence[Run]:
    """The runs that could go on, real ones first, the newest of each first."""
    unfinished = [run for run in ledger.runs() if _is_to_go_on(run)]
    return sorted(unfinished, key=is_practice)


def _is_to_go_on(run: Run) -> bool:
    waits_for_yes = run.state is RunState.PLANNED and run.notes.waits_for_yes
    return _is_open(run) and not is_of_users(run.id) and not waits_for_yes


def _is_open(run: Run) -> bool:
    return run.state.is_known and run.state is not RunState.FINISHED and run.notes.pruned_at is None
