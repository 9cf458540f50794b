"""A ledger URL -> an open database that keeps what it is told through a power cut, one engine a process.

Its tables are made where there are none, and brought up to date where they are older.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database import postgresql, sqlite
from hotline_batch.ledger.database.transactions import Length, in_words, reading, transaction, writing
from hotline_batch.ledger.oversight.tables import TABLES
from hotline_batch.ledger.schema import SCHEMA_VERSION, meta, metadata
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.secrets import HIDDEN

_log = logging.getLogger(__name__)

_SHORTEST_HIDDEN = 4

# Whatever is collected as garbage while a database is opened may let another one go, in this very thread.
_opening = threading.RLock()


@dataclass(slots=True)
class _Opened:
    """A database that this process has open; ``log`` is what tells the write-ahead log of a file from another one."""

    engine: Engine
    log: tuple[int, int] | None
    users: int = 1


_open: dict[object, _Opened] = {}


def open_database(url: str) -> Engine:
    """The database behind a ledger URL, made if it is not there; whoever opens it lets it go with ``let_go``.

    Everybody in this process who opens the same database gets the same engine. Raises LedgerError for a URL that
    cannot be used, a damaged or foreign file, or a newer schema.
    """
    parsed = _parsed(url)
    if parsed is None:
        raise LedgerError(
            words("The ledger's address cannot be read. Use sqlite:///PATH or postgresql://USER@HOST/DATABASE.")
        )
    with _opening:
        path: Path | None = None
        place: object = parsed
        match parsed.get_backend_name():
            case "sqlite":
                path = sqlite.make_file(parsed)
                place = sqlite.identity(path)
            case "postgresql":
                pass
            case _:
                raise LedgerError(
                    words("The ledger is kept in SQLite or PostgreSQL. Use sqlite:///PATH or postgresql://…")
                )
        if found := _open.get(place):
            found.users += 1
            return found.engine
        engine = sqlite.open_engine(path) if path else postgresql.open_engine(parsed)
        _prepare(engine, url, parsed)
        _open[place] = _Opened(engine, sqlite.identity(sqlite.log_path(path)) if path else None)
        return engine


def let_go(engine: Engine) -> None:
    """One user less; the last one closes the database."""
    with _opening:
        for place, found in list(_open.items()):
            if found.engine is not engine:
                continue
            found.users -= 1
            if found.users:
                return
            del _open[place]
            path = sqlite_path(engine)
            if path is not None and sqlite.identity(sqlite.log_path(path)) != found.log:
                # Somebody removed it. Where others have the file open, too, what it held would be lost with it.
                sqlite.take_in_log(engine)
    engine.dispose()


def ledger_path(url: str) -> Path | None:
    """The file of a ledger URL; None where it is not a file, or the URL cannot be read."""
    parsed = _parsed(url)
    is_file = parsed is not None and parsed.get_backend_name() == "sqlite"
    return Path(parsed.database) if parsed and is_file and parsed.database else None


def is_on_server(url: str) -> bool:
    """Whether a ledger URL names a server, which other machines may reach as well."""
    parsed = _parsed(url)
    return parsed is not None and parsed.get_backend_name() == "postgresql"


def server_of(url: str) -> str:
    """What tells a ledger on a server from others there, whoever asks for it; empty where it is a file."""
    parsed = _parsed(url)
    if parsed is None or not is_on_server(url):
        return ""
    in_query = [parsed.query.get(name) for name in ("host", "port", "dbname", "service")]
    return repr((parsed.host, parsed.port, parsed.database, *in_query))


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


def _parsed(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is not a number
        return None


def _prepare(engine: Engine, address: str, url: URL) -> None:
    try:
        prepare_schema(engine)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise _not_opened(address, url, error) from None
    except LedgerError:
        engine.dispose()
        raise


def _not_opened(address: str, url: URL, error: Exception) -> LedgerError:
    what = in_words(error)
    said = what.text
    for value in map(str, (url.password or "", *url.query.values())):
        # Shorter ones would be found in the midst of words.
        said = said.replace(value, HIDDEN) if len(value) >= _SHORTEST_HIDDEN else said
    return LedgerError(
        words("The ledger {shown_address} cannot be opened: {said}", shown_address=shown_address(address), said=said),
        *what.steps,
    )


# ── the schema ───────────────────────────────────────────────────────────────────────────────────────────────────────

# Any number, as long as every process uses the same: the letters "HLBS".
_ONE_AT_A_TIME = 0x484C4253


def prepare_schema(engine: Engine) -> None:
    """Make or renew the tables, one process at a time. Raises LedgerError for a stranger's or a newer database."""
    with engine.connect().execution_options(reads_only=True) as connection:
        if _version(connection) == SCHEMA_VERSION:
            return
    with transaction(engine, Length.LONG) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:schema)"), {"schema": _ONE_AT_A_TIME})
        match _version(connection):
            case None:
                _refuse_second_ledger(connection)
                _make(connection)
                _log.info("ledger made", extra={"version": SCHEMA_VERSION})
            case 1 | 2 | 3 | 4 as before:
                # Few ledgers are older than the program.
                from hotline_batch.ledger.upgrades import upgrade  # noqa: PLC0415 - see above

                upgrade(connection, before)
                is_version = meta.c.name == "schema_version"
                connection.execute(update(meta).where(is_version).values(value=str(SCHEMA_VERSION)))
                _log.warning("ledger brought up to date", extra={"version": SCHEMA_VERSION, "before": before})
            case _:  # another process was faster
                pass


# The system's own tables tell of all schemas, also of those that this user may not read.
_LEDGER_IN_ANOTHER_SCHEMA = text("""
    select pg_namespace.nspname
    from pg_catalog.pg_class
    join pg_catalog.pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where pg_class.relname in ('meta', 'run', 'sheet_row') and pg_class.relkind = 'r'
    group by pg_namespace.nspname
    having count(*) = 3
""")


def _refuse_second_ledger(connection: Connection) -> None:
    """LedgerError where a server's database has a ledger already that this user's search_path does not lead to."""
    if connection.dialect.name != "postgresql":
        return
    if schema := connection.execute(_LEDGER_IN_ANOTHER_SCHEMA).scalars().first():
        raise LedgerError(
            words(
                "The database {name} holds a ledger already, in the schema {schema}, where this user does not look. A "
                "second one beside it would send again what was sent. Let the user's search_path begin with {schema}, "
                "or name another database for another ledger.",
                name=connection.engine.url.database,
                schema=schema,
            )
        )


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
    assert {*TABLES} <= {*metadata.tables.values()}  # noqa: S101 - they are known by their import
    metadata.create_all(connection)
    connection.execute(insert(meta), {"name": "schema_version", "value": str(SCHEMA_VERSION)})
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={sqlite.APPLICATION_ID}")


# ── its health ───────────────────────────────────────────────────────────────────────────────────────────────────────

_MOST_COMPLAINTS = 5
# Looked through in about half a second.
_LARGE_BYTES = 100_000_000
_LOOK_AT_EVERY_PAGE = text(f"pragma quick_check({_MOST_COMPLAINTS})")
_WRITE_NOTHING = text("update meta set value = value where name = 'schema_version'")


def is_large(engine: Engine) -> bool:
    """Whether it takes more than a moment to look at every page of the ledger. A server looks after its own."""
    path = sqlite_path(engine)
    try:
        return path is not None and path.stat().st_size > _LARGE_BYTES
    except FileNotFoundError:  # moved at this moment, which whoever writes there sees
        return False


def damage_of(engine: Engine) -> list[str]:
    """What a look at every page of the ledger's file finds, a few lines at most; empty where it is sound."""
    if engine.dialect.name != "sqlite":
        return []
    with reading(engine, "looking for damage") as connection:
        return [line for line in connection.execute(_LOOK_AT_EVERY_PAGE).scalars() if line != "ok"]


def complaints_of(engine: Engine, *, every_page: bool) -> list[str]:
    """What the database says of itself, a few lines at most; empty where it is sound and can be written.

    Without ``every_page`` it is only tried whether it can be written.
    """
    complaints = []
    try:
        if every_page:
            complaints = [words("The ledger is damaged: {line}.", line=line) for line in damage_of(engine)]
        with writing(engine, "writing") as connection:
            connection.execute(_WRITE_NOTHING)
    except LedgerError as error:
        complaints.append(str(error))
    return complaints
