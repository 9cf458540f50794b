"""Whether this machine can be one of several, and its worker, without loading what only that worker needs."""

from __future__ import annotations

from collections.abc import Callable

from hotline_batch.application.cluster.served import Served
from hotline_batch.application.stopping import Stop
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import is_on_server
from hotline_batch.settings.model import Settings


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
