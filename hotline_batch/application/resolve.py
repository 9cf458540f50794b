"""A person's decision about a run that ended -> the ledger, and a result sheet that shows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container
from typing import Any

from hotline_batch.application.own_results import full_path
from hotline_batch.application.planning import owner
from hotline_batch.application.pruning import check_not_pruned
from hotline_batch.application.run_notes import rate_to_tell
from hotline_batch.application.running import check_known_state, check_same_service, run_to_the_end, write_and_summarise
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.engine.event_queue import EventQueue
from hotline_batch.engine.progress import Progress
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord, Resolution, reopen_failed, resolve_rows
from hotline_batch.model import Run, RunState, RunSummary
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


def retry_run(
    ledger: Ledger,
    run: Run,
    settings: Settings,
    chosen: Limits,
    *,
    output: str | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    inbox: EventQueue[Any] | None = None,
) -> RunSummary:
    """New attempts for the rows that failed, and for those that were never attempted; never for rows in doubt.

    Raises RunInProgress where another process works on the run.
    """
    check_not_pruned(run)
    check_known_state(run)
    check_same_service(run, settings)
    with ledger.hold(run.id):
        _log.info("failed rows reopened", extra={"run": run.id, "rows": reopen_failed(ledger, run.id)})
    return run_to_the_end(ledger, run.id, settings, chosen, output=output, on_progress=on_progress, inbox=inbox)


def settle_rows(
    ledger: Ledger,
    run: Run,
    settings: Settings,
    word: PersonsWord,
    rows: Container[int] | None,
    note: str,
    *,
    output: str | None = None,
    clock: Clock | None = None,
) -> tuple[tuple[int, ...], RunSummary]:
    """Settle rows in doubt by a person's word, and write the result sheet anew; the row numbers and the summary.

    ``rows`` holds row numbers of the sheet; None: every row in doubt. With RESEND the rows stay in doubt, and
    ``run_to_the_end`` sends them again. Raises LedgerError where none of them is in doubt; RunInProgress where another
    process works on the run.
    """
    clock = clock or SystemClock()
    check_known_state(run)
    if word is PersonsWord.RESEND:
        check_not_pruned(run)
    with ledger.hold(run.id):
        # Whoever holds the run knows that nothing is in flight: what the ledger calls so was left by a death.
        ledger.settle_stale(run, clock.wall())
        settled = resolve_rows(ledger, run.id, rows, Resolution(word, owner(), clock.wall(), note))
        _log.info("rows settled", extra={"run": run.id, "rows": list(settled), "word": word, "by": owner()})
        if run.state is not RunState.FINISHED and not ledger.open_rows(run.id):
            ledger.change_run(run.id, state=RunState.FINISHED.value, stop_code="", stop_reason="")
        rate = rate_to_tell(run, settings)
        return settled, write_and_summarise(ledger, run.id, full_path(output or run.output_path), rate)
