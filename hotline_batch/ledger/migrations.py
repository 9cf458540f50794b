"""An opened database -> the present schema: made where there is none, brought up to date where it is older."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from hotline_batch.errors import LedgerError
from hotline_batch.ledger import sqlite
from hotline_batch.ledger.known_topics import LearntTopic, learn
from hotline_batch.ledger.old_sends import sends_of_version_1
from hotline_batch.ledger.postgresql import LONG
from hotline_batch.ledger.renewed_keys import renew_keys
from hotline_batch.ledger.schema import SCHEMA_VERSION, hold, meta, metadata, pace, topic
from hotline_batch.model import JobState

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 1_000
# Any number, as long as every process uses the same: the letters "HLBS".
_ONE_AT_A_TIME = 0x484C4253

# Rows of then are texts alone.
_ADD_TYPED = text("alter table sheet_row add column typed text")


def prepare_schema(engine: Engine) -> None:
    """Make or renew the tables, one process at a time. Raises LedgerError for a stranger's or a newer database."""
    with engine.connect().execution_options(reads_only=True) as connection, connection.begin():
        if _version(connection) == SCHEMA_VERSION:
            return
    with engine.execution_options(**LONG).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:schema)"), {"schema": _ONE_AT_A_TIME})
        match _version(connection):
            case None:
                _make(connection)
                _log.info("ledger made", extra={"version": SCHEMA_VERSION})
            case 1:
                _from_1_to_2(connection)
                _log.warning("ledger brought up to date", extra={"version": SCHEMA_VERSION, "before": 1})
            case _:  # another process was faster
                pass


def _version(connection: Connection) -> int | None:
    """The version of the ledger's tables; None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    version = None
    if {"meta", "run"} <= tables:
        version = connection.execute(select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
    if version is not None and version.isdecimal():
        if int(version) > SCHEMA_VERSION:
            raise LedgerError("The ledger was written by a newer hotline-batch. Update the program.")
        return int(version)
    if tables:
        name = connection.engine.url.database
        raise LedgerError(f"{name} is a database, but not a ledger of hotline-batch. Mend the ledger's address.")
    return None


def _make(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(insert(meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={sqlite.APPLICATION_ID}")


def _from_1_to_2(connection: Connection) -> None:
    """Who works on a run, whose topic is whose, turns that are reserved, one key for texts that are the same, and what
    cells are beyond their texts.
    """
    connection.execute(_ADD_TYPED)
    renew_keys(connection)
    pace.drop(connection)  # nothing in it outlives the minute
    for table in (hold, pace, topic):
        table.create(connection)
    learnt: list[LearntTopic] = []
    for one in _topics_of_old_sends(connection):
        learnt.append(one)
        if len(learnt) == _ROWS_AT_ONCE:
            learn(connection, learnt)
            learnt.clear()
    learn(connection, learnt)
    if connection.dialect.name == "sqlite":
        _remove_locks(Path(str(connection.engine.url.database)))
    connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=str(2)))


def _remove_locks(ledger: Path) -> None:
    """Files that told who works on a run; a row tells that now."""
    folder = ledger.with_name(f"{ledger.name}.locks")
    with suppress(OSError):
        for lock in folder.glob("*.lock"):
            lock.unlink()
        folder.rmdir()


def _topics_of_old_sends(connection: Connection) -> Iterator[LearntTopic]:
    for row, request, identity in sends_of_version_1(connection):
        if row.state == JobState.SUCCEEDED.value and row.topic_link:
            yield LearntTopic(identity, request.user_id, row.topic_link, row.finished_at or 0.0)
