"""What is to be forgotten -> forgotten, run by run, each held meanwhile so that nobody works on it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import (
    delete_abandoned_plans,
    delete_whole_run,
    forget_cells,
    give_room_back,
)
from hotline_batch.model import Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten. ``in_use`` are runs that another process works on; ``not_shrunk`` says why the ledger's file
    was not made smaller, empty where it was.
    """

    runs: int
    rows: int
    in_use: Sequence[str]
    not_shrunk: str


def prune_runs(ledger: Ledger, runs: Sequence[Run], before: float, now: float) -> Pruned:
    """Forget cells, messages and replies of these runs, and plans that were abandoned ``before`` that moment."""
    rows, in_use = 0, []
    for run in runs:
        try:
            with ledger.hold(run.id):
                rows += forget_cells(ledger, run.id, now)
                _log.info("run pruned", extra={"run": run.id})
        except RunInProgress:
            in_use.append(run.id)
    abandoned = delete_abandoned_plans(ledger, before)
    pruned = len(runs) - len(in_use)
    return Pruned(pruned, rows, in_use, give_room_back(ledger) if pruned or abandoned else "")


def delete_run(ledger: Ledger, run: Run) -> None:
    """Forget a run altogether. Raises RunInProgress where another process works on it."""
    with ledger.hold(run.id):
        delete_whole_run(ledger, run.id)
        _log.warning("run deleted", extra={"run": run.id})
    give_room_back(ledger)


class PrunedRun(LedgerError):
    """The cells of this run were forgotten."""


def check_not_pruned(run: Run) -> None:
    """PrunedRun where the cells of a run were forgotten, so that neither a sheet nor a message can be made of it."""
    if words := words_about_pruning(run):
        raise PrunedRun(
            f"{words} It cannot go on and has no result sheet with its texts any more. What became of its rows is "
            f"kept: hotline-batch runs show {run.id}"
        )


def words_about_pruning(run: Run) -> str:
    """When the cells of a run were forgotten, as a sentence; empty where they are still there."""
    moment = run.notes.pruned_at
    if moment is None:
        return ""
    day = time.strftime("%Y-%m-%d", time.gmtime(moment))
    return f"Run {run.id} was pruned on {day}: its cells, messages and replies were forgotten."
