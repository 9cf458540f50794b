"""The queue's tables in the ledger's database: made once, and brought up to date when Procrastinate is newer.

Its own ``schema --apply`` fails the second time and keeps no version; here ``meta`` holds the name of the newest of its
migrations that was applied.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, insert, inspect, text, update

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.queue.serving import VERSION, installed_version, metadata
from hotline_batch.ledger.schema import meta

_log = logging.getLogger(__name__)

# Any number, as long as every process uses the same: the letters "HLBQ".
_ONE_AT_A_TIME = 0x484C4251
_LOCK = text("select pg_advisory_xact_lock(:queue)")
_TABLE = "procrastinate_jobs"


def install(engine: Engine) -> None:
    """Make or renew the tables, one process at a time; nothing is done where they are as this library wants them.

    Raises LedgerError where a newer library made them, or a stranger.
    """
    newest = _migrations()[-1].stem
    with reading(engine, "looking for the queue") as connection:
        if installed_version(connection) == newest:
            return
    with writing(engine, "making the queue", Length.LONG) as connection:
        connection.execute(_LOCK, {"queue": _ONE_AT_A_TIME})
        before = installed_version(connection)
        if before == newest:  # another process was faster
            return
        if before is None:
            _make(connection, newest)
            _log.info("queue made", extra={"version": newest})
        else:
            _upgrade(connection, before, newest)
            _log.warning("queue brought up to date", extra={"version": newest, "before": before})


def _make(connection: Connection, newest: str) -> None:
    if _TABLE in inspect(connection).get_table_names():
        raise LedgerError(
            words(
                "The ledger's database holds tables of another program ({table}). Give the ledger a database of "
                "its own.",
                table=_TABLE,
            )
        )
    _run(connection, SchemaManager.get_schema())
    metadata.create_all(connection)
    connection.execute(insert(meta), {"name": VERSION, "value": newest})


def _upgrade(connection: Connection, before: str, newest: str) -> None:
    if before > newest:
        raise LedgerError(
            words(
                "The ledger's queue was made by a newer version of Procrastinate on another machine. Update it "
                "here, too."
            )
        )
    for migration in _migrations():
        if migration.stem > before:
            _run(connection, migration.read_text("utf-8"))
    connection.execute(update(meta).where(meta.c.name == VERSION).values(value=newest))


def _run(connection: Connection, statements: str) -> None:
    # Over the driver itself: SQLAlchemy would take "%" for a place of a value.
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - it is connected
    driver.execute(statements)


def _migrations() -> Sequence[Path]:
    """The library's changes of its tables, the oldest first; their names begin with its version, as in ``03.04.00``."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
