"""A run and the pauses that services asked for -> until when nothing of it may leave."""

from __future__ import annotations

from hotline_batch.application.runs.limits import pace_names
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pauses import pauses_in_force
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings


def paused_until(ledger: Ledger, run: Run, settings: Settings) -> float | None:
    """When the first connection with rows to send may be used again; None where one may now.

    Seconds since the epoch, UTC. Raises LedgerError.
    """
    names = set(pace_names(run, settings, ledger.connections_pending(run.id)))
    pauses = pauses_in_force(ledger.engine, names)
    return min(pauses.values()) if names and len(pauses) == len(names) else None
