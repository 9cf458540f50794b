"""Users -> the links of their topics, as earlier replies named them: to look at, not to rely on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import request_from
from hotline_batch.model import TOPIC_LINK, Kind, SendMessage

_ROWS_A_FETCH = 5_000

# Every confirmed message with its topic, the newest last.
_CONFIRMED = text("""
    select run.id as run_id, sheet_row.connection, sheet_row.arguments, sheet_row.topic_link
    from sheet_row join run on run.run_key = sheet_row.run_key
    where run.kind = 'send' and sheet_row.state = 'succeeded' and sheet_row.topic_link <> ''
      and sheet_row.arguments is not null
    order by run.run_key
""")


def topic_links_of(ledger: Ledger, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """The newest link for each of these connections (by identity) and users, where one is known."""
    identities = {run.id: run.notes.identities for run in ledger.runs()}
    # As arguments begin, so that few of them have to be read.
    beginnings = {f"[{user_id}" for _, user_id in wanted}
    found: dict[tuple[str, int], str] = {}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        options = {"yield_per": _ROWS_A_FETCH}
        for row in connection.execute(_CONFIRMED, execution_options=options):
            if row.arguments.partition(",")[0] not in beginnings:
                continue
            request = request_from(Kind.SEND, row.arguments)
            identity = identities.get(row.run_id, {}).get(row.connection, row.connection)
            if isinstance(request, SendMessage) and (identity, request.user_id) in wanted:
                topic = TOPIC_LINK.match(row.topic_link)
                found[identity, request.user_id] = topic[0] if topic else row.topic_link
    return found
