"""Whoever is put to sleep must not hold what others wait for: that is seen by changing something, for a moment."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from hotline_batch.ledger.ledger import Ledger

_WAIT_FOR_LOCK_SECONDS = 0.2
_PATIENCE_SECONDS = 120.0


class Process(Protocol):
    """Whoever can be put to sleep."""

    @property
    def is_running(self) -> bool: ...

    def signal(self, number: signal.Signals) -> None: ...


def put_to_sleep(process: Process, ledger_url: str, seem_silent: str) -> None:
    """Stop a process, and let it seem silent by this statement; not while it keeps others waiting."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while process.is_running:
        process.signal(signal.SIGSTOP)
        try:
            update_in_a_moment(ledger_url, seem_silent)
        except (sqlite3.OperationalError, OperationalError):
            process.signal(signal.SIGCONT)
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            return


def update_in_a_moment(ledger_url: str, statement: str) -> None:
    """Execute it. Raises OperationalError, of sqlite3 or of SQLAlchemy, where somebody keeps the lock for longer."""
    if ledger_url.startswith("sqlite"):
        path = make_url(ledger_url).database
        assert path is not None
        with closing(sqlite3.connect(path, timeout=_WAIT_FOR_LOCK_SECONDS)) as ledger, ledger:
            ledger.execute(statement)
        return
    with Ledger(ledger_url) as ledger, ledger.engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{round(_WAIT_FOR_LOCK_SECONDS * 1000)}ms'"))
        connection.execute(text(statement))
