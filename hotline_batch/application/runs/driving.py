"""A run of the ledger -> outcomes there -> its result sheet and summary; for a new run and for one that goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from random import Random

from hotline_batch.application.runs.checks import (
    PrunedRun,
    check_known_state,
    check_not_pruned,
    check_same_service,
)
from hotline_batch.application.runs.limits import drive_for
from hotline_batch.application.runs.own_results import full_path, may_replace, note_practised, remember_own
from hotline_batch.application.service import open_service
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.engine.progress import Progress
from hotline_batch.engine.runner import Runner
from hotline_batch.engine.session import CANARY, RunEnd
from hotline_batch.errors import LedgerError, LedgerLost, OutputError, TakenOver
from hotline_batch.ledger.history.look_up_answers import let_repeated_topics_wait, rows_with_history, share_answers
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import RowRecord, Run, RunState, RunSummary
from hotline_batch.next_step import Advised
from hotline_batch.results.summary import summarise
from hotline_batch.results.write import write_results
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_log = logging.getLogger(__name__)

# Mending the settings is all that can help, and nothing was asked of the service yet.
_SETTINGS_REFUSED = {"certificate_refused", "proxy_refused"}


def run_to_the_end(  # noqa: PLR0913 - all but the first four are named, and few callers need them
    ledger: Ledger,
    run_id: str,
    settings: Settings,
    chosen: Limits,
    *,
    output: str | None = None,
    most_rows: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    stop: Stop | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
) -> RunSummary:
    """Send what is pending, and write the result sheet whatever happens on the way.

    ``most_rows`` ends the session after so many rows, as a canary does, and so does a trial that was asked for when the
    run was planned. ``output`` replaces the run's own output path;
    an earlier result of the run itself is replaced. ``stop`` asks for a stop; whoever passes one decides what
    that comes from, since no signal is caught here. Raises RunInProgress where another process
    works on the run, SettingsError where the settings do not fit it.
    """
    clock = clock or SystemClock()
    stop = Stop() if stop is None else stop
    with ledger.hold(run_id) as held:
        run = ledger.run(run_id)
        check_not_pruned(run)
        check_known_state(run)
        check_same_service(run, settings)
        drive = drive_for(run, settings, chosen)
        output_path = full_path(output or run.output_path)
        ledger.settle_stale(run, clock.wall())
        let_repeated_topics_wait(ledger, run)
        names = ledger.connections_pending(run_id)
        with open_service(
            settings,
            names,
            drive.timeout_seconds,
            sandbox=run.endpoint == PRIVATE_SANDBOX,
            mishaps=run.options.mishaps,
            knows_everybody=bool(run.notes.upload),
        ) as service:
            if chosen.rate:
                ledger.note(run_id, lambda notes: replace(notes, last_rate=drive.rate))
            ledger.change_run(
                run_id,
                state=RunState.RUNNING.value,
                started_at=run.started_at or clock.wall(),
                output_path=output_path,
                stop_code="",
                stop_reason="",
            )
            _log.info("run started", extra={"run": run_id, "kind": run.kind, "rows": run.rows, **drive.told_in_log()})
            runner = Runner(
                ledger,
                run,
                service.clients,
                drive.pacers,
                replace(drive.runner, most_rows=most_rows or run.notes.trial_rows),
                clock=clock,
                random=random or Random(),  # noqa: S311 - jitter, not cryptography
                inbox=stop,
                on_progress=on_progress,
                held=held,
            )
            end = runner.drive()
            _log.log(
                logging.INFO if end.state is RunState.FINISHED else logging.WARNING,
                "run ended",
                extra={"run": run_id, "state": end.state, "code": end.stop_code or None, "seconds": end.seconds},
            )
        if not ledger.holds(held):
            raise TakenOver(run_id)  # the run is another's now, its rows, its state and its result sheet
        return _conclude(ledger, run, end, drive.rate, output_path, clock)


def _conclude(ledger: Ledger, run: Run, end: RunEnd, rate: str, output_path: str, clock: Clock) -> RunSummary:
    """Keep how the run ended, write its result sheet, and count.

    Where the ledger takes no more, what it knows is told all the same: rows that were in flight settle themselves when
    the run goes on.
    """
    ledger_failure = end.stop_reason if end.stop_code == "ledger_failed" else ""
    try:
        ledger.settle_stale(run, clock.wall())
        share_answers(ledger, run)
        if run.notes.trial_rows and end.stop_code == CANARY:
            ledger.note(run.id, lambda notes: replace(notes, trial_rows=None))
        ledger.change_run(
            run.id,
            state=end.state.value,
            finished_at=clock.wall(),
            active_seconds=run.active_seconds + end.seconds,
            stop_code=end.stop_code,
            stop_reason=end.stop_reason,
        )
    except LedgerError as error:
        ledger_failure = ledger_failure or str(error)
    try:
        summary = write_and_summarise(ledger, run.id, output_path, rate)
    except LedgerError as error:
        raise LedgerLost(ledger_failure or str(error), run.id) from None
    if ledger_failure and summary.state is RunState.RUNNING:
        summary = replace(summary, state=RunState.STOPPED, stop_code="ledger_failed", stop_reason=ledger_failure)
    if end.stop_code in _SETTINGS_REFUSED and not end.reached_anything:
        return replace(summary, exit_code=2)
    return summary


def write_and_summarise(ledger: Ledger, run_id: str, output_path: str, rate: str) -> RunSummary:
    """Write the result sheet of a run as it stands, and count its rows.

    What somebody else put at ``output_path`` while the run went on stays; the sheet appears beside it then.
    A sheet that cannot be written is told in ``result_problem``: nothing is lost, the ledger has it all. An empty path
    asks for no sheet.
    """
    run = ledger.run(run_id)
    written = ""
    problem: Advised | None = None
    counted: list[RunSummary] = []
    only_changed = run.options.results.only == "changed"
    read_rows: Callable[[], Iterator[RowRecord]] = partial(ledger.rows, run_id)
    read_compared: Callable[[], Iterator[RowRecord]] = partial(rows_with_history, ledger, run)
    try:
        check_not_pruned(run)
        if output_path:
            written = write_results(
                run,
                read_rows,
                output_path,
                rate,
                replace=may_replace(ledger, run, output_path),
                own_siblings=run.notes.own_results,
                only_changed=only_changed,
                read_compared=read_compared,
                on_counted=counted.append,
            )
            remember_own(ledger, run, written)
            note_practised(ledger, run, written)
    except (OutputError, PrunedRun) as error:
        written, problem = "", error.advised
        _log.error("results not written", extra={"run": run_id, "path": output_path, "reason": str(error)})
    summary = counted[0] if counted else summarise(run, read_compared(), rate, only_changed=only_changed)
    exit_code = summary.exit_code or (1 if problem else 0)
    return replace(summary, result=written, result_problem=problem, exit_code=exit_code)
