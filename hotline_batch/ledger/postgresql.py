"""A ledger on a server: PostgreSQL, with all that the program needs set by itself.

What a role or a database has set (asynchronous commits, repeatable read, short time-outs) would break the promise: so
each transaction sets its own, which holds behind PgBouncer, too. A server that restarts is waited for; a network that
swallows everything is given up.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError, DisconnectionError

from hotline_batch.errors import LedgerError

SHORT: dict[str, Any] = {"short": True}
"""Execution options of a transaction that takes a moment where all is well: nobody waits long for it."""

_CONNECT_SECONDS = 10
_WAIT_FOR_SERVER_SECONDS = 30.0
_SHORT_SECONDS = 20
_LONG_SECONDS = 900
_MARGIN_SECONDS = 5
_LOOK_EVERY_SECONDS = 0.5
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
# On: a commit is on the server's disk when it returns. The locks of a machine that vanished in the middle are freed.
_SET = """
    select set_config('synchronous_commit', 'on', true), set_config('lock_timeout', '15s', true),
           set_config('statement_timeout', %s, true), set_config('idle_in_transaction_session_timeout', '60s', true)
"""


def open_engine(url: URL) -> Engine:
    """The engine of a server. Raises LedgerError for an address that cannot be used."""
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            max_overflow=20,
            # Statements that a server prepared for another connection are not there behind PgBouncer.
            connect_args=_KEEPALIVE | {"prepare_threshold": None} | _given(url),
        )
    except ImportError:
        raise LedgerError("A ledger in PostgreSQL needs an extra: install hotline-batch[postgresql].") from None
    except (ArgumentError, ValueError, TypeError):
        raise LedgerError(
            "The ledger's address holds something that PostgreSQL does not take. Use postgresql://USER@HOST/DATABASE."
        ) from None
    _Patience(engine)
    silence = _SilenceWatch()
    silence.watch(engine)
    event.listen(engine, "begin", _begin)
    return engine


def _given(url: URL) -> dict[str, object]:
    """What the address says itself goes before what is usual."""
    return {name: value for name, value in url.query.items() if name in _KEEPALIVE}


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(_SET, (f"{_seconds_for(connection)}s",))


def _seconds_for(connection: Connection) -> int:
    return _SHORT_SECONDS if connection.get_execution_options().get("short") else _LONG_SECONDS


class _Patience:
    """Waits for a server that was there and is starting again; looks at each connection before it is used again."""

    def __init__(self, engine: Engine) -> None:
        self._was_there = False
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._check)

    def _connect(self, dialect: Dialect, _record: Any, arguments: Any, options: Any) -> Any:
        until = time.monotonic() + (_WAIT_FOR_SERVER_SECONDS if self._was_there else 0.0)
        while True:
            try:
                connection = dialect.connect(*arguments, **options)
            except dialect.loaded_dbapi.OperationalError:
                if time.monotonic() >= until:
                    raise
                time.sleep(_ASK_AGAIN_AFTER_SECONDS)
            else:
                self._was_there = True
                return connection

    @staticmethod
    def _check(connection: Any, record: Any, _proxy: Any) -> None:
        """An idle connection that the server or the network has closed is replaced by a new one."""
        if record.info.pop("is_new", True):
            return
        watch = _Guarded(connection, _CONNECT_SECONDS)
        try:
            connection.execute("select 1")
            connection.rollback()
        except Exception:  # noqa: BLE001 - whatever it is, a new connection tells more
            raise DisconnectionError from None
        finally:
            watch.over()


class _Guarded:
    """One wait for the server: hung up on after so many seconds, unless it is over."""

    def __init__(self, connection: Any, seconds: float) -> None:
        self._timer = threading.Timer(seconds, _hang_up, [weakref.ref(connection)])
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        """An answer came."""
        self._timer.cancel()


class _SilenceWatch:
    """Hangs up on a server that says nothing for longer than its own time-outs allow.

    The server's time-outs do not help where its answers vanish, and psycopg waits for ever. One thread looks at all
    waits, twice a second; it ends when nobody waits.
    """

    def __init__(self) -> None:
        self._waits: dict[int, tuple[float, weakref.ref[Any]]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, engine: Engine) -> None:
        """Watch every statement, commit and roll-back of an engine."""
        event.listen(engine, "before_cursor_execute", lambda connection, *_rest: self._starts(connection))
        event.listen(engine, "after_cursor_execute", lambda connection, *_rest: self._ends(connection))
        event.listen(engine, "commit", self._starts)
        event.listen(engine, "rollback", self._starts)
        event.listen(engine, "handle_error", self._failed)
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "connect", self._connected)

    def _starts(self, connection: Connection) -> None:
        driver = connection.connection.dbapi_connection
        until = time.monotonic() + _seconds_for(connection) + _MARGIN_SECONDS
        with self._lock:
            self._waits[id(driver)] = (until, weakref.ref(driver))
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="ledger-silence", daemon=True)
                self._thread.start()

    def _ends(self, connection: Connection) -> None:
        self._forget(connection.connection.dbapi_connection)

    def _failed(self, context: Any) -> None:
        if context.connection is not None and not context.connection.invalidated:
            self._ends(context.connection)

    def _returned(self, connection: Any, record: Any) -> None:
        record.info["is_new"] = False
        self._forget(connection)

    def _connected(self, _connection: Any, record: Any) -> None:
        record.info["is_new"] = True

    def _forget(self, driver: Any) -> None:
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
