"""Rows in doubt -> what helps a person to look for their message; users -> the links of their topics, as earlier
replies named them, to messages and to look-ups: to look at, not to rely on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import Any

from sqlalchemy import bindparam, text

from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.history.asked_messages import asked_messages
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import request_from
from hotline_batch.model.jobs import MESSAGE_LINK, TOPIC_LINK, GetTopicInfo, Kind, SendMessage
from hotline_batch.model.runs import RowRecord, Run, WhereToLook

_ROWS_A_FETCH = 5_000
# A help for the eye must not read a history of millions of rows; the newest runs know the topics of today.
_MOST_ROWS_LOOKED_THROUGH = 200_000
# Every confirmed message of these runs with its topic, and every topic that was looked up with its answer, the newest
# last.
_TOLD = text("""
    select run.id as run_id, run.kind, sheet_row.connection, sheet_row.arguments, sheet_row.topic_link,
           case when run.kind = 'enrich' then sheet_row.reply end as reply
    from sheet_row join run on run.run_key = sheet_row.run_key
    where sheet_row.state = 'succeeded' and sheet_row.arguments is not null and run.id in :runs
      and (run.kind = 'enrich' or sheet_row.topic_link <> '')
    order by run.run_key
""").bindparams(bindparam("runs", expanding=True))


def rows_to_tell_of(ledger: Ledger, run: Run) -> Iterator[RowRecord]:
    """Every row of a run, in the order of the sheet, streamed, with all that a result tells of it.

    A look-up's has its topic's ``earlier`` answer, and a row in doubt what helps to ``look``.
    """
    in_doubt = asked_messages(ledger, run, only_in_doubt=True) if run.kind is Kind.SEND else ()
    asked = {message.number: message for message in in_doubt}
    whose = {
        number: (run.notes.identities.get(message.connection, message.connection), message.request.user_id)
        for number, message in asked.items()
    }
    links = topic_links_of(ledger, set(whose.values()))
    for record in rows_with_history(ledger, run):
        if record.number not in asked:
            yield record
            continue
        link = links.get(whose[record.number]) or link_of_sheet(record)
        yield record._replace(look=WhereToLook(asked[record.number].started_at, link))


def link_of_sheet(record: RowRecord) -> str:
    """What the sheet says is the topic: a claim, but a place to begin."""
    return next((cell.strip() for cell in record.cells if MESSAGE_LINK.fullmatch(cell.strip())), "")


def topic_links_of(ledger: Ledger, wanted: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """The newest link for each of these connections (by identity) and users, where one of the newest runs knows it."""
    if not wanted:
        return {}
    runs = ledger.runs()
    looked_through = accumulate(run.rows for run in runs)
    known = [run for run, rows in zip(runs, looked_through, strict=True) if rows <= _MOST_ROWS_LOOKED_THROUGH]
    identities = {run.id: run.notes.identities for run in known}
    # As the arguments of messages begin, so that few of them have to be read.
    beginnings = {f"[{user_id}" for _, user_id in wanted}
    found: dict[tuple[str, int], str] = {}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        options, values = {"yield_per": _ROWS_A_FETCH}, {"runs": list(identities)}
        for row in connection.execute(_TOLD, values, execution_options=options):
            if row.kind == Kind.SEND.value and row.arguments.partition(",")[0] not in beginnings:
                continue
            identity = identities[row.run_id].get(row.connection, row.connection)
            user_id, link = _told(Kind(row.kind), row)
            if (identity, user_id) in wanted and link:
                found[identity, user_id] = link
    return found


def _told(kind: Kind, row: Any) -> tuple[int, str]:
    """Whose topic a reply named, 0 for nobody's, and its link."""
    match request_from(kind, row.arguments):
        case SendMessage(user_id=user_id):
            topic = TOPIC_LINK.match(row.topic_link)
            return user_id, topic[0] if topic else row.topic_link
        case GetTopicInfo(group_id=group_id, topic_id=topic_id) if row.reply:
            told = str(json.loads(row.reply).get("user_id", ""))
            return int(told) if told.isdecimal() else 0, f"https://t.me/c/{group_id}/{topic_id}"
        case _:
            return 0, ""
