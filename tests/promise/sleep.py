"""A worker that does nothing for longer than its lease, as on a machine that is suspended."""

from __future__ import annotations

import signal
import sqlite3
import time

from sqlalchemy.exc import OperationalError

from tests.promise.sessions import Session
from tests.support.sleepers import update_in_a_moment

_SEEM_SILENT = "update lane set heartbeat_at = heartbeat_at - 60 where worker <> ''"
_PATIENCE_SECONDS = 120.0


def put_to_sleep(session: Session, ledger_url: str) -> None:
    """Stop its process, and let it seem silent for a minute; not while it keeps others waiting."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while session.is_running:
        session.signal(signal.SIGSTOP)
        try:
            update_in_a_moment(ledger_url, _SEEM_SILENT)
        except (sqlite3.OperationalError, OperationalError):
            session.signal(signal.SIGCONT)
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            return
