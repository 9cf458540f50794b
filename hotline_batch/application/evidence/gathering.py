"""The ledger -> the rows that a witness is asked about, whose topics are known, and what helps a person to look."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotline_batch.application.runs.checks import check_known_state, check_not_pruned
from hotline_batch.errors import SettingsError
from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.evidence.sightings import LONG_BEFORE_SECONDS
from hotline_batch.language.words import words
from hotline_batch.ledger.history.asked_messages import (
    AskedMessage,
    asked_messages,
    groups_of_connections,
    link_of_sheet,
    looked_up_users,
    topic_links_of,
    users_of_topics,
)
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import MESSAGE_LINK, TOPIC_LINK, GetTopicInfo, JobState, Kind
from hotline_batch.model.runs import Run
from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice

# Whose end nobody saw: the turn that was waited for, and the time a request takes at most by default.
_SECONDS_OF_AN_UNSEEN_REQUEST = 150.0
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


def rows_around(ledger: Ledger, given: Sequence[AskedRow], runs: Sequence[Run]) -> Iterator[AskedRow]:
    """The rows of other runs of that time, through whatever connection: a message may be theirs.

    Two connections may post into one group, and one service may have had two addresses. Practice posts elsewhere.
    """
    if not given:
        return
    first = min(row.asked_from for row in given) - LONG_BEFORE_SECONDS
    last = max(row.asked_until for row in given) + LONG_BEFORE_SECONDS
    ids, practice = {run.id for run in runs}, {is_practice(run) for run in runs}
    for run in ledger.runs():
        is_other = run.kind is Kind.SEND and run.id not in ids and run.notes.pruned_at is None
        if not is_other or is_practice(run) not in practice:
            continue
        if run.started_at is None or run.started_at > last or (run.finished_at or last) < first:
            continue
        for message in asked_messages(ledger, run):
            row = _row(run, message, is_given=False)
            if first <= row.asked_until and row.asked_from <= last:
                yield row


def groups_gone_to(ledger: Ledger, given: Sequence[AskedRow]) -> Mapping[str, frozenset[int]]:
    """The groups into which messages of the connections of these rows went, in these runs or others, by connection."""
    return groups_of_connections(ledger, {row.connection for row in given})


def known_topics(
    ledger: Ledger, rows: Sequence[AskedRow], chats: Mapping[int, Chat], groups: Mapping[str, Collection[int]]
) -> KnownTopics:
    """Whose topics those of the file are, as every confirmation and look-up of the ledger tells.

    ``groups`` is as of ``groups_gone_to``.
    """
    confirmed = [(row.connection, row.user_id, row.topic) for row in rows if row.topic is not None]
    looked_up: list[tuple[int, Topic]] = []
    topics = [Topic(group_id, number) for group_id, chat in chats.items() for number in sorted(chat.topic_numbers())]
    topic_of = {topic.link: topic for topic in topics}
    # A topic that another connection knows as the user's is not a stranger's.
    users = {row.user_id for row in rows}
    for connection in sorted({row.connection for row in rows}):
        for link, user_id in users_of_topics(ledger, connection, list(topic_of), users).items():
            confirmed.append((connection, _NOBODY if user_id is None else user_id, topic_of[link]))
        answers = looked_up_users(ledger, connection, (GetTopicInfo(*topic) for topic in topics))
        looked_up += [(user_id, Topic(*topic)) for topic, user_id in answers.items()]
    return KnownTopics(confirmed, looked_up, groups)


def topic_in(link: str) -> Topic | None:
    """The topic that a link of the API names."""
    return _topic(link) if TOPIC_LINK.fullmatch(link) else None


def _topic(link: str) -> Topic:
    group_id, topic_id = link.split("/")[4:6]
    return Topic(int(group_id), int(topic_id))


def _row(run: Run, message: AskedMessage, *, is_given: bool) -> AskedRow:
    said, link = _said(message), message.topic_link
    ended = message.ended_at
    if ended is None:
        ended = message.last_claimed_at + _SECONDS_OF_AN_UNSEEN_REQUEST
    return AskedRow(
        run=run.id,
        number=message.number,
        said=said,
        user_id=message.request.user_id,
        connection=run.notes.identities.get(message.connection, message.connection),
        text=message.text,
        asked_from=message.started_at,
        asked_until=ended,
        topic=topic_in(link) if said is Said.CONFIRMED else None,
        is_given=is_given,
        # Also where the row was settled since: a reply said so, or an export.
        named=_topic(link) if said is not Said.CONFIRMED and MESSAGE_LINK.fullmatch(link) else None,
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


def names_in(runs: Sequence[Run], name_column: str | None) -> Mapping[str, RowNames]:
    """Where the names stand in the sheets of these runs, by run. SheetError where one has no such column."""
    return {run.id: RowNames.of(run, name_column) for run in runs}


class Helps:
    """Names and links of some rows of some runs; ``names`` is as of ``names_in``."""

    def __init__(self, ledger: Ledger, names: Mapping[str, RowNames], rows: Sequence[AskedRow]) -> None:
        wanted = {(row.connection, row.user_id) for row in rows if row.topic is None}
        self._links = topic_links_of(ledger, wanted)
        self._of_sheet: dict[tuple[str, int], tuple[str, str]] = {}
        for run_id, names_of_run in names.items():
            numbers = {row.number for row in rows if row.run == run_id}
            for record in ledger.rows(run_id) if numbers else ():
                if record.number in numbers:
                    self._of_sheet[run_id, record.number] = names_of_run.name_in(record.cells), link_of_sheet(record)

    def of(self, row: AskedRow) -> tuple[str, str]:
        """The person's name and the link of the topic; empty where nobody knows."""
        name, claimed = self._of_sheet.get((row.run, row.number), ("", ""))
        told = self._links.get((row.connection, row.user_id), "")
        return name, row.topic.link if row.topic is not None else told or claimed


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """One row in doubt. ``asked_at`` is when the message was asked for first, UTC.

    ``topic_link`` is that of an earlier reply, of a look-up or of the sheet; empty where nobody knows it.
    """

    number: int
    name: str
    user_id: int
    topic_link: str
    text: str
    asked_at: datetime


def rows_in_doubt(
    settings: Settings, run_id: str, name_column: str | None = None, most: int | None = None
) -> Sequence[DoubtfulRow]:
    """The rows in doubt of a send, in the order of the sheet, ``most`` of them at most; none of other runs.

    SheetError where the sheet has no column ``name_column``.
    """
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.kind is not Kind.SEND or run.notes.pruned_at is not None:
            return ()
        names, rows = names_in([run], name_column), doubtful_rows(ledger, run)[:most]
        helps = Helps(ledger, names, rows)
        return [_doubtful(row, *helps.of(row)) for row in rows]


def _doubtful(row: AskedRow, name: str, link: str) -> DoubtfulRow:
    asked_at = datetime.fromtimestamp(row.asked_from, UTC)
    return DoubtfulRow(row.number, name, row.user_id, link, row.text, asked_at)
