"""Users -> the links of their topics, as earlier replies named them: to look at, not to rely on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import accumulate

from sqlalchemy import bindparam, text

from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import request_from
from hotline_batch.model import TOPIC_LINK, Kind, SendMessage

_ROWS_A_FETCH = 5_000
# A help for the eye must not read a history of millions of rows; the newest runs know the topics of today.
_MOST_ROWS_LOOKED_THROUGH = 200_000

# Every confirmed message of these runs with its topic, the newest last.
_CONFIRMED = text("""
    select run.id as run_id, sheet_row.connection, sheet_row.arguments, sheet_row.topic_link
    from sheet_row join run on run.run_key = sheet_row.run_key
    where run.kind = 'send' and sheet_row.state = 'succeeded' and sheet_row.topic_link <> ''
      and sheet_row.arguments is not null and run.id in :runs
    order by run.run_key
""").bindparams(bindparam("runs", expanding=True))


def topic_links_of(ledger: Ledger, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """The newest link for each of these connections (by identity) and users, where one of the newest runs knows it."""
    if not wanted:
        return {}
    runs = ledger.runs()
    looked_through = accumulate(run.rows for run in runs)
    known = [run for run, rows in zip(runs, looked_through, strict=True) if rows <= _MOST_ROWS_LOOKED_THROUGH]
    identities = {run.id: run.notes.identities for run in known}
    # As arguments begin, so that few of them have to be read.
    beginnings = {f"[{user_id}" for _, user_id in wanted}
    found: dict[tuple[str, int], str] = {}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        options, values = {"yield_per": _ROWS_A_FETCH}, {"runs": list(identities)}
        for row in connection.execute(_CONFIRMED, values, execution_options=options):
            if row.arguments.partition(",")[0] not in beginnings:
                continue
            request = request_from(Kind.SEND, row.arguments)
            identity = identities[row.run_id].get(row.connection, row.connection)
            if isinstance(request, SendMessage) and (identity, request.user_id) in wanted:
                topic = TOPIC_LINK.match(row.topic_link)
                found[identity, request.user_id] = topic[0] if topic else row.topic_link
    return found
