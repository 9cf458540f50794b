"""A ledger -> its id: the same however it is reached and wherever it is moved, another one for every other ledger."""

from __future__ import annotations

import secrets

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.ledger import Ledger

_ID_BYTES = 16

_ID = text("select value from meta where name = 'ledger_id'")

# Of two who ask at one moment, the first gives it.
_GIVE_ID = text("insert into meta (name, value) values ('ledger_id', :id) on conflict (name) do nothing")


def ledger_id(ledger: Ledger) -> str:
    """The ledger's id, which it gets when it is first asked for."""
    with reading(ledger.engine, "reading the ledger's id", Length.SHORT) as connection:
        if found := connection.execute(_ID).scalar():
            return str(found)
    with writing(ledger.engine, "giving the ledger an id", Length.SHORT) as connection:
        connection.execute(_GIVE_ID, {"id": secrets.token_hex(_ID_BYTES)})
        return str(connection.execute(_ID).scalar_one())
