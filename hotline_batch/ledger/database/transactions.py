"""Transactions on a ledger: each says what it is for, should it fail, and how long it may take; and their clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy import Connection, Engine, text

from hotline_batch.ledger.database.failures import ledger_errors

_WAIT = text("select set_config('lock_timeout', :milliseconds, true)")
_SERVER_CLOCK = text("select extract(epoch from clock_timestamp())")


class Length(Enum):
    """How long a transaction may take; a database server that takes longer is given up."""

    SHORT = "takes a moment where all is well: nobody waits long for it"
    USUAL = "a few statements"
    LONG = "over all rows of large runs"


def length_of(connection: Connection) -> Length:
    """How long the transaction of a connection may take."""
    length = connection.get_execution_options().get("length")
    return length if isinstance(length, Length) else Length.USUAL


@contextmanager
def reading(engine: Engine, doing: str, length: Length = Length.USUAL) -> Iterator[Connection]:
    """A transaction that only reads, and so waits for nobody. Raises LedgerError: it failed while ``doing`` that."""
    with ledger_errors(doing), engine.connect().execution_options(reads_only=True, length=length) as connection:
        yield connection


@contextmanager
def writing(engine: Engine, doing: str, length: Length = Length.USUAL) -> Iterator[Connection]:
    """A transaction that is durable when it ends, or never was. Raises LedgerError: it failed while ``doing`` that."""
    with ledger_errors(doing), engine.execution_options(length=length).begin() as connection:
        yield connection


def waiting_at_most(connection: Connection, seconds: float) -> None:
    """Until its end the transaction waits no longer for what others have locked; a file has but one lock for all."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT, {"milliseconds": f"{round(seconds * 1000)}ms"})


def database_now(connection: Connection) -> float:
    """Seconds since the epoch, UTC. A file has no clock of its own: all its processes share the machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(_SERVER_CLOCK).scalar_one())
