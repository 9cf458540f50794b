"""A ledger -> what is wrong with it, without changing it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.failures import ledger_errors
from hotline_batch.ledger.database.transactions import writing

_MOST_COMPLAINTS = 5
_WRITE_NOTHING = text("update meta set value = value where name = 'schema_version'")


def complaints_of(engine: Engine) -> list[str]:
    """What the database says of itself, a few lines at most; empty where it is sound and can be written."""
    complaints = []
    try:
        with ledger_errors("looking for damage"), engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                reading = connection.execution_options(reads_only=True)
                found = reading.exec_driver_sql(f"PRAGMA quick_check({_MOST_COMPLAINTS})").scalars().all()
                complaints = [f"The ledger is damaged: {line}." for line in found if line != "ok"]
        with writing(engine, "writing") as connection:
            connection.execute(_WRITE_NOTHING)
    except LedgerError as error:
        complaints.append(str(error))
    return complaints
