"""A ledger on a server: PostgreSQL, with all that the program needs set by itself.

What a role or a database has set (asynchronous commits, repeatable read, short time-outs) would break the promise: so
each transaction sets its own, which holds behind PgBouncer, too. A server that restarts is waited for; a network that
swallows everything is given up.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, InvalidRequestError

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, length_of

_log = logging.getLogger(__name__)

_CONNECT_SECONDS = 10
_WAIT_FOR_SERVER_SECONDS = 20.0
_CHECK_SECONDS = 5.0
# Whatever was used a moment ago is used again without a look, which is a journey to the server for each transaction.
_IDLE_SECONDS = 1.0
_REMEMBER_FAILURE_SECONDS = 10.0
_SECONDS = {Length.SHORT: 15, Length.USUAL: 60, Length.LONG: 1_800}
_MARGIN_SECONDS = 5
_ASK_AGAIN_AFTER_SECONDS = 0.3
# libpq's own: a peer that vanished is noticed after half a minute, also while nothing is sent.
_KEEPALIVE = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
# Whatever the role, the database or PGCLIENTENCODING has set: all letters pass, and texts come as texts.
_TEXT = {"client_encoding": "UTF8"}
# libpq's PQtransactionStatus, as psycopg tells it.
_IDLE, _IN_ERROR = 0, 3
_NOT_TO_COMMIT = frozenset({_IDLE, _IN_ERROR})

_BEGINNING = "\n    begin "
# On: a commit is on the server's disk when it returns. The locks of a machine that vanished in the middle are freed.
# All of it in one journey to the server, which as many statements as these are when they have no parameters.
_BEGIN = """
    begin isolation level read committed;
    set local synchronous_commit = on;
    set local lock_timeout = '{lock}s';
    set local statement_timeout = '{statement}s';
    set local idle_in_transaction_session_timeout = '{idle}s'
"""


def open_engine(url: URL) -> Engine:
    """The engine of a server. Raises LedgerError for an address that cannot be used."""
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            # Transactions begin where the code says so (below), not where the driver would.
            isolation_level="AUTOCOMMIT",
            max_overflow=20,
            # Statements that a server prepared for another connection are not there behind PgBouncer.
            connect_args=_KEEPALIVE | _TEXT | {"prepare_threshold": None} | _given(url),
        )
    except ImportError:
        raise LedgerError(words("A ledger in PostgreSQL needs an extra: install hotline-batch[postgresql].")) from None
    except (ArgumentError, ValueError, TypeError):
        raise LedgerError(
            words(
                "The ledger's address holds something that PostgreSQL does not take. Use "
                "postgresql://USER@HOST/DATABASE."
            )
        ) from None
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _check_within_transaction)
    event.listen(engine, "commit", _check_is_to_commit)
    event.listen(engine, "do_executemany", _one_by_one)
    _patience[engine] = _Patience(engine)
    return engine


def hurry(engine: Engine, seconds: float) -> None:
    """A person waits for the end: whoever waits for this server waits no longer than so many seconds from now on."""
    if engine in _patience:
        _patience[engine].hurry(seconds)


def _given(url: URL) -> dict[str, object]:
    """What the address says itself goes before what is usual."""
    return {name: value for name, value in url.query.items() if name in _KEEPALIVE}


def _begin(connection: Connection) -> None:
    seconds = _SECONDS[length_of(connection)]
    connection.exec_driver_sql(_BEGIN.format(lock=seconds - 1, statement=seconds, idle=seconds // 3))


def _check_within_transaction(
    _connection: Connection, cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool
) -> None:
    """SQLAlchemy asks on over a connection whose ``begin`` failed, where the server keeps each statement at once."""
    if _status(cursor.connection) == _IDLE and not statement.startswith(_BEGINNING):
        raise InvalidRequestError("no transaction has begun")


def _check_is_to_commit(connection: Connection) -> None:
    """What failed is rolled back by a commit, without a word; what never began is not there to be committed."""
    if not connection.invalidated and _status(connection.connection.dbapi_connection) in _NOT_TO_COMMIT:
        raise InvalidRequestError("the transaction has failed, or has not begun")


def _status(connection: Any) -> int:
    return int(connection.info.transaction_status)


def _one_by_one(cursor: Any, statement: str, parameters: Sequence[Any], context: Any) -> bool:
    """Statements of short transactions, which hold locks, are not pipelined as psycopg would.

    After a pipeline the server does not count how long a transaction is idle (PostgreSQL 15, psycopg 3.3, measured):
    whoever vanishes then would keep its locks for hours.
    """
    if length_of(context.root_connection) is not Length.SHORT:
        return False
    for values in parameters:
        cursor.execute(statement, values)
    return True


class _Patience:
    """How long anybody waits for a server: for one that was there and is starting again, and for any answer.

    Whoever has waited in vain for a start once does not wait again, until the server is back. Each connection is looked
    at before it is used again.
    """

    def __init__(self, engine: Engine) -> None:
        self._start_seconds = 0.0
        self._hurry_seconds: float | None = None
        self._failed: tuple[float, Exception] | None = None
        self._silence = SilenceWatch()
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._check)
        event.listen(engine, "before_cursor_execute", lambda connection, *_rest: self._ask(connection))
        event.listen(engine, "after_cursor_execute", lambda connection, *_rest: self._answered(connection))
        event.listen(engine, "commit", self._ask)
        event.listen(engine, "rollback", self._ask)
        event.listen(engine, "handle_error", self._refused)
        event.listen(engine, "checkin", self._return)

    def hurry(self, seconds: float) -> None:
        """From now on a server that is away, or silent for so long, is not asked again and again."""
        self._start_seconds, self._hurry_seconds = 0.0, seconds
        self._silence.hurry(seconds)

    def _connect(self, dialect: Dialect, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        since, is_awaited = time.monotonic(), False
        if self._hurry_seconds is not None:
            if self._failed and since - self._failed[0] < _REMEMBER_FAILURE_SECONDS:
                raise self._failed[1]
            options["connect_timeout"] = max(2, round(self._hurry_seconds))  # libpq takes no less
        while True:
            try:
                connection = dialect.connect(*arguments, **options)
            except dialect.loaded_dbapi.OperationalError as error:
                if time.monotonic() - since >= self._start_seconds:
                    self._start_seconds = 0.0
                    self._failed = (time.monotonic(), error)
                    raise
                if not is_awaited:
                    _log.warning("ledger awaited", extra={"at_most_seconds": self._start_seconds})
                is_awaited = True
                time.sleep(_ASK_AGAIN_AFTER_SECONDS)
            else:
                _log.log(logging.WARNING if is_awaited else logging.DEBUG, "ledger connected")
                if self._hurry_seconds is None:
                    self._start_seconds = _WAIT_FOR_SERVER_SECONDS
                return connection

    def _check(self, connection: Any, record: Any, _proxy: Any) -> None:
        """An idle connection that the server or the network has closed is replaced by a new one, with all others."""
        if time.monotonic() - record.info.get("used_at", math.inf) < _IDLE_SECONDS:
            return
        self._silence.starts(connection, _CHECK_SECONDS)
        try:
            connection.execute("select 1")
            connection.rollback()
        except Exception:  # noqa: BLE001 - whatever it is, a new connection tells more
            _log.warning("ledger connection replaced")
            raise InvalidatePoolError from None
        finally:
            self._silence.ends(connection)

    def _ask(self, connection: Connection) -> None:
        if not connection.invalidated:
            seconds = _SECONDS[length_of(connection)] + _MARGIN_SECONDS
            self._silence.starts(connection.connection.dbapi_connection, seconds)

    def _answered(self, connection: Connection) -> None:
        self._silence.ends(connection.connection.dbapi_connection)

    def _refused(self, context: Any) -> None:
        if context.connection is not None and not context.connection.invalidated:
            self._answered(context.connection)

    def _return(self, connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()
        self._silence.ends(connection)


_patience: weakref.WeakKeyDictionary[Engine, _Patience] = weakref.WeakKeyDictionary()


_LOOK_EVERY_SECONDS = 0.5


class SilenceWatch:
    """Hangs up on a driver's connection that waits for longer than was said.

    One thread looks at all waits, twice a second; it ends when nobody waits.
    """

    def __init__(self) -> None:
        self._waits: dict[int, tuple[float, weakref.ref[Any]]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._most_seconds = math.inf

    def hurry(self, seconds: float) -> None:
        """No wait lasts longer than that from now on, nor those that have begun."""
        until = time.monotonic() + seconds
        with self._lock:
            self._most_seconds = seconds
            self._waits = {key: (min(until, before), driver) for key, (before, driver) in self._waits.items()}

    def starts(self, driver: Any, seconds: float) -> None:
        """A wait of so many seconds at most begins; the last one of a connection counts."""
        until = time.monotonic() + min(seconds, self._most_seconds)
        with self._lock:
            self._waits[id(driver)] = (until, weakref.ref(driver))
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="ledger-silence", daemon=True)
                self._thread.start()

    def ends(self, driver: Any) -> None:
        """An answer came, or nobody waits for one any more."""
        with self._lock:
            self._waits.pop(id(driver), None)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            now = time.monotonic()
            with self._lock:
                silent = [key for key, (until, _) in self._waits.items() if until <= now]
                hung_up = [self._waits.pop(key)[1] for key in silent]
                if not self._waits:
                    self._thread = None
            if hung_up:
                _log.error("ledger silent", extra={"waits": len(hung_up)})
            for driver in hung_up:
                _hang_up(driver)
            if self._thread is not threading.current_thread():
                return


def _hang_up(reference: weakref.ref[Any]) -> None:
    """Close the way to the server, so that whoever waits there hears that nothing more will come."""
    driver = reference()
    with suppress(Exception):  # it may have been closed meanwhile
        copy = socket.socket(fileno=os.dup(driver.fileno()))  # type: ignore[union-attr]  # None is suppressed, too
        with copy:
            copy.shutdown(socket.SHUT_RDWR)
