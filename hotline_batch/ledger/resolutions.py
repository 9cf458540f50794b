"""What a person decides about rows that ended: new attempts for failed ones, a word for those in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, text

from hotline_batch.errors import LedgerError
from hotline_batch.issues.in_doubt import NOTED
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, writing
from hotline_batch.ledger.history.known_topics import LearntTopic, learn_by_a_persons_word
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.approvals import ask_within
from hotline_batch.ledger.oversight.audit_log import Action, record_within
from hotline_batch.ledger.oversight.run_chain import append, word_to_add
from hotline_batch.ledger.records import parameters_as_json, request_from, storable
from hotline_batch.ledger.schema import resolution
from hotline_batch.model.jobs import JobState, Kind, SendMessage
from hotline_batch.people import Person
from hotline_batch.tally import first_of

_NUMBERS_SHOWN = 10

# A person asked for new attempts: only rows that were certainly not delivered.
_REOPEN_FAILED = text("""
    update sheet_row set state = 'pending', not_before = null, finished_at = null
    where run_key = :run_key and state = 'failed'
""")

_WERE_IN_DOUBT = text("""
    select 1 from sheet_row where run_key = :run_key and state = 'failed' and code = 'settled_as_not_delivered' limit 1
""")

# In one step with the rows: whoever is killed right behind it leaves a run that is found as one to go on with.
_IS_TO_GO_ON = text("update run set state = 'interrupted' where run_key = :run_key and state = 'finished'")

_ROWS_IN_DOUBT = text("""
    select position, number, code, connection, arguments, topic_link, attempts from sheet_row
    where run_key = :run_key and state = 'unknown' order by position
""")

# A person settled a row in doubt. Whoever reads it later sees that it was a person's word.
_RESOLVE = text("""
    update sheet_row
    set state = :state, code = :code, parameters = :parameters, finished_at = :resolved_at, not_before = null,
        topic_link = :topic_link
    where run_key = :run_key and position = :position and state = 'unknown'
""")


_TRIED_IN_DOUBT = text("""
    select number, attempts from sheet_row where run_key = :run_key and state in ('unknown', 'in_flight')
""")


class PersonsWord(StrEnum):
    """What a person says of a row in doubt."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    RESEND = "resend"


# State and code of a row afterwards.
_AFTER = {
    PersonsWord.DELIVERED: (JobState.SUCCEEDED, "settled_as_delivered"),
    PersonsWord.NOT_DELIVERED: (JobState.FAILED, "settled_as_not_delivered"),
    PersonsWord.RESEND: (JobState.UNKNOWN, "resend_asked"),
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word, with who said it, when (seconds since the epoch, UTC) and why."""

    word: PersonsWord
    by: Person
    at: float
    note: str


def reopen_failed(ledger: Ledger, run_id: str, *, asks_for_approval: Person | None = None) -> int:
    """Make the failed rows of a run pending again, and say how many; rows in doubt are left alone.

    Call it while holding the run, which is to go on then. With ``asks_for_approval`` somebody else has to approve it
    where rows in doubt are among them that failed by a person's word alone: they may go out a second time.
    """
    run = ledger.run(run_id)
    with writing(ledger.engine, "reopening failed rows", Length.LONG) as connection:
        run_key = ledger.run_key(run_id, connection)
        were_in_doubt = connection.execute(_WERE_IN_DOUBT, {"run_key": run_key}).first() is not None
        reopened = connection.execute(_REOPEN_FAILED, {"run_key": run_key}).rowcount
        if reopened:
            connection.execute(_IS_TO_GO_ON, {"run_key": run_key})
        if asks_for_approval is not None and were_in_doubt:
            ask_within(connection, run, run_key, asks_for_approval)
        return reopened


def tried_in_doubt(ledger: Ledger, run_id: str) -> Mapping[int, int]:
    """How often each row in doubt was tried so far, by its number; also of those that nobody saw the end of."""
    return {row.number: row.attempts for row in ledger.found(run_id, _TRIED_IN_DOUBT, "reading the rows")}


def resolve_rows(
    ledger: Ledger,
    run_id: str,
    rows: Container[int] | None,
    said: Resolution,
    *,
    seen: Mapping[int, int] | None = None,
    asks_for_approval: Person | None = None,
) -> tuple[int, ...]:
    """Settle rows in doubt as a person says; the row numbers that were settled.

    ``rows`` holds row numbers of the sheet; None: every row in doubt. ``seen`` is how often each row had been tried
    when the person looked: others, and those that were tried again since, are left alone. The word is kept for audit.
    With ``asks_for_approval`` somebody else has to approve what is to be sent from now on, whatever was approved
    before. Raises LedgerError where none of the rows is in doubt.
    """

    def word_on(number: int) -> Resolution | None:
        return said if rows is None or number in rows else None

    return _resolve(ledger, run_id, word_on, None, seen, asks_for_approval)


def resolve_each(
    ledger: Ledger, run_id: str, said: Mapping[int, Resolution], links: Mapping[int, str]
) -> tuple[int, ...]:
    """The same with a word of its own for each row; ``links`` are those of messages that were found.

    The topic that a reply named is the user's only where the message was found in it.
    """
    return _resolve(ledger, run_id, said.get, links, None)


def _resolve(
    ledger: Ledger,
    run_id: str,
    word_on: Callable[[int], Resolution | None],
    links: Mapping[int, str] | None,
    seen: Mapping[int, int] | None,
    asks_for_approval: Person | None = None,
) -> tuple[int, ...]:
    run = ledger.run(run_id)
    run_key = ledger.run_key(run_id)
    with writing(ledger.engine, "settling rows", Length.LONG) as connection:
        doubtful = connection.execute(_ROWS_IN_DOUBT, {"run_key": run_key}).fetchall()
        meant = [(row, said) for row in doubtful if (said := word_on(row.number)) is not None]
        chosen = [(row, said) for row, said in meant if seen is None or seen.get(row.number) == row.attempts]
        if meant and not chosen:
            raise LedgerError(
                words("These rows were tried again since you looked, so nothing was settled. Look again.")
            )
        if not chosen:
            raise LedgerError(_nothing_to_settle(run_id, [row.number for row in doubtful]))
        kept = [_kept_word(run_key, row, said) for row, said in chosen]
        connection.execute(insert(resolution), kept)
        found = links or {}
        connection.execute(_RESOLVE, [_after(run_key, row, said, found.get(row.number)) for row, said in chosen])
        if any(said.word is PersonsWord.RESEND for _, said in chosen):
            connection.execute(_IS_TO_GO_ON, {"run_key": run_key})
        delivered = [(row, said.at) for row, said in chosen if said.word is PersonsWord.DELIVERED]
        if links is not None:
            # It may have been found in another topic than the reply named, and that one is not the user's then.
            delivered = [
                each for each in delivered if found.get(each[0].number, "").startswith(f"{each[0].topic_link}/")
            ]
        learn_by_a_persons_word(connection, _topics_of(delivered, run.notes.identities))
        told = [word_to_add(run_id, row.number, word) for (row, _), word in zip(chosen, kept, strict=True)]
        append(connection, run_key, told)
        for word, count in Counter(said.word for _, said in chosen).items():
            record_within(connection, chosen[0][1].by, Action.SETTLED, run_id, word=word.value, rows=count)
        if asks_for_approval is not None:
            ask_within(connection, run, run_key, asks_for_approval)
        return tuple(row.number for row, _ in chosen)


def _kept_word(run_key: int, row: Any, said: Resolution) -> dict[str, object]:
    return {
        "run_key": run_key,
        "position": row.position,
        "resolved_at": said.at,
        "verdict": said.word.value,
        "resolved_by": storable(said.by.name),
        "note": storable(said.note),
        "code_before": row.code,
    }


def _after(run_key: int, row: Any, said: Resolution, link: str | None) -> dict[str, object]:
    state, code = _AFTER[said.word]
    noted = {CASE: NOTED, "note": said.note} if said.note else {}
    return {
        "run_key": run_key,
        "position": row.position,
        "state": state.value,
        "code": code,
        "parameters": parameters_as_json(Issue(code, parameters={"by": said.by.name, **noted})),
        "resolved_at": said.at,
        "topic_link": link or row.topic_link,
    }


def _topics_of(rows: Iterable[tuple[Any, float]], identities: Mapping[str, str]) -> Iterator[LearntTopic]:
    """The topics of rows whose confirmation named another one than was known: a person said, when, that it is right."""
    for row, said_at in rows:
        if row.topic_link and row.arguments and row.connection in identities:
            request = request_from(Kind.SEND, row.arguments)
            if isinstance(request, SendMessage):
                yield LearntTopic(identities[row.connection], request.user_id, row.topic_link, said_at)


def _nothing_to_settle(run_id: str, doubtful: list[int]) -> str:
    if not doubtful:
        return words("No row of run {run_id} is 'unknown', so there is nothing to settle.", run_id=run_id)
    shown = first_of(doubtful[:_NUMBERS_SHOWN], len(doubtful))
    return words(
        "None of these rows of run {run_id} is 'unknown', so nothing was settled. In doubt are the rows {shown}.",
        run_id=run_id,
        shown=shown,
    )
