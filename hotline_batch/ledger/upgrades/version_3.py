"""A ledger of version 3, where one process worked on a whole run -> lanes with workers, people, and who did what.

A run that was interrupted has no lanes yet: they are laid out when it goes on.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hotline_batch.ledger.oversight import tables as oversight
from hotline_batch.ledger.people import tables as people
from hotline_batch.ledger.schema import ADD_INDEX_IN_FLIGHT, lane, streak
from hotline_batch.ledger.upgrades.old_holds import refuse_while_held, remove_holds


def upgrade(connection: Connection) -> None:
    """Bring the tables up to version 4. Raises RunInProgress while an older program works on a run."""
    refuse_while_held(connection)
    remove_holds(connection)
    for table in (lane, streak, oversight.approval, oversight.audit_entry, oversight.audit_head, *people.TABLES):
        table.create(connection)
    connection.execute(ADD_INDEX_IN_FLIGHT)
