"""What time it is, by the clock that all processes of a ledger share: the database's."""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

_SERVER_CLOCK = text("select extract(epoch from clock_timestamp())")


def database_now(connection: Connection) -> float:
    """Seconds since the epoch, UTC. A file has no clock of its own: all its processes share the machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(_SERVER_CLOCK).scalar_one())
