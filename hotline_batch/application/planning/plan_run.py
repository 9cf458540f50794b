"""A sheet and what is asked for -> a run in the ledger that waits for a yes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

from hotline_batch.application.connections import connections_of
from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.application.office.approvals import ask_if_needed
from hotline_batch.application.planning.clock_set_back import clock_warnings
from hotline_batch.application.planning.plan_sheet import open_planning
from hotline_batch.application.planning.request import SheetRequest, default_output
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.planning.sheet_planning import Opens, open_anew
from hotline_batch.application.planning.user_lookup import look_users_up, lookup_pace
from hotline_batch.application.runs.checks import check_clocks, check_may_be_real, check_spelling_of_service
from hotline_batch.application.runs.driving import run_to_the_end
from hotline_batch.application.runs.hours import with_start
from hotline_batch.application.runs.limits import check_drive, duplicate_window_seconds
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.runs.own_results import is_only_practice
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.ledger.corrections import SentAndCorrected
from hotline_batch.ledger.history.look_up_answers import reuse_answers
from hotline_batch.ledger.history.sent_before import SentBefore, skip_sent_before
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, record
from hotline_batch.ledger.pruning import delete_abandoned_plans
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.results.files.output import check_capacity, check_output
from hotline_batch.results.rows.columns import expected_columns
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import practises
from hotline_batch.settings.units import parse_duration

_log = logging.getLogger(__name__)

# No sheet takes a day to plan: whoever began then has died.
_ABANDONED_AFTER_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run in the ledger, and its plan: what a person looks at before ``start_run``.

    ``waits_for_approval``: somebody else has to look at it, too.
    """

    run: Run
    plan: SheetPlan
    waits_for_approval: bool = False


@needs(Role.PREPARE)
def plan_run(
    request: SheetRequest,
    settings: Settings,
    *,
    clock: Clock | None = None,
    look_up: Callable[[str], RunSummary] | None = None,
    run_id: str | None = None,
    opens: Opens = open_anew,
) -> PlannedRun:
    """Plan a sheet into a run of the ledger.

    Nothing is asked of the service, unless a send names topics instead of users: these are looked up first, in a run
    of their own that ``look_up`` drives. ``run_id`` is that of the run, where it was given out before. ``opens`` lends
    what is no file.

    Raises SheetError, TemplateError, OutputError or SettingsError for what cannot be used as a whole, LookupsUnfinished
    where the look-ups ended early; the ledger keeps no run of the send then.
    """
    clock = clock or SystemClock()
    now = clock.wall()
    request = request.with_limits(with_start(request.options.limits, settings, now)).with_usual_columns(settings)
    run_id = run_id or new_run_id(now)
    output = "" if request.upload else request.output or default_output(request.sheet, request.result_format)
    is_practice = practises(settings, sandbox=request.options.sandbox)
    if not is_practice:
        check_may_be_real(settings)
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(settings.ledger))
        check_clocks(ledger, request.kind, settings)
        check_spelling_of_service(ledger, request.kind, settings, sandbox=request.options.sandbox)
        if output and not (request.force or is_practice):
            request = replace(request, force=is_only_practice(ledger, request.sheet, output))
        if output:
            check_output(output, request.sheet, force=request.force)
        check_drive(settings, request.kind, request.options.limits, sandbox=request.options.sandbox)
        connections = connections_of(settings, run_id, sandbox=request.options.sandbox)
        planning = open_planning(request, settings, connections, stack, opens)
        run = planning.run(run_id, now, output)
        planning.ask_what_was_corrected(SentAndCorrected(ledger))
        if planning.looks_users_up:
            drive_it = look_up or (lambda lookups: run_to_the_end(ledger, lookups, settings, Limits()))
            pace = lookup_pace(settings, request.options.limits, planning.default_connection)
            by_run = partial(connections_of, settings, sandbox=request.options.sandbox)
            planning.find_users_with(look_users_up(planning, run, by_run, ledger, pace, drive_it))
        delete_abandoned_plans(ledger, now - _ABANDONED_AFTER_SECONDS)
        ledger.add_run(run)
        stack.callback(forget_unless_planned, ledger, run_id)
        rows = ledger.add_rows(run_id, planning.counted_rows())
        if output:
            check_capacity(output, rows, expected_columns(run.kind, run.header, KeptColumns.of(run.options.results)))
        window = duplicate_window_seconds(settings, request.options.limits)
        sent_before: Sequence[SentBefore] = ()
        if run.kind is Kind.SEND and window > 0:
            sent_before = skip_sent_before(ledger, run_id, now - window)
        reused = 0
        if run.kind is Kind.ENRICH and request.options.max_age is not None:
            reused = reuse_answers(ledger, run_id, now - parse_duration(request.options.max_age, "max_age"))
        plan = planning.plan(sent_before, reused)
        plan = replace(plan, warnings=(*clock_warnings(ledger, now, settings), *plan.warnings))
        planned, waits_for_approval = planning_ended(ledger, run, rows, settings)
        _log.info("sheet planned", extra={"run": run_id, "sheet": run.sheet_path, **plan.told_in_log()})
        return PlannedRun(planned, plan, waits_for_approval)


def planning_ended(ledger: Ledger, run: Run, rows: int, settings: Settings, **told: object) -> tuple[Run, bool]:
    """Have a run wait for its yes, all of whose rows are in the ledger: the run, and whether somebody else has to look.

    ``told`` is what the audit log keeps besides.
    """
    waits_for_approval = ask_if_needed(ledger, run, settings)
    record(ledger, acting_person(), Action.PREPARED, run.id, kind=run.kind.value, rows=rows, **told)
    ledger.change_run(run.id, state=RunState.PLANNED.value, rows=rows)
    return replace(run, state=RunState.PLANNED, rows=rows), waits_for_approval


def forget_unless_planned(ledger: Ledger, run_id: str) -> None:
    """Keep no run in the ledger whose planning ended early."""
    ledger.delete_run(run_id, while_state=RunState.PLANNING)
