"""A ledger of version 3, in which one process worked on a whole run -> lanes, each with a worker of its own.

A run that was interrupted has none yet: they are laid out when it goes on.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hotline_batch.ledger.schema import ADD_INDEX_IN_FLIGHT, lane, streak
from hotline_batch.ledger.upgrades.old_holds import refuse_while_held, remove_holds


def upgrade(connection: Connection) -> None:
    """Bring the tables up to version 4. Raises RunInProgress while an older program works on a run."""
    refuse_while_held(connection)
    remove_holds(connection)
    for table in (lane, streak):
        table.create(connection)
    connection.execute(ADD_INDEX_IN_FLIGHT)
