"""The messages that runs asked for, with when, and whose topics are known: what a witness is asked about, and what
helps a person to look for a message in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, text

from hotline_batch.keys import request_key
from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.history.known_topics import groups_known, owners_of
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import job_state, request_from
from hotline_batch.model.jobs import MESSAGE_LINK, TOPIC_LINK, GetTopicInfo, JobState, Kind, SendMessage
from hotline_batch.model.runs import RowRecord, Run, WhereToLook

Value = TypeVar("Value")

_ROWS_A_FETCH, _LINKS_A_FETCH = 1_000, 5_000
_KEYS_A_QUERY = 400

# Rows whose message was asked for at least once, with the first and the last time.
_ASKED = text("""
    select sheet_row.number, sheet_row.state, sheet_row.code, sheet_row.connection, sheet_row.arguments,
           sheet_row.topic_link, sheet_row.claimed_at,
           case when sheet_row.code = 'reply_differs' then sheet_row.reply end as reply,
           min(attempt.started_at) as first_started, max(attempt.started_at + attempt.duration_seconds) as last_ended
    from sheet_row
    left join attempt on attempt.run_key = sheet_row.run_key and attempt.position = sheet_row.position
    where sheet_row.run_key = :run_key and sheet_row.claimed_at is not null and sheet_row.arguments is not null
      and sheet_row.state in :states
    group by sheet_row.position, sheet_row.number, sheet_row.state, sheet_row.code, sheet_row.connection,
             sheet_row.arguments, sheet_row.topic_link, sheet_row.claimed_at, sheet_row.reply
    order by sheet_row.position
""").bindparams(bindparam("states", expanding=True))

_IN_DOUBT = (JobState.UNKNOWN, JobState.IN_FLIGHT)
_ENDED = (JobState.SUCCEEDED, JobState.FAILED)

_LOOKED_UP = text("""
    select reply from sheet_row
    where key in :keys and claimed_at is not null and state = 'succeeded' and reply is not null
    order by finished_at
""").bindparams(bindparam("keys", expanding=True))


@dataclass(frozen=True, slots=True)
class AskedMessage:
    """A row whose message was asked for. ``code`` says why it is as it is; times are seconds since the epoch, UTC.

    ``text`` is the message, as the confirmation showed it where that was not quite as it was sent.

    ``started_at`` is the first request's, ``last_claimed_at`` just before the last one's; ``ended_at`` is None where
    nobody lived to see the end of the last request.
    """

    number: int
    state: JobState
    code: str
    connection: str
    request: SendMessage
    topic_link: str
    text: str
    started_at: float
    last_claimed_at: float
    ended_at: float | None


def asked_messages(ledger: Ledger, run: Run, *, only_in_doubt: bool = False) -> Iterator[AskedMessage]:
    """The rows of a send whose message was asked for, or those of them that are in doubt, in the order of the sheet."""
    states = _IN_DOUBT if only_in_doubt else (*_IN_DOUBT, *_ENDED)
    with reading(ledger.engine, "reading the rows", Length.LONG) as connection:
        values = {"run_key": ledger.run_key(run.id, connection), "states": [state.value for state in states]}
        with connection.execute(_ASKED, values, execution_options={"yield_per": _ROWS_A_FETCH}) as found:
            for row in found:
                request = request_from(Kind.SEND, row.arguments)
                if isinstance(request, SendMessage):
                    yield _asked(row, request)


def _asked(row: Any, request: SendMessage) -> AskedMessage:
    started = row.claimed_at if row.first_started is None else row.first_started
    was_seen = row.last_ended is not None and row.last_ended > row.claimed_at
    return AskedMessage(
        row.number,
        job_state(row.state),
        row.code,
        row.connection,
        request,
        row.topic_link,
        _text(request, row.reply),
        min(started, row.claimed_at),
        row.claimed_at,
        row.last_ended if was_seen else None,
    )


def _text(request: SendMessage, reply: str | None) -> str:
    shown = json.loads(reply).get("message") if reply else None
    return shown if isinstance(shown, str) and shown else request.message


def users_of_topics(
    ledger: Ledger, identity: str, links: Sequence[str], user_ids: Iterable[int]
) -> Mapping[str, int | None]:
    """Whose topics these are, as confirmed sends through a connection told; None: of none of ``user_ids``."""
    found: dict[str, int | None] = {}
    wanted = list(user_ids)
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        for some in _in_parts(links):
            found |= owners_of(connection, identity, some, wanted)
    return found


def looked_up_users(ledger: Ledger, identity: str, topics: Iterable[GetTopicInfo]) -> Mapping[GetTopicInfo, int]:
    """Whose topics these are, as the newest look-up through a connection told."""
    found: dict[GetTopicInfo, int] = {}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        for some in _in_parts(topics):
            keys = [request_key(identity, topic) for topic in some]
            for row in connection.execute(_LOOKED_UP, {"keys": keys}):
                if (told := _user_told(json.loads(row.reply))) is not None:
                    found[told[0]] = told[1]
    return found


def _in_parts(values: Iterable[Value]) -> Iterator[list[Value]]:
    remaining = iter(values)
    while part := list(islice(remaining, _KEYS_A_QUERY)):
        yield part


def _user_told(fields: Mapping[str, object]) -> tuple[GetTopicInfo, int] | None:
    try:
        topic = GetTopicInfo(int(str(fields["group_id"])), int(str(fields["topic_id"])))
        return topic, int(str(fields["user_id"]))
    except (KeyError, ValueError):  # a group chat's topic has no user
        return None


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

# Where the confirmed messages of these runs went.
_WENT_TO = text("""
    select run.id as run_id, sheet_row.connection, sheet_row.topic_link
    from sheet_row join run on run.run_key = sheet_row.run_key
    where run.kind = 'send' and sheet_row.state = 'succeeded' and sheet_row.topic_link <> '' and run.id in :runs
""").bindparams(bindparam("runs", expanding=True))


def groups_of_connections(ledger: Ledger, wanted: Collection[str]) -> Mapping[str, frozenset[int]]:
    """Into which groups messages of these connections (by identity) were confirmed, as one of the newest runs knows.

    A group that the dialogs have moved away from does not count.
    """
    identities = {run.id: run.notes.identities for run in _newest_runs(ledger)}
    told: dict[str, set[int]] = {identity: set() for identity in wanted}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        options, values = {"yield_per": _LINKS_A_FETCH}, {"runs": list(identities)}
        for row in connection.execute(_WENT_TO, values, execution_options=options):
            identity = identities[row.run_id].get(row.connection, row.connection)
            if identity in told and (link := MESSAGE_LINK.match(row.topic_link)):
                told[identity].add(int(link[1]))
        return {identity: groups_known(connection, identity, groups) for identity, groups in told.items()}


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
    identities = {run.id: run.notes.identities for run in _newest_runs(ledger)}
    # As the arguments of messages begin, so that few of them have to be read.
    beginnings = {f"[{user_id}" for _, user_id in wanted}
    found: dict[tuple[str, int], str] = {}
    with reading(ledger.engine, "reading topics", Length.LONG) as connection:
        options, values = {"yield_per": _LINKS_A_FETCH}, {"runs": list(identities)}
        for row in connection.execute(_TOLD, values, execution_options=options):
            if row.kind == Kind.SEND.value and row.arguments.partition(",")[0] not in beginnings:
                continue
            identity = identities[row.run_id].get(row.connection, row.connection)
            user_id, link = _told(Kind(row.kind), row)
            if (identity, user_id) in wanted and MESSAGE_LINK.fullmatch(link):
                found[identity, user_id] = link
    return found


def _newest_runs(ledger: Ledger) -> Sequence[Run]:
    runs = ledger.runs()
    looked_through = accumulate(run.rows for run in runs)
    return [run for run, rows in zip(runs, looked_through, strict=True) if rows <= _MOST_ROWS_LOOKED_THROUGH]


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
