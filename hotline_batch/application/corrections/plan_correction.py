"""A run whose messages were wrong -> a new run to exactly those who got them, in the ledger, that waits for a yes."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import ExitStack

from hotline_batch.application.corrections.correction_planning import CorrectedAlready as CorrectedAlready
from hotline_batch.application.corrections.correction_planning import CorrectionPlanning
from hotline_batch.application.corrections.request import CorrectionPlan, CorrectionRequest, PlannedCorrection
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_run import forget_unless_planned, planning_ended
from hotline_batch.application.planning.request import text_of_messages
from hotline_batch.application.runs.checks import check_known_state, check_not_pruned, check_same_service
from hotline_batch.application.runs.limits import check_drive
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.engine.clock import SystemClock
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.corrections import add_correction, connections_to_correct, corrections_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Role
from hotline_batch.results.files.output import check_output
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


@needs(Role.PREPARE)
def look_at_correction(request: CorrectionRequest, settings: Settings) -> CorrectionPlan:
    """To whom a correction would go, and what they would get; nothing is stored. Raises as ``plan_correction``."""
    with Ledger(settings.ledger) as ledger:
        run = _run_to_correct(ledger, request, settings)
        planning = CorrectionPlanning(ledger, run, request, settings, new_run_id(SystemClock().wall()))
        deque(planning.rows(), maxlen=0)
        planning.check()
        return planning.plan()


@needs(Role.PREPARE)
def plan_correction(request: CorrectionRequest, settings: Settings) -> PlannedCorrection:
    """Plan a correction into a run of the ledger: the rows of the corrected run, each with the message for it or why
    it gets none.

    Whoever got the wrong message gets the correction once, whatever the duplicate window says; who got another
    correction of the same run, or may have, never does.

    Raises LedgerError where there is nobody to reach, or the texts of the run were forgotten, CorrectedAlready where
    the run was corrected before, RunInProgress where somebody works on it or plans another correction at this moment;
    SheetError, TemplateError, OutputError or SettingsError for what cannot be used as a whole.
    """
    now = SystemClock().wall()
    run_id = new_run_id(now)
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(settings.ledger))
        corrected = _run_to_correct(ledger, request, settings)
        # Held, so that its rows stay as they are, and nobody plans another correction of it meanwhile.
        held = stack.enter_context(ledger.hold(corrected.id))
        ledger.settle_stale(held, corrected, now)
        _forget_abandoned(ledger, corrected.id)
        planning = CorrectionPlanning(ledger, corrected, request, settings, run_id)
        deque(planning.rows(), maxlen=0)
        planning.check()
        output = planning.output()
        if output:
            check_output(output, corrected.sheet_path, force=request.force)
        check_drive(settings, Kind.SEND, request.options.limits, sandbox=planning.is_sandbox)
        run = planning.run(now, output)
        add_correction(ledger, run, corrected.id, planning.number)
        stack.callback(forget_unless_planned, ledger, run_id)
        rows = ledger.add_rows(run_id, planning.rows())
        planned, waits_for_approval = planning_ended(ledger, run, rows, settings, corrects=corrected.id)
        found = planning.plan()
        _log.info("correction planned", extra={"run": run_id, "corrects": corrected.id, **found.plan.told_in_log()})
        return PlannedCorrection(planned, found, waits_for_approval)


def _run_to_correct(ledger: Ledger, request: CorrectionRequest, settings: Settings) -> Run:
    options = request.options
    if text_of_messages(options) is None:
        raise SettingsError(words("Say what the correction is: a text or a template."))
    run = ledger.run(request.run)
    if run.kind is not Kind.SEND:
        raise SettingsError(words("Run {run} looked topics up; it sent nothing that could be corrected.", run=run.id))
    check_known_state(run)
    check_not_pruned(run)
    check_same_service(run, settings, connections_to_correct(ledger, run.id))
    ledger.check_free(run.id)
    return run


def _forget_abandoned(ledger: Ledger, corrected: str) -> None:
    """Whoever holds the run knows that nobody plans a correction of it: what is half made was left by a death."""
    for found in corrections_of(ledger, corrected):
        if found.state == RunState.PLANNING.value:
            ledger.delete_run(found.run, while_state=RunState.PLANNING)
