"""Transactions on a ledger: each says what it is for, should it fail, and how long it may take; and their clock.

What a database raised becomes words for the person with the spreadsheet; some of it may pass by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import marked, words
from hotline_batch.next_step import Advised, NextStep, Step, advised, step

_WAIT_AT_MOST = text("select set_config('lock_timeout', :milliseconds, true)")
_SERVER_CLOCK = text("select extract(epoch from clock_timestamp())")
_NUMBER = text("select txid_current_if_assigned()")
_STATUS = text("select txid_status(:number)")
_ASK_FOR_SECONDS = 5.0
_ASK_AGAIN_AFTER_SECONDS = 0.1


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
    """A transaction that is durable when it ends, or never was. Raises LedgerError: it failed while ``doing`` that.

    Where the connection breaks around its end, the server is asked whether it was kept: whoever is told that nothing
    was done must not find later that it was.
    """
    number = None
    with ledger_errors(doing):
        try:
            with transaction(engine, length) as connection:
                yield connection
                number = _number_of(connection)
        except DBAPIError as error:
            if number is None or not may_pass(error) or not _was_kept(engine, number):
                raise


@contextmanager
def transaction(engine: Engine, length: Length) -> Iterator[Connection]:
    """The same for whoever has words of its own for what a database raises."""
    with engine.connect().execution_options(length=length) as connection, connection.begin():
        yield connection


def _number_of(connection: Connection) -> int | None:
    """The number of a transaction that has changed anything on a server."""
    on_server = connection.dialect.name == "postgresql"
    return connection.execute(_NUMBER).scalar() if on_server else None


def _was_kept(engine: Engine, number: int) -> bool:
    """Whether the transaction of this number was committed, as far as anybody knows within a few seconds."""
    until = time.monotonic() + _ASK_FOR_SECONDS
    with suppress(SQLAlchemyError):
        while True:
            with transaction(engine, Length.SHORT) as connection:
                status = connection.execute(_STATUS, {"number": number}).scalar()
            # Its session may not have noticed yet that nobody is there any more.
            if status != "in progress" or time.monotonic() > until:
                return bool(status == "committed")
            time.sleep(_ASK_AGAIN_AFTER_SECONDS)
    return False


def waiting_at_most(connection: Connection, seconds: float) -> None:
    """Until its end the transaction waits no longer for what others have locked; a file has but one lock for all."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT_AT_MOST, {"milliseconds": f"{round(seconds * 1000)}ms"})


def overwrite_what_is_deleted(connection: Connection) -> None:
    """Otherwise SQLite leaves the bytes of deleted texts in the file until something else is stored there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def database_now(connection: Connection) -> float:
    """Seconds since the epoch, UTC. A file has no clock of its own: all its processes share the machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(_SERVER_CLOCK).scalar_one())


def clocks(engine: Engine) -> tuple[float, float]:
    """What this machine's clock and the database's say at one moment; the same where the ledger is a file."""
    with reading(engine, "looking at the database's clock", Length.SHORT) as connection:
        before, of_database, after = time.time(), database_now(connection), time.time()
    # How long the database took to answer is no difference.
    return min(max(of_database, before), after), of_database


# ── what a database raised, in words ─────────────────────────────────────────────────────────────────────────────────

_ROOM = marked("Make room there, then go on.")
_WAIT = marked("Wait a moment, then go on.")
_ADMINISTRATOR = marked("Ask whoever looks after the database.")

# PostgreSQL's SQLSTATE, or the class that it begins with (PostgreSQL manual, appendix A) -> what happened, what to do.
_BY_STATE: Mapping[str, tuple[str, str | Step]] = marked(
    {
        "53100": ("the disk of the database server is full", _ROOM),
        "53200": ("the database server is out of memory", _ADMINISTRATOR),
        "53300": ("the database server takes no more connections", _WAIT),
        "28": ("the database server refuses the user or the password", "Mend the address of the ledger."),
        "3D": ("there is no such database on the server", "Mend the address of the ledger."),
        "42501": ("permission denied, the user may not do this in the database", _ADMINISTRATOR),
        "22P05": ("the database lacks letters of a text, since its encoding is not UTF8", _ADMINISTRATOR),
        "25006": ("the database is read-only; it may be a copy of the real one", _ADMINISTRATOR),
        "55P03": ("somebody else has kept a part of the ledger locked for too long", _WAIT),
        "57014": ("the database server took too long", _WAIT),
        "57P01": ("the database server was shut down", _WAIT),
        "57P02": ("the database server broke down", _WAIT),
        "57P03": ("the database server is starting or stopping", _WAIT),
        "57P05": ("the database server closed the connection because nothing was asked for some time", _WAIT),
        "40": ("another process changed the same rows at the same moment", _WAIT),
        "08": ("the connection to the database server broke", _WAIT),
        "58": ("the database server cannot read or write its files", _ADMINISTRATOR),
        "XX": ("the database is damaged", _ADMINISTRATOR),
    }
)
_MAY_PASS = ("08", "40", "53300", "55P03", "57014", "57P", "25P03")
# What libpq says itself, without a state.
_BY_WORDS: Mapping[str, tuple[str, str | Step]] = marked(
    {
        "connection refused": ("no database server answers at this address", "Start it, or mend the ledger's address."),
        "timeout expired": ("the database server does not answer", "Look after the network, then go on."),
        "timed out": ("the database server does not answer", "Look after the network, then go on."),
        "could not translate host name": ("the database server is not found by its name", "Mend the ledger's address."),
        "failed to resolve host": ("the database server is not found by its name", "Mend the ledger's address."),
        "no password supplied": ("the database server wants a password", "Put it into ~/.pgpass or PGPASSWORD."),
        "password authentication failed": ("the database server refuses the password", "Mend it in ~/.pgpass."),
        "server closed the connection": ("the connection to the database server broke", _WAIT),
        "the connection is closed": ("the connection to the database server broke", _WAIT),
        "connection is lost": ("the connection to the database server broke", _WAIT),
        "consuming input failed": ("the connection to the database server broke", _WAIT),
        "connection reset": ("the connection to the database server broke", _WAIT),
        # SQLite's.
        "disk is full": ("its disk is full", _ROOM),
        "database is locked": ("another process has held it for half a minute", "Wait until that ends, then go on."),
        "readonly database": ("it may not be written to", "Have its owner let you write to it."),
        "unable to open database file": ("it, or its folder, cannot be opened", "Look after the folder and its disk."),
        "disk i/o error": ("its disk fails, or is full", "Look after the disk, then go on."),
        "malformed": ("it is damaged", step(NextStep.READ_DOCTOR)),
        "file is not a database": ("it is no ledger", "Mend the address of the ledger, which names another file."),
    }
)
_MOST_SHOWN = 200

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")


class ConnectionToLedgerLost(LedgerError):
    """The database went away; the same may go well on a new connection."""


@contextmanager
def ledger_errors(doing: str) -> Iterator[None]:
    """Turns a database's error into LedgerError: what was being done, what happened, nothing of the data."""
    try:
        yield
    except SQLAlchemyError as error:
        kind = ConnectionToLedgerLost if may_pass(error) else LedgerError
        what = in_words(error)
        raise kind(
            words("The ledger failed while {doing}: {what}", doing=words(doing), what=what.text), *what.steps
        ) from None


def asked_again(ask: Callable[_Asked, _Answer]) -> Callable[_Asked, _Answer]:
    """A question, or a change that may be made twice, that is tried once more where the database went away meanwhile.

    A new connection waits by itself for a server that starts again.
    """

    @wraps(ask)
    def asking(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Answer:
        try:
            return ask(*args, **kwargs)
        except ConnectionToLedgerLost:
            return ask(*args, **kwargs)

    return asking


def may_pass(error: BaseException) -> bool:
    """Whether the same may go well in a moment: a server that starts again, a connection that broke, a lock."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout | PendingRollbackError)
    state = state_of(error)
    return error.connection_invalidated or state.startswith(_MAY_PASS) or _is_connection_trouble(error)


def in_words(error: Exception) -> Advised:
    """What happened and what to do, as the end of a sentence; in the driver's own words where ours do not know it."""
    # Only the driver's own words: SQLAlchemy's text would quote the statement and its values.
    said = str(getattr(error, "orig", None) or error)
    state = state_of(error)
    known = next((_BY_STATE[key] for key in (state, state[:2]) if key in _BY_STATE), None)
    known = known or next((told for sign, told in _BY_WORDS.items() if sign in said.lower()), None)
    match known:
        case (what, Step() as cure):
            return advised(words("{what}.", what=words(what)), cure)
        case (what, cure):
            return advised(words("{what}. {cure}", what=words(what), cure=words(cure)))
    first_line = (said.splitlines() or [words("no reason given")])[0][:_MOST_SHOWN].rstrip(".")
    return advised(f"{first_line}.")


def state_of(error: BaseException) -> str:
    """The five signs by which PostgreSQL tells what happened; empty where it told nothing."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _is_connection_trouble(error: DBAPIError) -> bool:
    """libpq could not connect, or lost its connection: it says so without a state."""
    kinds = type(error.orig).__mro__
    is_server = any(kind.__module__.startswith("psycopg") and kind.__name__ == "OperationalError" for kind in kinds)
    return is_server and not state_of(error)
