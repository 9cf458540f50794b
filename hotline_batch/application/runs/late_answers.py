"""An answer that came after its run was concluded by another process -> into the counts and the result sheet, too.

Whoever slept, or was cut off, records what it heard when it is back: a row in doubt becomes what is true. Whoever
concluded the run meanwhile has written a sheet that still has the doubt.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress

from hotline_batch.application.runs.concluding import write_and_summarise
from hotline_batch.application.runs.limits import rate_to_tell
from hotline_batch.application.runs.own_results import is_own_result
from hotline_batch.engine.clock import Clock
from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.ledger.lanes.work import recount
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import Run, RunState
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

_MOST_TRIES = 30
_TRY_AGAIN_SECONDS = 1.0


def put_right(ledger: Ledger, run_id: str, settings: Settings, clock: Clock) -> None:
    """Count anew, and write the result sheet anew where it lies within reach, once nobody works on the run any more.

    While somebody goes on with it, there is nothing to do: its end tells all that is known by then.
    """
    with suppress(LedgerError):  # the ledger has it in any case, and the sheet can be had from it
        for _ in range(_MOST_TRIES):
            if not _is_concluded(ledger.run(run_id)):
                return
            with suppress(RunInProgress), ledger.hold(run_id) as held:
                run = ledger.run(run_id)
                if _is_concluded(run):
                    recount(ledger.engine, held, run.kind)
                    _write_anew(ledger, run, settings)
                return
            clock.wait_until(clock.monotonic() + _TRY_AGAIN_SECONDS)


def _is_concluded(run: Run) -> bool:
    is_stopped = run.state in {RunState.STOPPED, RunState.INTERRUPTED} and bool(run.stop_code)
    return run.state is RunState.FINISHED or is_stopped


def _write_anew(ledger: Ledger, run: Run, settings: Settings) -> None:
    """Of a file that still lies in a watched folder, its watcher writes the sheet."""
    is_there = bool(run.output_path) and os.path.lexists(run.output_path) and is_own_result(run, run.output_path)
    if is_there and not run.notes.lies_in_inbox:
        write_and_summarise(ledger, run.id, run.output_path, rate_to_tell(run, settings))
        _log.warning("results written after late answers", extra={"run": run.id, "path": run.output_path})
