"""A ledger -> what is wrong with it, without changing it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import sqlite_path
from hotline_batch.ledger.database.transactions import reading, writing

_MOST_COMPLAINTS = 5
# Looked through in about half a second.
_LARGE_BYTES = 100_000_000
_LOOK_AT_EVERY_PAGE = text(f"pragma quick_check({_MOST_COMPLAINTS})")
_WRITE_NOTHING = text("update meta set value = value where name = 'schema_version'")


def is_large(engine: Engine) -> bool:
    """Whether it takes more than a moment to look at every page of the ledger. A server looks after its own."""
    path = sqlite_path(engine)
    return path is not None and path.stat().st_size > _LARGE_BYTES


def complaints_of(engine: Engine, *, every_page: bool) -> list[str]:
    """What the database says of itself, a few lines at most; empty where it is sound and can be written.

    Without ``every_page`` it is only tried whether it can be written.
    """
    complaints = []
    try:
        if every_page and engine.dialect.name == "sqlite":
            with reading(engine, "looking for damage") as connection:
                found = connection.execute(_LOOK_AT_EVERY_PAGE).scalars().all()
            complaints = [words("The ledger is damaged: {line}.", line=line) for line in found if line != "ok"]
        with writing(engine, "writing") as connection:
            connection.execute(_WRITE_NOTHING)
    except LedgerError as error:
        complaints.append(str(error))
    return complaints
