"""Look-ups and their answers: what a topic looked like before, answers that are used again, rows that share one.

Read in step with the rows, a page at a time, so that a million rows take no more memory than a thousand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text

from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import issue_from, parameters_as_json
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.runs import EarlierAnswer, RowRecord, Run

_ROWS_A_PAGE = 1_000

# The newest answer about the same topic that another run got before this row was answered. A row that reused an
# answer learnt nothing new, so it has nothing to be compared with; its own source is as good as itself for others.
_EARLIER_ANSWERS = text("""
    with earlier as (
        select mine.position as position, other.run_key as other_run, other.position as other_position,
               row_number() over (
                   partition by mine.position order by other.finished_at desc, other.run_key desc, other.position
               ) as nth
        from sheet_row as mine
        join sheet_row as other on other.key = mine.key and other.run_key <> mine.run_key
        where mine.run_key = :run_key and mine.position between :first and :last
          and mine.state = 'succeeded' and mine.code <> 'reused_answer'
          and other.claimed_at > 0 and other.state = 'succeeded' and other.reply is not null
          and other.finished_at < mine.finished_at
    )
    select earlier.position, found.reply, found.finished_at, run.id as run_id
    from earlier
    join sheet_row as found on found.run_key = earlier.other_run and found.position = earlier.other_position
    join run on run.run_key = earlier.other_run
    where earlier.nth = 1
""")

# The newest answer about each topic that is still to be asked for, if it is young enough.
_YOUNG_ANSWERS = text("""
    with young as (
        select mine.position as position, other.run_key as other_run, other.position as other_position,
               other.finished_at as finished_at,
               row_number() over (
                   partition by mine.position order by other.finished_at desc, other.run_key desc, other.position
               ) as nth
        from sheet_row as mine
        join sheet_row as other on other.key = mine.key and other.run_key <> mine.run_key
        where mine.run_key = :run_key and mine.position between :first and :last and mine.state = 'pending'
          and other.claimed_at > 0 and other.state = 'succeeded' and other.reply is not null
          and other.finished_at >= :since
    )
    select young.position, young.other_run, young.other_position, run.id as run_id
    from young join run on run.run_key = young.other_run
    where young.nth = 1
""")

# The time of the answer is copied too: an answer grows old from when Hotline gave it, however often it is reused.
_REUSE = text("""
    update sheet_row
    set state = 'succeeded', code = 'reused_answer', parameters = :parameters,
        (http_status, claimed_at, finished_at, topic_link, reply) = (
            select source.http_status, source.claimed_at, source.finished_at, source.topic_link, source.reply
            from sheet_row as source
            where source.run_key = :other_run and source.position = :other_position
        )
    where run_key = :run_key and position = :position and state = 'pending'
""")

_LAST_POSITION = text("select max(position) from sheet_row where run_key = :run_key")

# Rows that stand for a topic which an earlier row of the sheet asks for already.
_LET_WAIT = text("""
    update sheet_row set state = 'waiting'
    where run_key = :run_key and position in (
        select position from (
            select position, row_number() over (partition by key order by position) as nth
            from sheet_row where run_key = :run_key and state = 'pending'
        ) as asking
        where nth > 1
    )
""")

_RELEASE_WAITING = text("update sheet_row set state = 'pending' where run_key = :run_key and state = 'waiting'")

# Whatever became of the row that asked became of the rows that waited for it.
_SHARE_OUTCOMES = text("""
    update sheet_row
    set (state, code, parameters, http_status, finished_at, topic_link, reply) = (
        select asker.state, asker.code, asker.parameters, asker.http_status, asker.finished_at, asker.topic_link,
               asker.reply
        from sheet_row as asker
        where asker.key = sheet_row.key and asker.run_key = :run_key
          and asker.claimed_at > 0 and asker.state in ('succeeded', 'failed', 'unknown')
        order by asker.position limit 1
    )
    where run_key = :run_key and state = 'waiting'
      and exists (
          select 1 from sheet_row as asker
          where asker.key = sheet_row.key and asker.run_key = :run_key
            and asker.claimed_at > 0 and asker.state in ('succeeded', 'failed', 'unknown')
      )
""")

# What became of the look-up with a key.
_ANSWER = text("""
    select state, code, parameters, reply from sheet_row
    where run_key = :run_key and key = :key and claimed_at > 0
    order by position limit 1
""")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a look-up ended: ``fields`` is the reply, empty unless it succeeded; ``issue`` says why not."""

    state: JobState
    issue: Issue
    fields: Mapping[str, object]


class Answers:
    """The look-ups of one run."""

    def __init__(self, ledger: Ledger, run_id: str) -> None:
        self._engine = ledger.engine
        self._run_key = ledger.run_key(run_id)

    def of(self, key: bytes) -> Answer | None:
        """What became of the look-up with this key; None where the run has none, or never asked."""
        wanted = {"run_key": self._run_key, "key": key}
        with reading(self._engine, "reading an answer") as connection:
            found = connection.execute(_ANSWER, wanted).one_or_none()
        if found is None:
            return None
        fields = json.loads(found.reply) if found.reply else {}
        return Answer(JobState(found.state), issue_from(found.code, found.parameters), fields)


def rows_with_history(ledger: Ledger, run: Run) -> Iterator[RowRecord]:
    """Every row of a run, in the order of the sheet, streamed; a look-up's with its topic's ``earlier`` answer."""
    rows = ledger.rows(run.id)
    if run.kind is not Kind.ENRICH:
        yield from rows
        return
    run_key = ledger.run_key(run.id)
    first = 0
    while page := list(islice(rows, _ROWS_A_PAGE)):
        earlier = _earlier_answers(ledger, run_key, first, first + len(page) - 1)
        for position, record in enumerate(page, first):
            yield record._replace(earlier=earlier[position]) if position in earlier else record
        first += len(page)


def reuse_answers(ledger: Ledger, run_id: str, since: float) -> int:
    """Give pending look-ups the newest answer that any other run got since then; how many rows that were.

    Call it while the run is planned or held.
    """
    run_key = ledger.run_key(run_id)
    reused = 0
    with reading(ledger.engine, "looking for earlier answers") as connection:
        last = connection.execute(_LAST_POSITION, {"run_key": run_key}).scalar()
    for first in range(0, (-1 if last is None else int(last)) + 1, _ROWS_A_PAGE):
        page = {"run_key": run_key, "first": first, "last": first + _ROWS_A_PAGE - 1}
        # One commit a page: other processes get their turn in between.
        with writing(ledger.engine, "reusing earlier answers", Length.LONG) as connection:
            found = connection.execute(_YOUNG_ANSWERS, page | {"since": since}).fetchall()
            if found:
                reused += connection.execute(_REUSE, [_reuse_values(run_key, row) for row in found]).rowcount
    return reused


def let_repeated_topics_wait(ledger: Ledger, run: Run) -> int:
    """Let only the first row of each topic ask; how many rows wait for another's answer. For look-ups, while held.

    Says the same whenever it is called: rows whose topic is answered get the answer, a row whose asker has gone asks.
    """
    if run.kind is not Kind.ENRICH:
        return 0
    values = {"run_key": ledger.run_key(run.id)}
    with writing(ledger.engine, "sharing answers", Length.LONG) as connection:
        _share(connection, values)
        connection.execute(_RELEASE_WAITING, values)
        return connection.execute(_LET_WAIT, values).rowcount


def share_answers(ledger: Ledger, run: Run) -> int:
    """Give the rows that wait what became of the row that asked for them; how many rows that were."""
    if run.kind is not Kind.ENRICH:
        return 0
    with writing(ledger.engine, "sharing answers", Length.LONG) as connection:
        return _share(connection, {"run_key": ledger.run_key(run.id)})


def _share(connection: Connection, values: Mapping[str, object]) -> int:
    return connection.execute(_SHARE_OUTCOMES, values).rowcount


def _earlier_answers(ledger: Ledger, run_key: int, first: int, last: int) -> Mapping[int, EarlierAnswer]:
    values = {"run_key": run_key, "first": first, "last": last}
    with reading(ledger.engine, "looking for earlier answers") as connection:
        return {
            row.position: EarlierAnswer(json.loads(row.reply), row.finished_at, row.run_id)
            for row in connection.execute(_EARLIER_ANSWERS, values)
        }


def _reuse_values(run_key: int, row: Any) -> dict[str, object]:
    return {
        "run_key": run_key,
        "position": row.position,
        "other_run": row.other_run,
        "other_position": row.other_position,
        "parameters": parameters_as_json(Issue("reused_answer", parameters={"run": row.run_id})),
    }
