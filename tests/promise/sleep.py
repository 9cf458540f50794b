"""A worker that does nothing for longer than its lease, as on a machine that is suspended."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from hotline_batch.ledger.ledger import Ledger
from tests.promise.sessions import Session

_SEEM_SILENT = "update lane set heartbeat_at = heartbeat_at - 60 where worker <> ''"
_PATIENCE_SECONDS = 120.0
_WAIT_FOR_LOCK_SECONDS = 0.2


def put_to_sleep(session: Session, ledger_url: str) -> None:
    """Stop its process, and let it seem silent for a minute; not while it keeps others waiting."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while session.is_running:
        session.signal(signal.SIGSTOP)
        try:
            _let_seem_silent(ledger_url)
        except (sqlite3.OperationalError, OperationalError):
            session.signal(signal.SIGCONT)
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            return


def _let_seem_silent(ledger_url: str) -> None:
    if ledger_url.startswith("sqlite"):
        path = make_url(ledger_url).database
        assert path is not None
        with closing(sqlite3.connect(path, timeout=_WAIT_FOR_LOCK_SECONDS)) as ledger, ledger:
            ledger.execute(_SEEM_SILENT)
        return
    with Ledger(ledger_url) as ledger, ledger.engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{round(_WAIT_FOR_LOCK_SECONDS * 1000)}ms'"))
        connection.execute(text(_SEEM_SILENT))
