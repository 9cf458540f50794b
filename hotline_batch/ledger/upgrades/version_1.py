"""A ledger of version 1 -> version 2: who works on a run, whose topic is whose, turns that are reserved, one key for
texts that are the same, and what cells are beyond their texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, text

from hotline_batch.keys import is_ordinary, request_key
from hotline_batch.ledger.history.known_topics import LearntTopic, learn
from hotline_batch.ledger.records import request_from
from hotline_batch.ledger.schema import pace, topic
from hotline_batch.ledger.upgrades.old_holds import make_holds
from hotline_batch.model.jobs import JobState, Kind, SendMessage

_ROWS_AT_ONCE = 1_000

# Rows of then are texts alone.
_ADD_TYPED = text("alter table sheet_row add column typed text")

_SENDS = text("""
    select run.options as options, sheet_row.run_key as run_key, sheet_row.position as position,
           sheet_row.connection as connection, sheet_row.arguments as arguments, sheet_row.state as state,
           sheet_row.topic_link as topic_link, sheet_row.finished_at as finished_at
    from run join sheet_row on sheet_row.run_key = run.run_key
    where run.kind = 'send' and sheet_row.key is not null and sheet_row.arguments is not null
    order by run.run_key, sheet_row.position
""")

_RENEW = text("update sheet_row set key = :key where run_key = :at_run and position = :at_position")

_One = TypeVar("_One")


class _OldSend(NamedTuple):
    """A row of a send, what it asked for, and through which service and instance."""

    row: Any
    request: SendMessage
    identity: str


def upgrade(connection: Connection) -> None:
    """Bring the tables of version 1 to version 2, within one transaction."""
    connection.execute(_ADD_TYPED)
    _in_pages(_renewed_keys(connection), lambda page: connection.execute(_RENEW, page))
    pace.drop(connection)  # nothing in it outlives the minute
    make_holds(connection)
    for table in (pace, topic):
        table.create(connection)
    _in_pages(_learnt_topics(connection), lambda page: learn(connection, page))
    if connection.dialect.name == "sqlite":
        _remove_locks(Path(str(connection.engine.url.database)))


def _in_pages(found: Iterable[_One], store: Callable[[list[_One]], object]) -> None:
    found = iter(found)
    while page := list(islice(found, _ROWS_AT_ONCE)):
        store(page)


def _renewed_keys(connection: Connection) -> Iterator[dict[str, object]]:
    """The keys that messages would have today, where version 1 did not know them as the same text.

    A message whose text was pruned keeps its old one.
    """
    for row, request, identity in _sends(connection):
        if not is_ordinary(request.message):
            key = request_key(identity, request)
            yield {"key": key, "at_run": row.run_key, "at_position": row.position}


def _learnt_topics(connection: Connection) -> Iterator[LearntTopic]:
    for row, request, identity in _sends(connection):
        if row.state == JobState.SUCCEEDED.value and row.topic_link:
            yield LearntTopic(identity, request.user_id, row.topic_link, row.finished_at or 0.0)


def _sends(connection: Connection) -> Iterator[_OldSend]:
    """Every row whose message is still known, streamed; those whose connection nobody knows are left out."""
    options: str = ""
    identities: dict[str, str] = {}
    for row in connection.execute(_SENDS, execution_options={"yield_per": _ROWS_AT_ONCE}):
        if row.options != options:
            options, identities = row.options, json.loads(row.options).get("identities", {})
        request = request_from(Kind.SEND, row.arguments)
        if row.connection in identities and isinstance(request, SendMessage):
            yield _OldSend(row, request, identities[row.connection])


def _remove_locks(ledger: Path) -> None:
    """Files that told who works on a run; a row tells that now."""
    folder = ledger.with_name(f"{ledger.name}.locks")
    with suppress(OSError):
        for lock in folder.glob("*.lock"):
            lock.unlink()
        folder.rmdir()
