"""Procrastinate's questions -> the ledger's own engine.

So they have all that a ledger on a server needs (time-outs, keepalives, one way to notice a network that swallows
everything), share its connections, and work behind PgBouncer. A server that is away is waited for: Procrastinate's
worker would end at the first question that fails, and with it all that it knows.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import ConnectorException, NoResult, UniqueViolation
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from hotline_batch.ledger.database.transactions import Length, in_words, may_pass, state_of, transaction

_log = logging.getLogger(__name__)

_ASK_AGAIN_AFTER_SECONDS = 0.5
# Questions at once: a heartbeat must not wait behind a search for jobs.
_THREADS = 4
_UNIQUE_VIOLATION, _RAISED = "23505", "P0001"

Answer = TypeVar("Answer")


class LedgerConnector(BaseAsyncConnector):
    """Asks through an engine that others own. ``is_patient``: a server that is away is waited for, until ``give_up``.

    A connection that is given by a caller is SQLAlchemy's; what is asked over it belongs to the caller's transaction.
    """

    def __init__(self, engine: Engine, *, is_patient: bool = False) -> None:
        self._engine = engine
        self._given_up = threading.Event()
        if not is_patient:
            self._given_up.set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="queue")
        self.failures = 0
        """How often the server was found away."""

    def give_up(self) -> None:
        """From now on a server that is away is not waited for."""
        self._given_up.set()

    # ── Procrastinate's protocol ─────────────────────────────────────────────────────────────────────────────────────

    def get_sync_connector(self) -> LedgerConnector:
        """Itself: the engine knows no event loop."""
        return self

    def open(self, pool: Any = None) -> None:
        """Nothing: the engine is open."""

    def close(self) -> None:
        """Nothing: whoever opened the engine lets it go."""

    async def open_async(self, pool: Any = None) -> None:
        """Nothing: the engine is open."""

    async def close_async(self) -> None:
        """The threads end; the engine stays open."""
        self._threads.shutdown(wait=False)  # the loop goes on

    def end_threads(self) -> None:
        """Wait until the last questions are answered: the loop has left them alone, and the engine is let go next.

        Nobody would ever close a connection that is opened behind that.
        """
        self._threads.shutdown(wait=True)

    def execute_query(self, query: str, **arguments: Any) -> None:
        """Ask, for the effect."""
        self._ask(query, arguments, _nothing)

    def execute_query_one(self, query: str, **arguments: Any) -> dict[str, Any]:
        """The one row that a question finds."""
        return self._ask(query, arguments, _one)

    def execute_query_all(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """All rows that a question finds."""
        return self._ask(query, arguments, _all)

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        """Ask, for the effect."""
        await self._in_thread(query, arguments, _nothing)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        """The one row that a question finds."""
        return await self._in_thread(query, arguments, _one)

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """All rows that a question finds."""
        return await self._in_thread(query, arguments, _all)

    def execute_query_one_with_connection(self, connection: Connection, query: str, **arguments: Any) -> dict[str, Any]:
        """The one row that a question finds within the caller's transaction."""
        return _one(_execute(connection, query, arguments))

    def execute_query_all_with_connection(
        self, connection: Connection, query: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        """All rows that a question finds within the caller's transaction."""
        return _all(_execute(connection, query, arguments))

    # ── patience ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _in_thread(
        self, query: str, arguments: Mapping[str, Any], read: Callable[[CursorResult[Any]], Answer]
    ) -> Answer:
        asking = partial(self._ask, query, arguments, read)
        return await asyncio.get_running_loop().run_in_executor(self._threads, asking)

    def _ask(self, query: str, arguments: Mapping[str, Any], read: Callable[[CursorResult[Any]], Answer]) -> Answer:
        was_refused = False
        while True:
            try:
                with transaction(self._engine, Length.SHORT) as connection:
                    return read(_execute(connection, query, arguments))
            except SQLAlchemyError as error:
                state = state_of(error)
                if state == _RAISED and read is _nothing:
                    # To end a job that somebody else has replaced meanwhile: it has ended.
                    _log.info("job was replaced")
                    return read(None)
                if state == _UNIQUE_VIOLATION and not was_refused:
                    was_refused = True  # two looked for jobs of one group at one moment; now it is seen
                elif may_pass(error):
                    self._wait(error)
                else:
                    raise _translated(error) from None

    def _wait(self, error: SQLAlchemyError) -> None:
        self.failures += 1
        if self._given_up.is_set():
            raise _translated(error) from None
        _log.warning("queue awaited", extra={"reason": in_words(error).text})
        if self._given_up.wait(_ASK_AGAIN_AFTER_SECONDS):
            raise _translated(error) from None


def _execute(connection: Connection, query: str, arguments: Mapping[str, Any]) -> CursorResult[Any]:
    values = {name: _as_json(value) for name, value in arguments.items()}
    return connection.exec_driver_sql(query, values)


def _nothing(_result: CursorResult[Any] | None) -> None:
    """The answer of a question that is asked for its effect."""


def _one(result: CursorResult[Any]) -> dict[str, Any]:
    row = result.mappings().first()
    if row is None:
        raise NoResult
    return dict(row)


def _all(result: CursorResult[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in result.mappings()]


def _as_json(value: Any) -> Any:
    match value:
        case dict():
            return Jsonb(value)
        case list():
            return [_as_json(item) for item in value]
        case tuple():
            return tuple(_as_json(item) for item in value)
        case _:
            return value


def _translated(error: SQLAlchemyError) -> Exception:
    """Procrastinate's kinds of errors, with the driver's words alone: SQLAlchemy's would quote values."""
    diagnosis = getattr(error.orig, "diag", None) if isinstance(error, DBAPIError) else None
    if state_of(error) == _UNIQUE_VIOLATION:
        return UniqueViolation(constraint_name=getattr(diagnosis, "constraint_name", None), queueing_lock=None)
    return ConnectorException(in_words(error).text)
