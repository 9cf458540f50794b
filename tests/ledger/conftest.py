"""What every test of the ledger must leave behind: nothing that is open; and that no heart beats but the test's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from hotline_batch.ledger.lanes import heart


@pytest.fixture(autouse=True)
def _no_heart_beats_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests put lanes back in time: a heart that beats in the midst of one, every second or two, would undo that."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)


@pytest.fixture(autouse=True)
def _every_connection_is_closed() -> Iterator[None]:
    """Connections that were opened in a test are closed at its end, also those of databases that were refused."""
    opened: list[Any] = []

    def opens(connection: object, _record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", opens)
    yield
    event.remove(Pool, "connect", opens)

    left_open = [connection for connection in opened if _is_open(connection)]
    assert [] == left_open, "whoever opens a ledger closes it: Ledger.close, or let_go(engine) after open_database"


def _is_open(connection: Any) -> bool:
    if not isinstance(connection, sqlite3.Connection):
        return not connection.closed
    try:
        connection.cursor().close()
    except sqlite3.ProgrammingError:
        return False
    return True
