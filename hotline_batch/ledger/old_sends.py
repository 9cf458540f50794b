"""The sends that a ledger of version 1 holds, each with the service and instance that it went through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from hotline_batch.ledger.records import request_from
from hotline_batch.model import Kind, SendMessage

_ROWS_AT_ONCE = 1_000

_SENDS = text("""
    select run.options as options, sheet_row.run_key as run_key, sheet_row.position as position,
           sheet_row.connection as connection, sheet_row.arguments as arguments, sheet_row.state as state,
           sheet_row.topic_link as topic_link, sheet_row.finished_at as finished_at
    from run join sheet_row on sheet_row.run_key = run.run_key
    where run.kind = 'send' and sheet_row.key is not null and sheet_row.arguments is not null
    order by run.run_key, sheet_row.position
""")


class OldSend(NamedTuple):
    """A row of a send, what it asked for, and through which service and instance."""

    row: Any
    request: SendMessage
    identity: str


def sends_of_version_1(connection: Connection) -> Iterator[OldSend]:
    """Every row whose message is still known, streamed; those whose connection nobody knows are left out."""
    options: str = ""
    identities: dict[str, str] = {}
    for row in connection.execute(_SENDS, execution_options={"yield_per": _ROWS_AT_ONCE}):
        if row.options != options:
            options, identities = row.options, json.loads(row.options).get("identities", {})
        request = request_from(Kind.SEND, row.arguments)
        if row.connection in identities and isinstance(request, SendMessage):
            yield OldSend(row, request, identities[row.connection])
