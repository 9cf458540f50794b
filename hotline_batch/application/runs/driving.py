"""A run of the ledger -> outcomes there -> its result sheet: by this process alone, or as one of several."""

from __future__ import annotations

import logging
from collections.abc import Collection, Container
from dataclasses import dataclass, field, replace
from random import Random

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.notify.news import somebody_listens
from hotline_batch.application.office.acting import acting_person
from hotline_batch.application.office.approvals import check_may_start, who_asks_anew
from hotline_batch.application.runs.checks import (
    check_clocks,
    check_known_state,
    check_not_pruned,
    check_run_may_be_real,
    check_same_service,
    check_sound,
)
from hotline_batch.application.runs.concluding import conclude, put_right
from hotline_batch.application.runs.hours import check_ever_open, with_start
from hotline_batch.application.runs.limits import Drive, drive_for, lanes_for
from hotline_batch.application.runs.own_results import full_path
from hotline_batch.application.service import check_keys, open_service
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.engine.runner import Runner
from hotline_batch.engine.session import CANARY, HANDED_BACK, RunEnd, canary_reason
from hotline_batch.errors import LedgerError, LedgerLost, TakenOver
from hotline_batch.ledger.history.look_up_answers import let_repeated_topics_wait
from hotline_batch.ledger.lanes.ending import Ending, end_lanes, take_conclusion
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.lanes.work import WithLanes, connections_unsettled, lay_out, recount
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, record
from hotline_batch.ledger.resolutions import reopen_failed
from hotline_batch.model.jobs import JobState
from hotline_batch.model.progress import LaneState, OnProgress, RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_TRIAL = "trial"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whoever looks on while a run is driven, and what time and chance are; the defaults are nobody and the real ones.

    ``stop`` asks for a stop; whoever passes one decides what that comes from, since no signal is caught here.
    ``leaves_when_closed``: where the hours let nothing leave for long, the lanes are given back until they do.
    """

    on_progress: OnProgress = lambda _progress: None
    stop: Stop = field(default_factory=Stop)
    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=Random)  # jitter, not cryptography
    leaves_when_closed: bool = False


def run_to_the_end(
    ledger: Ledger,
    run_id: str,
    settings: Settings,
    chosen: Limits,
    watcher: Watcher | None = None,
    *,
    output: str | None = None,
    most_rows: int | None = None,
    reopens_failed: bool = False,
) -> RunSummary:
    """Send what is pending, and write the result sheet whatever happens on the way; nobody else works on it meanwhile.

    ``most_rows`` ends the session after so many rows, as a canary does, and so does a trial that was asked for when the
    run was planned. ``output`` replaces the run's own output path; an earlier result of the run itself is replaced.
    ``reopens_failed``: failed rows get new attempts. Raises RunInProgress where another process works on the run,
    SettingsError where the settings do not fit it.
    """
    watcher = watcher or Watcher()
    with ledger.hold(run_id) as held:
        chosen = with_start(chosen, settings, watcher.clock.wall(), ledger.run(run_id))
        run = open_run(
            ledger, held, settings, chosen, output=output, reopens_failed=reopens_failed, clock=watcher.clock
        )
        summary = _drive(ledger, held, run, settings, chosen, watcher, most_rows=most_rows)
        assert summary is not None  # noqa: S101 - whoever holds the whole run concludes it
        return summary


def drive_lanes(
    ledger: Ledger,
    run_id: str,
    settings: Settings,
    *,
    lanes: Collection[str] | None = None,
    is_replaced: bool = False,
    is_patient: bool = False,
    watcher: Watcher | None = None,
) -> RunSummary | None:
    """Work on those lanes of a run that wait for a worker, or on the named ones among them; None where others go on.

    Whoever ends the last lane concludes the run. ``is_replaced``: where the ledger is away, another worker goes on
    later, and LedgerLost is raised; otherwise the run is stopped for it. Raises RunInProgress where somebody works on
    the run as a whole, SettingsError where the settings do not fit it, TakenOver where another has taken all lanes
    since. ``is_patient`` as of ``Ledger.hold_lanes``.
    """
    watcher = watcher or Watcher()
    with ledger.hold_lanes(run_id, lanes, is_patient=is_patient) as held:
        run = ledger.run(run_id)
        if not held.names:
            if not take_conclusion(ledger.engine, held):
                return None
            end = RunEnd(RunState.FINISHED, 0.0)
            return conclude(ledger, held, run, end, rate_to_tell(run, settings), settings)
        _check_may_go_on(ledger, run, settings, held.connections)
        was_left = any(lane.state is LaneState.DRIVING for lane in held.lanes.values())  # by a worker that died
        if ledger.settle_stale(held, run, watcher.clock.wall()) or was_left:
            recount(ledger.engine, held, run.kind)
        return _drive(ledger, held, run, settings, run.notes.limits_of_workers, watcher, is_replaced=is_replaced)


def _check_may_go_on(ledger: Ledger, run: Run, settings: Settings, connections: Container[str]) -> None:
    """Raises what is in the way of sending anything of a run through these connections now."""
    check_not_pruned(run)
    check_known_state(run)
    check_run_may_be_real(settings, run)
    check_same_service(run, settings, connections)
    check_clocks(ledger, run.kind, settings)
    check_sound(ledger, run.kind)
    check_may_start(ledger, run, settings)


def open_run(
    ledger: Ledger,
    held: Hold,
    settings: Settings,
    chosen: Limits,
    *,
    output: str | None = None,
    reopens_failed: bool = False,
    for_workers: bool = False,
    in_the_same_step: WithLanes | None = None,
    clock: Clock | None = None,
) -> Run:
    """Have a run that is held as a whole ready to be worked on: its lanes laid out, its state running.

    ``reopens_failed``: its failed rows are pending again; those in doubt are left alone.
    ``for_workers``: not by this process, but by whoever takes its lanes, now or after a worker died;
    ``in_the_same_step``, see ``lay_out``, tells them so, who have the keys then.
    """
    clock = clock or SystemClock()
    run = ledger.run(held.run_id)
    names = ledger.connections_pending(run.id, with_failed=reopens_failed)
    _check_may_go_on(ledger, run, settings, {*names, *connections_unsettled(ledger.engine, held)})
    drive = drive_for(run, settings, chosen)
    if not all(found.is_always for found in drive.runner.hours.values()):
        check_ever_open(drive.runner.hours, names, clock.wall())
    if in_the_same_step is None:
        check_keys(run, settings, names)  # before anything of the run is changed
    ledger.settle_stale(held, run, clock.wall())
    if reopens_failed:
        reopened = reopen_failed(ledger, run.id, asks_for_approval=who_asks_anew(ledger, run, settings))
        _log.info("failed rows reopened", extra={"run": run.id, "rows": reopened})
        check_may_start(ledger, run, settings)
    let_repeated_topics_wait(ledger, run)
    limits = chosen if for_workers else Limits()
    if chosen.rate or run.notes.limits_of_workers != limits:
        rate = drive.rate if chosen.rate else run.notes.last_rate
        ledger.note(run.id, lambda notes: replace(notes, last_rate=rate, limits_of_workers=limits))
    changes = {
        "state": RunState.RUNNING.value,
        "started_at": run.started_at or clock.wall(),
        "output_path": full_path(output or run.output_path),
        "stop_code": "",
        "stop_reason": "",
    }
    groups = lanes_for(run, settings)
    if run.notes.trial_rows:  # the first rows of the sheet, whatever their connections: one worker counts them
        groups = dict.fromkeys(groups, _TRIAL)
    record(ledger, acting_person(), Action.STARTED, run.id)
    lay_out(
        ledger.engine,
        held,
        run.kind,
        groups,
        for_workers=for_workers,
        changes=changes,
        in_the_same_step=in_the_same_step,
    )
    return ledger.run(run.id)


def _drive(
    ledger: Ledger,
    held: Hold,
    run: Run,
    settings: Settings,
    chosen: Limits,
    watcher: Watcher,
    *,
    most_rows: int | None = None,
    is_replaced: bool = False,
) -> RunSummary | None:
    drive = drive_for(run, settings, chosen)
    trial = 0 if most_rows else run.notes.trial_rows or 0
    left = _rows_left_of_trial(ledger, run, trial) if trial else most_rows
    if left == 0:
        end = RunEnd(RunState.STOPPED, 0.0, CANARY)
    else:
        end = _session(ledger, held, run, settings, drive, watcher, left)
    if trial and end.stop_code == CANARY:
        end = replace(end, stop_reason=canary_reason(trial))
    if is_replaced and end.stop_code == "ledger_failed" and end.passes:
        raise LedgerLost(end.stop_reason, run.id)  # whoever takes the lanes settles what was on its way
    state = LaneState.DONE if end.state is RunState.FINISHED else LaneState.STOPPED
    if end.stop_code == HANDED_BACK:
        state, end = LaneState.WAITING, replace(end, state=RunState.FINISHED, stop_code="", stop_reason="")
    try:
        ending = end_lanes(ledger.engine, held, state, end.stop_code, end.stop_reason)
    except LedgerError as error:
        if not held.is_whole:
            raise LedgerLost(str(error), run.id) from None
        ending = Ending.LAST  # nobody else could take the run either
    if ending is Ending.OTHERS_GO_ON:
        return None
    if ending is Ending.LAST:
        return conclude(ledger, held, run, end, drive.rate, settings, watcher.clock)
    put_right(ledger, run.id, settings, watcher.clock)
    raise TakenOver(run.id)  # the run is another's now, its rows, its state and its result sheet


def _rows_left_of_trial(ledger: Ledger, run: Run, rows: int) -> int:
    """How many rows of a trial are left where another session began it; as many as there are, where no others are."""
    is_under_way = {JobState.PENDING, JobState.IN_FLIGHT}
    tried = sum(1 for record in ledger.rows(run.id) if record.attempts and record.state not in is_under_way)
    return max(0, rows - tried) if ledger.pending_rows(run.id) else rows


def _session(
    ledger: Ledger,
    held: Hold,
    run: Run,
    settings: Settings,
    drive: Drive,
    watcher: Watcher,
    most_rows: int | None,
) -> RunEnd:
    if held.pending is None:
        held.pending = ledger.pending_by_connection(run.id)
    names = sorted(name for name in held.pending if held.is_whole or name in held.connections)
    check_ever_open(drive.runner.hours, names, watcher.clock.wall())
    with open_service(
        settings,
        names,
        drive.timeout_seconds,
        sandbox=run.endpoint == PRIVATE_SANDBOX,
        mishaps=run.options.mishaps,
    ) as clients:
        _log.info("run started", extra={"run": run.id, "kind": run.kind, "rows": run.rows, **drive.told_in_log()})
        runner = Runner(
            ledger,
            run,
            clients,
            drive.pacers,
            replace(
                drive.runner,
                most_rows=most_rows,
                leaves_when_closed=watcher.leaves_when_closed,
            ),
            clock=watcher.clock,
            random=watcher.random,
            inbox=watcher.stop,
            on_progress=_also_told(run, settings, watcher.on_progress),
            held=held,
        )
        end = runner.drive()
    _log.log(
        logging.INFO if end.state is RunState.FINISHED else logging.WARNING,
        "run ended",
        extra={"run": run.id, "state": end.state, "code": end.stop_code or None, "seconds": end.seconds},
    )
    return end


def _also_told(run: Run, settings: Settings, on_progress: OnProgress) -> OnProgress:
    """Whoever looks on, and whoever is to hear of it when many rows fail."""
    if not somebody_listens(settings, run):
        return on_progress
    from hotline_batch.application.notify.telling import watched_for_failures  # noqa: PLC0415 - of most runs nobody hears

    return watched_for_failures(run, settings, on_progress)
