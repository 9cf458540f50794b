"""A run that no worker can go on with -> stopped, with the reason where whoever looks at the run sees it."""

from __future__ import annotations

import logging

from hotline_batch.application.runs.concluding import conclude
from hotline_batch.application.runs.limits import rate_to_tell
from hotline_batch.engine.session import INTERRUPTED, RunEnd
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.lanes.work import end_lanes
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import RunState
from hotline_batch.settings.model import Settings

WORKER_FAILED = "worker_failed"
"""The stop code of a run whose worker could not begin, or could not go on."""

_log = logging.getLogger(__name__)


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
