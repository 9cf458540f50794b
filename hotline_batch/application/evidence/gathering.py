"""The ledger -> the rows that a witness is asked about, and whose topics are known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from hotline_batch.application.runs.checks import check_known_state, check_not_pruned
from hotline_batch.errors import SettingsError
from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.language.words import words
from hotline_batch.ledger.history.asked_messages import (
    AskedMessage,
    asked_messages,
    looked_up_users,
    users_of_topics,
)
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import TOPIC_LINK, GetTopicInfo, JobState, Kind
from hotline_batch.model.runs import Run

# Whose end nobody saw: the turn that was waited for, and the time a request takes at most by default.
_SECONDS_OF_AN_UNSEEN_REQUEST = 150.0
# Other runs that sent this long before or after may have posted a message that would be taken for one of these.
_SECONDS_AROUND = 3 * 3600.0
_NOBODY = 0


def runs_to_verify(ledger: Ledger, run_ids: Iterable[str]) -> Sequence[Run]:
    """The runs of these ids. LedgerError for one that is not there or forgotten, SettingsError for look-ups."""
    runs = [ledger.run(run_id) for run_id in dict.fromkeys(run_ids)]
    for run in runs:
        if run.kind is not Kind.SEND:
            raise SettingsError(words("Run {run} looked topics up; it has no messages to be found.", run=run.id))
        check_not_pruned(run)
        check_known_state(run)
    return runs


def given_rows(ledger: Ledger, runs: Iterable[Run]) -> list[AskedRow]:
    """The rows of these runs whose message was asked for."""
    return [_row(run, message, is_given=True) for run in runs for message in asked_messages(ledger, run)]


def doubtful_rows(ledger: Ledger, run: Run) -> list[AskedRow]:
    """Those of them that are in doubt."""
    return [_row(run, message, is_given=True) for message in asked_messages(ledger, run, only_in_doubt=True)]


def rows_around(ledger: Ledger, given: Sequence[AskedRow], runs: Collection[str]) -> Iterator[AskedRow]:
    """The rows of other runs of that time through the same connections: a message may be theirs."""
    if not given:
        return
    first = min(row.asked_from for row in given) - _SECONDS_AROUND
    last = max(row.asked_until for row in given) + _SECONDS_AROUND
    connections = {row.connection for row in given}
    for run in ledger.runs():
        is_other = run.kind is Kind.SEND and run.id not in runs and run.notes.pruned_at is None
        if not is_other or run.started_at is None or run.started_at > last or (run.finished_at or last) < first:
            continue
        if not connections & set(run.notes.identities.values()):
            continue
        for message in asked_messages(ledger, run):
            row = _row(run, message, is_given=False)
            if row.connection in connections and first <= row.asked_until and row.asked_from <= last:
                yield row


def known_topics(ledger: Ledger, rows: Sequence[AskedRow], chats: Mapping[int, Chat]) -> KnownTopics:
    """Whose topics those of the file are, as every confirmation and look-up of the ledger tells."""
    confirmed = [(row.connection, row.user_id, row.topic) for row in rows if row.topic is not None]
    looked_up: list[tuple[int, Topic]] = []
    topics = [Topic(group_id, number) for group_id, chat in chats.items() for number in sorted(chat.topic_numbers())]
    topic_of = {topic.link: topic for topic in topics}
    for connection in sorted({row.connection for row in rows}):
        users = {row.user_id for row in rows if row.connection == connection}
        for link, user_id in users_of_topics(ledger, connection, list(topic_of), users).items():
            confirmed.append((connection, _NOBODY if user_id is None else user_id, topic_of[link]))
        answers = looked_up_users(ledger, connection, (GetTopicInfo(*topic) for topic in topics))
        looked_up += [(user_id, Topic(*topic)) for topic, user_id in answers.items()]
    return KnownTopics(confirmed, looked_up)


def topic_in(link: str) -> Topic | None:
    """The topic that a link of the API names."""
    if not TOPIC_LINK.fullmatch(link):
        return None
    group_id, topic_id = link.rsplit("/", 2)[1:]
    return Topic(int(group_id), int(topic_id))


def _row(run: Run, message: AskedMessage, *, is_given: bool) -> AskedRow:
    said = _said(message)
    ended = message.started_at + _SECONDS_OF_AN_UNSEEN_REQUEST if message.ended_at is None else message.ended_at
    return AskedRow(
        run=run.id,
        number=message.number,
        said=said,
        user_id=message.request.user_id,
        connection=run.notes.identities.get(message.connection, message.connection),
        text=message.text,
        asked_from=message.started_at,
        asked_until=ended,
        topic=topic_in(message.topic_link) if said is Said.CONFIRMED else None,
        is_given=is_given,
    )


def _said(message: AskedMessage) -> Said:
    match message.state:
        case JobState.SUCCEEDED if message.code == "settled_as_delivered":
            return Said.A_PERSON_SAYS_SO
        case JobState.SUCCEEDED:
            return Said.CONFIRMED
        case JobState.FAILED:
            return Said.NOT_DELIVERED
        case _:
            return Said.IN_DOUBT
