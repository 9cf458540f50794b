"""Nothing is written to a server outside of a transaction, whatever became of its beginning."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from hotline_batch.ledger.database import postgresql
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.postgresql import Database

MAKE_NOTE = text("create table note (said text)")
IS_THERE = text("select count(*) from information_schema.tables where table_name = 'note'")


def test_what_is_asked_after_a_transaction_could_not_begin_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLAlchemy asks on over that connection, and the server would keep each statement at once."""
    with Ledger(database.url) as ledger:
        with monkeypatch.context() as patch, ledger.engine.connect() as connection:
            patch.setattr(postgresql, "_BEGIN", "\n    begin as it pleases")
            with pytest.raises(DBAPIError, match="begin as it pleases"):
                connection.begin()
            with pytest.raises(InvalidRequestError, match="no transaction has begun"):
                connection.execute(MAKE_NOTE)
        with ledger.engine.begin() as connection:
            found = connection.execute(IS_THERE).scalar_one()

    assert 0 == found


def test_a_transaction_that_failed_is_not_taken_for_committed(database: Database) -> None:
    """PostgreSQL rolls it back at a commit, and says nothing."""
    with Ledger(database.url) as ledger, ledger.engine.connect() as connection:
        connection.execute(MAKE_NOTE)
        with pytest.raises(DBAPIError):
            connection.execute(text("select no_such_column"))

        with pytest.raises(InvalidRequestError, match="has failed"):
            connection.commit()
