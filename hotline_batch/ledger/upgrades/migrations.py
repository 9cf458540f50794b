"""An opened database -> the present schema: made where there is none, brought up to date where it is older."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database import sqlite
from hotline_batch.ledger.database.transactions import Length
from hotline_batch.ledger.oversight import tables as oversight
from hotline_batch.ledger.people import tables as people
from hotline_batch.ledger.schema import SCHEMA_VERSION, meta, metadata

_log = logging.getLogger(__name__)

# Any number, as long as every process uses the same: the letters "HLBS".
_ONE_AT_A_TIME = 0x484C4253


def prepare_schema(engine: Engine) -> None:
    """Make or renew the tables, one process at a time. Raises LedgerError for a stranger's or a newer database."""
    with engine.connect().execution_options(reads_only=True) as connection:
        if _version(connection) == SCHEMA_VERSION:
            return
    with engine.execution_options(length=Length.LONG).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:schema)"), {"schema": _ONE_AT_A_TIME})
        match _version(connection):
            case None:
                _make(connection)
                _log.info("ledger made", extra={"version": SCHEMA_VERSION})
            case 1 | 2 | 3 | 4 as before:
                _upgrade(connection, before)
                _log.warning("ledger brought up to date", extra={"version": SCHEMA_VERSION, "before": before})
            case _:  # another process was faster
                pass


def _upgrade(connection: Connection, before: int) -> None:
    # Few ledgers are older than the program.
    from hotline_batch.ledger.upgrades import version_1, version_2, version_3, version_4  # noqa: PLC0415 - see above

    for version in (version_1, version_2, version_3, version_4)[before - 1 :]:
        version.upgrade(connection)
    connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=str(SCHEMA_VERSION)))


def _version(connection: Connection) -> int | None:
    """The version of the ledger's tables; None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    version = None
    if {"meta", "run"} <= tables:
        version = connection.execute(select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
    if version is not None and version.isdecimal():
        if int(version) > SCHEMA_VERSION:
            raise LedgerError(words("The ledger was written by a newer hotline-batch. Update the program."))
        return int(version)
    if tables:
        name = connection.engine.url.database
        raise LedgerError(
            words("{name} is a database, but not a ledger of hotline-batch. Mend the ledger's address.", name=name)
        )
    return None


def _make(connection: Connection) -> None:
    assert {*oversight.TABLES, *people.TABLES} <= {*metadata.tables.values()}  # noqa: S101 - they are known by their import
    metadata.create_all(connection)
    connection.execute(insert(meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={sqlite.APPLICATION_ID}")
