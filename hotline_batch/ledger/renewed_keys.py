"""Keys of an older version -> those of today, for messages that the older one did not know as the same text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection, text

from hotline_batch.keys import is_ordinary, request_key
from hotline_batch.ledger.old_sends import sends_of_version_1

_ROWS_AT_ONCE = 1_000

_RENEW = text("update sheet_row set key = :key where run_key = :at_run and position = :at_position")


def renew_keys(connection: Connection) -> None:
    """Give every message the key that it would have today. One whose text was pruned keeps its old one."""
    renewed = _renewed(connection)
    while page := list(islice(renewed, _ROWS_AT_ONCE)):
        connection.execute(_RENEW, page)


def _renewed(connection: Connection) -> Iterator[dict[str, object]]:
    for send in sends_of_version_1(connection):
        if not is_ordinary(send.request.message):
            key = request_key(send.identity, send.request)
            yield {"key": key, "at_run": send.row.run_key, "at_position": send.row.position}
