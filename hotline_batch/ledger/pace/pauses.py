"""The pauses that services asked for -> until when nobody may use a pace, for whoever is about to begin."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Engine, select

from hotline_batch.ledger.database.transactions import Length, database_now, reading
from hotline_batch.ledger.pace.turns import is_still_paused
from hotline_batch.ledger.schema import pace as pace_table


def pauses_in_force(engine: Engine, names: Collection[str]) -> Mapping[str, float]:
    """By the name of a pace, the end of its pause (seconds since the epoch, UTC); without those that are free.

    Raises LedgerError.
    """
    asked = select(pace_table.c.name, pace_table.c.paused_until).where(pace_table.c.name.in_(list(names)))
    with reading(engine, "looking at the pauses", Length.SHORT) as connection:
        found = connection.execute(asked).fetchall()
        now = database_now(connection)
    return {row.name: row.paused_until for row in found if is_still_paused(row.paused_until, now)}
