"""The messages that runs asked for, with when, and whose topics are known: what a witness is asked about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, text

from hotline_batch.keys import request_key
from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.history.known_topics import owners_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import job_state, request_from
from hotline_batch.model.jobs import GetTopicInfo, JobState, Kind, SendMessage
from hotline_batch.model.runs import Run

Value = TypeVar("Value")

_ROWS_A_FETCH = 1_000
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

    ``ended_at`` is None where nobody lived to see the end of the last request.
    """

    number: int
    state: JobState
    code: str
    connection: str
    request: SendMessage
    topic_link: str
    text: str
    started_at: float
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
