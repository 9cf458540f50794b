"""Rows of a run as somebody looks at them: a page of them, one with its attempts, how many for each reason; and every
attempt as bare figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text

from hotline_batch.errors import NoSuchRun
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import job_state, record_from
from hotline_batch.model.jobs import Attempt, JobState
from hotline_batch.model.runs import Delivery, RowRecord, Run

# The columns of both are those that records.record_from takes, in its order.
# The next rows in the order of the sheet; without a code, whatever it is, but for the one that is left out.
_PAGE = text("""
    select number, cells, state, arguments, connection, problems, code, parameters, http_status, attempts, finished_at,
           topic_link, reply, typed
    from sheet_row
    where run_key = :run_key and number > :after and state in :states and (:code = '' or code = :code)
      and (:but = '' or code <> :but)
    order by position limit :most
""").bindparams(bindparam("states", expanding=True))

_COUNT = text("""
    select count(*) as rows from sheet_row where run_key = :run_key and state in :states and code = :code
""").bindparams(bindparam("states", expanding=True))

# Numbers grow with positions and are never smaller, so that the search begins near the row.
_ONE = text("""
    select position, number, cells, state, arguments, connection, problems, code, parameters, http_status, attempts,
           finished_at, topic_link, reply, typed
    from sheet_row
    where run_key = :run_key and position <= :number and number <= :number
    order by position desc limit 1
""")

_REASONS = text("""
    select state, code, count(*) as rows from sheet_row where run_key = :run_key group by state, code
""")

# Of all reasons at once: one look at every row, however many reasons there are.
_FIRST_NUMBERS = text("""
    select state, code, number
    from (
        select state, code, number, row_number() over (partition by state, code order by position) as place
        from sheet_row where run_key = :run_key and code <> ''
    ) as found
    where place <= :most order by state, code, place
""")

_ATTEMPTS = text("""
    select number, started_at, duration_seconds, http_status, error_code, delivery from attempt
    where run_key = :run_key and position = :position order by number
""")

_RESOLUTIONS = text("""
    select resolved_at, verdict, resolved_by, note, code_before from resolution
    where run_key = :run_key and position = :position order by resolved_at
""")

# The last words of people about a run, the newest first.
_RESOLUTIONS_OF_RUN = text("""
    select sheet_row.number as number, resolution.resolved_at, resolution.verdict, resolution.resolved_by,
           resolution.note, resolution.code_before
    from resolution
    join sheet_row on sheet_row.run_key = resolution.run_key and sheet_row.position = resolution.position
    where resolution.run_key = :run_key
    order by resolution.resolved_at desc, resolution.position limit :most
""")


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows stand in a state for a reason, and the numbers of the first of them; the code may be empty."""

    state: JobState
    code: str
    rows: int
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SaidOfRow:
    """What a person said about a row: ``word`` such as ``delivered``, when (seconds since the epoch, UTC), why."""

    number: int
    word: str
    by: str
    at: float
    note: str
    code_before: str


@dataclass(frozen=True, slots=True)
class RowHistory:
    """A row, every request that was made for it, and every word of a person about it."""

    record: RowRecord
    attempts: Sequence[Attempt]
    said: Sequence[SaidOfRow]


def rows_page(
    ledger: Ledger,
    run: Run,
    states: Collection[JobState],
    *,
    code: str = "",
    but: str = "",
    after: int = 0,
    most: int = 50,
) -> Sequence[RowRecord]:
    """The next rows in these states (with this code, or any ``but`` that one), from the row number ``after`` on."""
    wanted = {"states": sorted(states), "code": code, "but": but, "after": after, "most": most}
    found = ledger.found(run.id, _PAGE, "reading the rows", Length.LONG, **wanted)
    return [record_from(run.kind, row) for row in found]


def count_rows(ledger: Ledger, run: Run, states: Collection[JobState], code: str) -> int:
    """How many rows stand in these states with this code."""
    (found,) = ledger.found(run.id, _COUNT, "counting the rows", Length.LONG, states=sorted(states), code=code)
    return int(found.rows)


def row_history(ledger: Ledger, run: Run, number: int) -> RowHistory:
    """All that is known of one row. NoSuchRun where the run has no such row."""
    with reading(ledger.engine, "reading a row") as connection:
        run_key = ledger.run_key(run.id, connection)
        found = _row_numbered(connection, run.id, run_key, number)
        place = {"run_key": run_key, "position": found.position}
        attempts = [_attempt(row) for row in connection.execute(_ATTEMPTS, place)]
        said = [_said(number, row) for row in connection.execute(_RESOLUTIONS, place)]
        return RowHistory(record_from(run.kind, found[1:]), attempts, said)


def attempts_of_rows(ledger: Ledger, run_id: str, numbers: Iterable[int]) -> Mapping[int, int]:
    """How many requests were made for each of these rows so far, by row number. NoSuchRun without such a row."""
    with reading(ledger.engine, "reading the rows") as connection:
        run_key = ledger.run_key(run_id, connection)
        return {number: _row_numbered(connection, run_id, run_key, number).attempts for number in numbers}


def states_of_rows(ledger: Ledger, run_id: str, numbers: Iterable[int]) -> Mapping[int, JobState]:
    """The state of each of these rows, by row number. NoSuchRun without such a row."""
    with reading(ledger.engine, "reading the rows") as connection:
        run_key = ledger.run_key(run_id, connection)
        return {number: job_state(_row_numbered(connection, run_id, run_key, number).state) for number in numbers}


def reasons_of(ledger: Ledger, run_id: str, most_numbers: int) -> Sequence[ReasonCount]:
    """How many rows stand in each state for each reason, the most frequent first; they add up to all rows."""
    with reading(ledger.engine, "counting the rows", Length.LONG) as connection:
        run_key = ledger.run_key(run_id, connection)
        counted = [(row.state, row.code, row.rows) for row in connection.execute(_REASONS, {"run_key": run_key})]
        first: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        if any(code for _, code, _ in counted):
            for row in connection.execute(_FIRST_NUMBERS, {"run_key": run_key, "most": most_numbers}):
                first[row.state, row.code].append(row.number)
        return [
            ReasonCount(job_state(state), code, rows, tuple(first[state, code]))
            for state, code, rows in sorted(counted, key=lambda each: -each[2])
        ]


def said_of_run(ledger: Ledger, run_id: str, most: int) -> Sequence[SaidOfRow]:
    """What people said last about rows of a run, the newest first."""
    found = ledger.found(run_id, _RESOLUTIONS_OF_RUN, "reading what was settled", most=most)
    return [_said(row.number, row) for row in found]


def _row_numbered(connection: Connection, run_id: str, run_key: int, number: int) -> Any:
    found = connection.execute(_ONE, {"run_key": run_key, "number": number}).first()
    if found is None or found.number != number:
        raise NoSuchRun(words("Run {run} has no row {number}.", run=run_id, number=number))
    return found


def _attempt(row: Any) -> Attempt:
    return Attempt(
        row.number, row.started_at, row.duration_seconds, row.http_status, row.error_code, Delivery(row.delivery)
    )


def _said(number: int, row: Any) -> SaidOfRow:
    return SaidOfRow(number, row.verdict, row.resolved_by, row.resolved_at, row.note, row.code_before)


_FIGURES_A_PAGE = 10_000

_FIGURES = text("""
    select position, number, started_at, duration_seconds, error_code from attempt
    where run_key = :run_key order by position, number
""")


class AttemptFigures(NamedTuple):
    """One request: which row (from 0), its nth try, when (seconds since the epoch, UTC), how long, what code."""

    position: int
    number: int
    started_at: float
    duration_seconds: float
    error_code: str


def attempt_figures(ledger: Ledger, run_id: str) -> Iterator[Sequence[AttemptFigures]]:
    """Every attempt of a run by row and number, in pages."""
    values = {"run_key": ledger.run_key(run_id)}
    with reading(ledger.engine, "reading the attempts") as connection:
        in_pages = {"yield_per": _FIGURES_A_PAGE}
        for page in connection.execute(_FIGURES, values, execution_options=in_pages).partitions():
            yield [AttemptFigures(*row) for row in page]
