"""Keys of an older version -> those of today, for messages that the older one did not know as the same text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection, text

from hotline_batch.keys import is_ordinary, request_key
from hotline_batch.ledger.records import request_from
from hotline_batch.model import Kind, SendMessage

_ROWS_AT_ONCE = 1_000

_SENDS = text("""
    select run.options as options, sheet_row.run_key as run_key, sheet_row.position as position,
           sheet_row.connection as connection, sheet_row.arguments as arguments
    from run join sheet_row on sheet_row.run_key = run.run_key
    where run.kind = 'send' and sheet_row.key is not null and sheet_row.arguments is not null
    order by run.run_key, sheet_row.position
""")

_RENEW = text("update sheet_row set key = :key where run_key = :at_run and position = :at_position")


def renew_keys(connection: Connection) -> None:
    """Give every message the key that it would have today. One whose text was pruned keeps its old one."""
    renewed = _renewed(connection)
    while page := list(islice(renewed, _ROWS_AT_ONCE)):
        connection.execute(_RENEW, page)


def _renewed(connection: Connection) -> Iterator[dict[str, object]]:
    options: str = ""
    identities: dict[str, str] = {}
    for row in connection.execute(_SENDS, execution_options={"yield_per": _ROWS_AT_ONCE}):
        request = request_from(Kind.SEND, row.arguments)
        if not isinstance(request, SendMessage) or is_ordinary(request.message):
            continue
        if row.options != options:
            options, identities = row.options, json.loads(row.options).get("identities", {})
        if row.connection in identities:
            key = request_key(identities[row.connection], request)
            yield {"key": key, "at_run": row.run_key, "at_position": row.position}
