"""A ledger URL -> an open database that keeps what it is told through a power cut."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.prepared import driver_cursor
from hotline_batch.ledger.schema import SCHEMA_VERSION, meta, metadata
from hotline_batch.settings.addresses import HIDDEN, shown_address

_WAIT_FOR_OTHERS_MILLISECONDS = 30_000
_SHORTEST_HIDDEN = 4
# Measured: storing a million rows takes 6 % less than with SQLite's own 4,096, a commit of a few rows 3 % more.
_PAGE_BYTES = 8_192
# Marks the file as ours (PRAGMA application_id): the letters "HLBL".
_APPLICATION_ID = 0x484C424C


def open_database(url: str) -> Engine:
    """The database behind a ledger URL, made if it is not there.

    Raises LedgerError for a URL that cannot be used, a damaged or foreign file, or a newer schema.
    """
    parsed = _parsed(url)
    if parsed is None:
        raise LedgerError("The ledger's address cannot be read. Use sqlite:///PATH or postgresql://USER@HOST/DATABASE.")
    if parsed.get_backend_name() == "sqlite":
        engine = _open_sqlite(parsed)
    elif parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed)
    else:
        raise LedgerError("The ledger is kept in SQLite or PostgreSQL. Use sqlite:///PATH or postgresql://…")
    try:
        _prepare_schema(engine)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise LedgerError(_cannot_open(url, parsed, error)) from None
    except LedgerError:
        engine.dispose()
        raise
    return engine


def ledger_path(url: str) -> Path | None:
    """The file of a ledger URL; None where it is not a file, or the URL cannot be read."""
    parsed = _parsed(url)
    is_file = parsed is not None and parsed.get_backend_name() == "sqlite"
    return Path(parsed.database) if parsed and is_file and parsed.database else None


def may_be_there(url: str) -> bool:
    """Whether there is a ledger already. Also where that cannot be told: opening it says why."""
    path = ledger_path(url)
    try:
        return path is None or path.exists()
    except OSError:
        return True


def sqlite_path(engine: Engine) -> Path | None:
    """The ledger's file; None where it is not a file."""
    database = engine.url.database
    return Path(database) if engine.dialect.name == "sqlite" and database else None


@contextmanager
def ledger_errors(doing: str) -> Iterator[None]:
    """Turns a database's error into LedgerError: what was being done, what the database said, nothing of the data."""
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerError(f"The ledger failed while {doing}: {_first_line(error)}.") from None


def _parsed(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is not a number
        return None


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(url.set(drivername="postgresql+psycopg"))
    except ImportError:
        raise LedgerError("A ledger in PostgreSQL needs an extra: install hotline-batch[postgresql].") from None
    except (ArgumentError, ValueError, TypeError):
        raise LedgerError(
            "The ledger's address holds something that PostgreSQL does not take. Use postgresql://USER@HOST/DATABASE."
        ) from None


def _open_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise LedgerError("The ledger must be a file, so that it outlives the program: sqlite:///PATH.")
    # Resolved: locks and reserve lie beside the file itself, whatever link it is reached by.
    try:
        path = Path(url.database).expanduser().resolve()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made with its mode before SQLite opens it; its journal files inherit the mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "no such folder"
        raise LedgerError(
            f"The ledger {url.database} cannot be opened for writing ({reason}). Name another place with --ledger."
        ) from None
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _settle(connection: object, _record: object) -> None:
        # Transactions begin where the code says so (below), not where the driver guesses.
        connection.isolation_level = None  # type: ignore[attr-defined]  # a sqlite3 connection
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the same
        cursor.execute(f"PRAGMA busy_timeout={_WAIT_FOR_OTHERS_MILLISECONDS}")
        _write_ahead(cursor)
        # FULL: a commit returns when it is on the disk. NORMAL would lose the last commits at a power cut, and with
        # them the only evidence that a message left.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: a transaction that means to write waits its turn at its start instead of failing at its end.
        reads_only = connection.get_execution_options().get("reads_only", False)
        driver_cursor(connection, lambda cursor: cursor.execute("BEGIN" if reads_only else "BEGIN IMMEDIATE"))

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Choose pages and log of a new file; both are kept in it, so a stranger's file is left as it is."""
    until = time.monotonic() + _WAIT_FOR_OTHERS_MILLISECONDS / 1000
    while True:
        try:
            is_empty = cursor.execute("PRAGMA page_count").fetchone() == (0,)
            if is_empty:
                cursor.execute(f"PRAGMA page_size={_PAGE_BYTES}")
            if is_empty or cursor.execute("PRAGMA application_id").fetchone() == (_APPLICATION_ID,):
                cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # Where several open a new file at the same moment, SQLite does not always wait by itself.
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _prepare_schema(engine: Engine) -> None:
    with engine.begin() as connection:
        tables = set(inspect(connection).get_table_names())
        if "meta" in tables and "run" in tables:
            version = connection.execute(select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
            if version is not None and version.isdecimal() and int(version) > SCHEMA_VERSION:
                raise LedgerError(
                    "The ledger was written by a newer hotline-batch. Update the program, or name another ledger."
                )
            if version is not None and version.isdecimal():
                return
        if tables:
            raise LedgerError(
                f"{engine.url.database} is a database, but not a ledger of hotline-batch. Name another with --ledger."
            )
        metadata.create_all(connection)
        connection.execute(insert(meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id={_APPLICATION_ID}")


def _cannot_open(address: str, url: URL, error: Exception) -> str:
    said = _first_line(error)
    for value in map(str, (url.password or "", *url.query.values())):
        # Shorter ones would be found in the midst of words.
        said = said.replace(value, HIDDEN) if len(value) >= _SHORTEST_HIDDEN else said
    place = shown_address(address)
    return f"The ledger {place} cannot be opened: {said}. Mend it, or name another with --ledger."


def _first_line(error: Exception) -> str:
    # Only the driver's own words: SQLAlchemy's text would quote the statement and its values.
    return (str(getattr(error, "orig", None) or error).splitlines() or ["no reason given"])[0][:200]
