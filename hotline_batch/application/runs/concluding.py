"""All lanes of a run have ended, or can go on no more -> how the run ended, its result sheet and its summary, once.

What whoever slept, or was cut off, records later still goes into the counts and the sheet, too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.notify.news import somebody_listens
from hotline_batch.application.runs.checks import PrunedRun, check_not_pruned
from hotline_batch.application.runs.own_results import is_own_result, may_replace, note_practised, remember_own
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.engine.session import CANARY, INTERRUPTED, RunEnd
from hotline_batch.errors import LedgerError, LedgerLost, OutputError, RunInProgress, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.history.asked_messages import rows_to_tell_of
from hotline_batch.ledger.history.look_up_answers import share_answers
from hotline_batch.ledger.lanes.ending import end_lanes, keep_end
from hotline_batch.ledger.lanes.lane import Hold, Lane
from hotline_batch.ledger.lanes.work import recount
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import LaneState, RunSummary
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.next_step import Advised, NextStep, step
from hotline_batch.results.files.output import STANDARD_OUTPUT
from hotline_batch.results.summary import exit_code_for, summarise
from hotline_batch.results.write import write_results
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

WORKER_FAILED = "worker_failed"
"""The stop code of a run whose worker could not begin, or could not go on."""

# Whoever concludes a run has it for a moment.
_MOST_TRIES = 30
_TRY_AGAIN_SECONDS = 1.0

# Mending the settings is all that can help, and nothing was asked of the service yet.
_SETTINGS_REFUSED = {"certificate_refused", "proxy_refused"}


def conclude(
    ledger: Ledger, held: Hold, run: Run, end: RunEnd, rate: str, settings: Settings, clock: Clock | None = None
) -> RunSummary:
    """Keep how a run that is held as a whole ended, write its result sheet, count, and have it told.

    ``end`` is that of the last worker; where others stopped, their reason counts. Where the ledger takes no more, what
    it knows is told all the same: rows that were in flight settle themselves when the run goes on. Raises TakenOver
    where the run is another's by now: its rows, its state and its result sheet, which is put right before.
    """
    clock = clock or SystemClock()
    try:
        return _concluded(ledger, held, run, end, rate, settings, clock)
    except TakenOver:
        put_right(ledger, run.id, settings, clock)
        raise


def _concluded(
    ledger: Ledger, held: Hold, run: Run, end: RunEnd, rate: str, settings: Settings, clock: Clock
) -> RunSummary:
    ledger_failure = end.stop_reason if end.stop_code == "ledger_failed" else ""
    ended_at: float | None = None
    try:
        end = _end_of_all(end, ledger.lanes(run.id).values())
        ledger.settle_stale(held, run, clock.wall())
        share_answers(ledger, run)
        recount(ledger.engine, held, run.kind)
        ended_at = moment_of_end(ledger, run, clock.wall())
    except TakenOver:
        raise
    except LedgerError as error:
        ledger_failure = ledger_failure or str(error)
    try:
        now = ledger.run(run.id)
        told = _as_ended(now, end, ended_at) if ended_at is not None else now
        # Whoever watches a folder writes the sheet there, and says where it went.
        output = "" if now.notes.lies_in_inbox else now.output_path
        counts = ledger.counts(run.id)
        summary = write_and_summarise(ledger, told, output, rate)
    except LedgerError as error:
        raise LedgerLost(ledger_failure or str(error), run.id) from None
    except Exception:  # whatever kept the sheet from being written would do so again
        if ended_at is not None:
            _keep_end(ledger, held, told, end)
        raise
    try:
        # The sheet is there before the run is called ended: one whose process dies meanwhile is still to go on with,
        # and no older sheet is left that nobody would write anew.
        if ended_at is not None:
            kept = _keep_end(ledger, held, told, end)
            end = replace(end, state=kept.state, stop_code=kept.stop_code, stop_reason=kept.stop_reason)
            # Whoever slept has told what it knew, or somebody wanted the run to stop.
            if ledger.counts(run.id) != counts or kept.state is not told.state:
                recount(ledger.engine, held, run.kind)
                summary = write_and_summarise(ledger, ledger.run(run.id), output, rate)
    except TakenOver:
        raise
    except LedgerError as error:
        ledger_failure, ended_at = ledger_failure or str(error), None
    check_written_while_held(ledger, held)
    if ended_at is None:
        summary = _as_lost(summary, ledger_failure)
    _tell(ledger, run, end, summary, settings)
    if end.stop_code in _SETTINGS_REFUSED and not end.reached_anything:
        return replace(summary, exit_code=2)
    return summary


def _as_ended(run: Run, end: RunEnd, ended_at: float) -> Run:
    """The run as it is once it has ended like that, at that moment."""
    return replace(
        run,
        state=end.state,
        finished_at=ended_at,
        active_seconds=run.active_seconds + end.seconds,
        stop_code=end.stop_code,
        stop_reason=end.stop_reason,
    )


def _keep_end(ledger: Ledger, held: Hold, ended: Run, end: RunEnd) -> Run:
    if ended.notes.trial_rows and end.stop_code == CANARY:
        ledger.note(ended.id, lambda notes: replace(notes, trial_rows=None))
    return keep_end(ledger.engine, held, ended)


def _as_lost(summary: RunSummary, failure: str) -> RunSummary:
    """What is told where the ledger takes no more: to it, the run goes on."""
    code = exit_code_for(RunState.STOPPED, summary.counts)
    return replace(summary, state=RunState.STOPPED, stop_code="ledger_failed", stop_reason=failure, exit_code=code)


def moment_of_end(ledger: Ledger, run: Run, now: float) -> float:
    """When the run ended: as before where no row was tried since, since the duplicate window goes by it."""
    before = run.finished_at
    return now if before is None or ledger.is_tried_since(run.id, before) else before


def _tell(ledger: Ledger, run: Run, end: RunEnd, summary: RunSummary, settings: Settings) -> None:
    """Have it told how the run ended. Whoever asked for a trial of a run that goes on here is asked here, too."""
    if not somebody_listens(settings, run):
        return
    from hotline_batch.application.notify.telling import tell_of_end, tell_of_trial  # noqa: PLC0415 - of most nobody hears

    if end.stop_code != CANARY:
        tell_of_end(ledger, run, summary, settings)
    elif run.notes.trial_rows:
        tell_of_trial(ledger, run, settings)


def _end_of_all(end: RunEnd, lanes: Iterable[Lane]) -> RunEnd:
    """How the run ended: as a person wanted, if one did; else by the reason that the first lane stopped for."""
    lanes = list(lanes)
    stopped = [lane for lane in lanes if lane.stop_code]
    seconds = max([end.seconds, *(lane.progress.seconds for lane in lanes)])
    if end.state is not RunState.FINISHED or not stopped:
        return replace(end, seconds=seconds)
    first = next((lane for lane in stopped if lane.stop_code == INTERRUPTED), stopped[0])
    state = RunState.INTERRUPTED if first.stop_code == INTERRUPTED else RunState.STOPPED
    return replace(end, state=state, seconds=seconds, stop_code=first.stop_code, stop_reason=first.stop_reason)


def write_and_summarise(ledger: Ledger, run: Run, output_path: str, rate: str) -> RunSummary:
    """Write the result sheet of a run as it stands, or will at once, and count its rows.

    What somebody else put at ``output_path`` while the run went on stays; the sheet appears beside it then.
    A sheet that cannot be written is told in ``result_problem``: nothing is lost, the ledger has it all. An empty path
    asks for no sheet.
    """
    written = ""
    problem: Advised | None = None
    counted: list[RunSummary] = []
    only_changed = run.options.results.only == "changed"
    read_rows: Callable[[], Iterator[RowRecord]] = partial(ledger.rows, run.id)
    read_compared: Callable[[], Iterator[RowRecord]] = partial(rows_to_tell_of, ledger, run)
    try:
        check_not_pruned(run)
        if output_path:
            _refuse_foreign(output_path, run.id)
            written = write_results(
                run,
                read_rows,
                output_path,
                rate,
                replace=may_replace(ledger, run, output_path),
                own_siblings=run.notes.own_results,
                as_folder=_is_of_inbox(run, output_path),
                only_changed=only_changed,
                read_compared=read_compared,
                on_counted=counted.append,
            )
            remember_own(ledger, run, written)
            note_practised(ledger, run, written)
    except (OutputError, PrunedRun) as error:
        written, problem = "", error.advised
        _log.error("results not written", extra={"run": run.id, "path": output_path, "reason": str(error)})
    summary = counted[0] if counted else summarise(run, read_compared(), rate, only_changed=only_changed)
    exit_code = summary.exit_code or (1 if problem else 0)
    return replace(summary, result=written, result_problem=problem, exit_code=exit_code)


def check_written_while_held(ledger: Ledger, held: Hold) -> None:
    """TakenOver where the run was taken since: the sheet of whoever slept may have replaced a newer one."""
    try:
        ledger.check_still_held(held)
    except TakenOver:
        raise
    except LedgerError:
        return  # nobody can say, and what was written is known


def _is_of_inbox(run: Run, output_path: str) -> bool:
    """Whether the result sheet lies in a watched folder: whoever lays sheets there reads what became of them."""
    place = run.notes.inbox
    # While it lies there, another machine may reach the folder by another path.
    return place is not None and (not place.is_put_away or Path(output_path).parent == Path(run.sheet_path).parent)


def _refuse_foreign(output_path: str, run_id: str) -> None:
    """OutputError for a path of another system: the run was planned there, and ended here."""
    if output_path != STANDARD_OUTPUT and not Path(output_path).is_absolute():
        raise OutputError(
            words(
                "The result sheet was to go to {output_path}, which is no place on this machine.",
                output_path=output_path,
            ),
            step(NextStep.WRITE_RESULTS, run=run_id),
        )


def give_up(ledger: Ledger, run_id: str, settings: Settings, reason: str) -> None:
    """Stop a run that is under way, but that no worker can work on, for this reason."""
    with ledger.hold(run_id) as held:
        if ledger.run(run_id).state is RunState.RUNNING:
            _log.error("run given up", extra={"run": run_id, "reason": reason})
            end_without_work(ledger, held, settings, WORKER_FAILED, reason)


def end_without_work(ledger: Ledger, held: Hold, settings: Settings, code: str, reason: str) -> None:
    """End a run that is held as a whole and that nobody works on: its result sheet says how far it is."""
    state = RunState.INTERRUPTED if code == INTERRUPTED else RunState.STOPPED
    run = ledger.run(held.run_id)
    end_lanes(ledger.engine, held, LaneState.STOPPED, code, reason)
    conclude(ledger, held, run, RunEnd(state, 0.0, code, reason), rate_to_tell(run, settings), settings)


def put_right(ledger: Ledger, run_id: str, settings: Settings, clock: Clock) -> None:
    """Count anew, and write the result sheet anew where it lies within reach, once nobody works on the run any more.

    While somebody goes on with it, there is nothing to do: its end tells all that is known by then.
    """
    with suppress(LedgerError):  # the ledger has it in any case, and the sheet can be had from it
        for _ in range(_MOST_TRIES):
            if not ledger.run(run_id).has_ended:
                return
            with suppress(RunInProgress), ledger.hold(run_id) as held:
                run = ledger.run(run_id)
                if run.has_ended:
                    recount(ledger.engine, held, run.kind)
                    _write_anew(ledger, run, settings)
                return
            clock.wait_until(clock.monotonic() + _TRY_AGAIN_SECONDS)


def _write_anew(ledger: Ledger, run: Run, settings: Settings) -> None:
    """Of a file that still lies in a watched folder, its watcher writes the sheet."""
    is_there = bool(run.output_path) and os.path.lexists(run.output_path) and is_own_result(run, run.output_path)
    if is_there and not run.notes.lies_in_inbox:
        write_and_summarise(ledger, ledger.run(run.id), run.output_path, rate_to_tell(run, settings))
        _log.warning("results written after late answers", extra={"run": run.id, "path": run.output_path})
