"""What others need of several machines, without loading what only their workers need."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from hotline_batch.application.stopping import Stop
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import is_on_server
from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.lanes.work import WithLanes
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.serving import serving_workers
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What a worker tells of itself while it serves: how many lanes it drives, and which connections it lacks for
    others.
    """

    lanes: int
    lacks: tuple[str, ...]


def is_for_several_machines(settings: Settings) -> bool:
    """Whether the ledger is kept where several machines reach it."""
    return is_on_server(settings.ledger)


def serve_cluster(
    settings: Settings, most_lanes: int, stop: Stop, on_change: Callable[[Served], None] = lambda _served: None
) -> None:
    """Serve the ledger as one of several machines, until somebody asks to stop; see ``serve``.

    SettingsError where the extra is not installed, LedgerError where the ledger cannot be served.
    """
    try:
        from hotline_batch.application.cluster.serve import serve  # noqa: PLC0415 - it loads the queue's engine
    except ImportError:
        raise SettingsError(
            words("A worker on a ledger in PostgreSQL needs an extra: install hotline-batch[cluster].")
        ) from None
    serve(settings, most_lanes, stop, on_change)


def is_served(ledger: Ledger) -> bool:
    """Whether a worker of several machines gave a sign of life lately."""
    with reading(ledger.engine, "looking who serves") as connection:
        return any(worker.is_alive for worker in serving_workers(connection))


def to_the_cluster(ledger: Ledger, settings: Settings, run_id: str) -> WithLanes | None:
    """What tells the workers of a run that is handed over, in the step that lays its lanes out.

    None where no worker of several machines gave a sign of life lately, or where this machine cannot tell them: then
    a process of this machine does the work, as on one machine.
    """
    if not is_served(ledger):
        return None
    try:
        from hotline_batch.application.cluster.lane_jobs import with_jobs  # noqa: PLC0415 - it loads the queue's engine
    except ImportError:
        _log.warning("cluster not told", extra={"run": run_id})
        return None
    return with_jobs(ledger.run(run_id), settings)
