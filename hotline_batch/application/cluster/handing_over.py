"""A run that is handed over -> to the workers of several machines, where any of them serves the ledger."""

from __future__ import annotations

import logging

from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.lanes.work import WithLanes
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.serving import serving_workers
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


def to_the_cluster(ledger: Ledger, settings: Settings, held: Hold) -> WithLanes | None:
    """What tells the workers of a held run, in the step that lays its lanes out.

    None where no worker of several machines gave a sign of life lately, or where this machine cannot tell them: then
    a process of this machine does the work, as on one machine.
    """
    if not is_served(ledger):
        return None
    try:
        from hotline_batch.application.cluster.assigning import with_jobs  # noqa: PLC0415 - it loads the queue's engine
    except ImportError:
        _log.warning("cluster not told", extra={"run": held.run_id})
        return None
    return with_jobs(ledger.run(held.run_id), settings, held)


def is_served(ledger: Ledger) -> bool:
    """Whether a worker of several machines gave a sign of life lately."""
    with reading(ledger.engine, "looking who serves") as connection:
        return any(worker.is_alive for worker in serving_workers(connection))
