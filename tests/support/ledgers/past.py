"""What a ledger holds of its runs, as if it had happened earlier."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

SECONDS_OF_A_DAY = 86_400.0


def put_back(ledger: Path, seconds: float) -> None:
    """All that a ledger in a SQLite file knows of runs happened so much earlier."""
    with closing(sqlite3.connect(ledger)) as connection, connection:
        for table, moments in (
            ("sheet_row", ("claimed_at", "finished_at")),
            ("attempt", ("started_at",)),
            ("lane", ("taken_at", "heartbeat_at")),
            ("run", ("created_at", "started_at", "finished_at")),
        ):
            earlier = ", ".join(f"{moment} = {moment} - {seconds}" for moment in moments)
            connection.execute(f"update {table} set {earlier}")  # noqa: S608 - the words are ours
