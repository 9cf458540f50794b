"""Where commands that serve without an end keep their logs: a private folder, that of the ledger where it is a file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hotline_batch.ledger.database.opening import ledger_path
from hotline_batch.settings.ledger_address import default_ledger
from hotline_batch.settings.model import Settings

_WORKER_LOG = "worker.log"


def log_folder(settings: Settings) -> Path | None:
    """The folder, which is made; with a ledger on a server, where its file would lie.

    None where the ledger's address cannot be read.
    """
    path = ledger_path(settings.ledger) or ledger_path(default_ledger())
    if path is None:
        return None
    folder = path.expanduser().resolve().parent
    with suppress(OSError):  # whoever opens the file says what is wrong
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def worker_log(settings: Settings) -> Path | None:
    """The log of all workers of this ledger on this machine."""
    folder = log_folder(settings)
    return folder / _WORKER_LOG if folder else None
