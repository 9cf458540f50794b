"""Whoever is put to sleep must not hold what others wait for: that is seen by changing something, for a moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import text
from sqlalchemy.engine import make_url

from hotline_batch.ledger.ledger import Ledger

_WAIT_FOR_LOCK_SECONDS = 0.2


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
