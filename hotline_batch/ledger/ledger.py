"""Runs and their rows: what was promised and what became of it, kept through crashes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, Row, TextClause, delete, insert, select, update

from hotline_batch.errors import LedgerError, NoSuchRun
from hotline_batch.language.words import words
from hotline_batch.ledger import statements
from hotline_batch.ledger.confirmed_before import end_as_confirmed
from hotline_batch.ledger.database.opening import let_go, open_database
from hotline_batch.ledger.database.transactions import Length, asked_again, overwrite_what_is_deleted, reading, writing
from hotline_batch.ledger.lanes.holds import held, held_lanes, refuse_if_held, refuse_if_lost
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Hold, Lane, lanes_of
from hotline_batch.ledger.oversight.run_chain import append, attempts_to_add, interrupted
from hotline_batch.ledger.records import job_state, record_from, request_from, store_rows
from hotline_batch.ledger.run_records import change_options, run_values, with_notes
from hotline_batch.ledger.run_state import as_it_stands, corrections_by_run
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import JobState, Kind, PlannedRow, Request
from hotline_batch.model.runs import Delivery, RowRecord, Run, RunNotes, RunState
from hotline_batch.next_step import NextStep, step

_log = logging.getLogger(__name__)

_ROWS_A_FETCH = 1_000


@dataclass(frozen=True, slots=True)
class PendingJob:
    """A row that may be sent: where it stands, what is asked, how often it was tried, and when it is due again.

    ``position`` counts the rows of the run from 0; ``not_before`` is seconds since the epoch, UTC. ``is_in_doubt``: it
    may have been delivered before, and a person wants it sent again. ``key`` tells what is asked from all else.
    """

    position: int
    number: int
    connection: str
    request: Request
    attempts: int
    not_before: float | None
    is_in_doubt: bool = False
    key: bytes | None = None


class Ledger:
    """The durable store of runs. Every method raises LedgerError where the database fails."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_database(url)

    def close(self) -> None:
        """Let the database go."""
        let_go(self.engine)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def add_run(self, run: Run) -> None:
        """Store a new run without rows."""
        with writing(self.engine, "storing the run") as connection:
            connection.execute(insert(run_table), run_values(run))

    @asked_again
    def run(self, run_id: str) -> Run:
        """The run of that id. Raises LedgerError, naming the newest runs, where there is none."""
        with reading(self.engine, "reading the run") as connection:
            found = connection.execute(select(run_table).where(run_table.c.id == run_id)).mappings().one_or_none()
            if found is not None:
                return as_it_stands(connection, dict(found), corrections_by_run(connection))
        newest = ", ".join(run.id for run in self.runs(most=3)) or words("none")
        said = words("The ledger has no run '{run_id}'. The newest runs: {newest}.", run_id=run_id, newest=newest)
        raise NoSuchRun(said, step(NextStep.LIST_RUNS))

    @asked_again
    def runs(self, most: int | None = None) -> Sequence[Run]:
        """The planned runs, the newest first."""
        query = select(run_table).where(run_table.c.state != RunState.PLANNING.value)
        query = query.order_by(run_table.c.run_key.desc()).limit(most)
        with reading(self.engine, "reading the runs") as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
            corrections = corrections_by_run(connection)
            return [as_it_stands(connection, row, corrections) for row in found]

    def newest_creation(self) -> tuple[str, float] | None:
        """The run that was planned last by the clock of whoever planned it, and when; None where there is none."""
        query = select(run_table.c.id, run_table.c.created_at).order_by(run_table.c.created_at.desc()).limit(1)
        with reading(self.engine, "reading the runs") as connection:
            found = connection.execute(query).first()
        return None if found is None else (found.id, found.created_at)

    @asked_again
    def change_run(self, run_id: str, **changes: object) -> None:
        """Store new values of a run's columns."""
        with writing(self.engine, "storing the run's state", Length.SHORT) as connection:
            connection.execute(update(run_table).where(run_table.c.id == run_id).values(**changes))

    @asked_again
    def change_held(self, held: Hold, **changes: object) -> None:
        """Store new values of the columns of a run that is held as a whole. TakenOver where it is another's by now."""
        with writing(self.engine, "storing the run's state", Length.SHORT) as connection:
            refuse_if_lost(connection, held)
            connection.execute(update(run_table).where(run_table.c.run_key == held.run_key).values(**changes))

    def check_still_held(self, held: Hold) -> None:
        """Raises TakenOver where a run that was held as a whole is another's by now."""
        with writing(self.engine, "looking who works on the run", Length.SHORT) as connection:
            refuse_if_lost(connection, held)

    @asked_again
    def note(self, run_id: str, change: Callable[[RunNotes], RunNotes]) -> None:
        """Change what is noted on a run, in one step with reading it."""
        with writing(self.engine, "storing the run's options") as connection:
            if not change_options(connection, run_id, lambda options: with_notes(options, change)):
                raise LedgerError(words("Run {run_id} was deleted meanwhile.", run_id=run_id))

    def delete_run(self, run_id: str, *, while_state: RunState | None = None) -> bool:
        """Forget a run altogether, the guard against sending its messages again included; whether it was. Call it while
        holding it.

        ``while_state``: only while it is in that state, in one step with the look at it: whoever slept since may hold
        it no more, and what somebody else has started may have sent.
        """
        which = run_table.c.id == run_id
        if while_state is not None:
            which &= run_table.c.state == while_state.value
        with writing(self.engine, "deleting the run", Length.LONG) as connection:
            overwrite_what_is_deleted(connection)
            return connection.execute(delete(run_table).where(which)).rowcount == 1

    def hold(self, run_id: str, *, is_patient: bool = False) -> AbstractContextManager[Hold]:
        """Hold a whole run for this process; the hold ends with the process. Raises RunInProgress where another works
        on any of it; ``is_patient``: a moment's hold of another one is waited for.
        """
        return held(self.engine, run_id, is_patient=is_patient)

    def hold_lanes(
        self, run_id: str, names: Collection[str] | None = None, *, is_patient: bool = False
    ) -> AbstractContextManager[Hold]:
        """Hold those lanes of a run that wait for a worker, or the named ones among them; there may be none.

        Raises RunInProgress where another works on the run as a whole; ``is_patient``: a moment's hold of another one
        is waited for.
        """
        return held_lanes(self.engine, run_id, names, is_patient=is_patient)

    @asked_again
    def lanes(self, run_id: str) -> Mapping[str, Lane]:
        """The lanes of a run by name; none before it was started."""
        with reading(self.engine, "looking who works on the run") as connection:
            return lanes_of(connection, self.run_key(run_id, connection))

    def check_free(self, run_id: str) -> None:
        """Raises RunInProgress where another process works on the run at this moment."""
        refuse_if_held(run_id, self.lanes(run_id).values())

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def add_rows(self, run_id: str, rows: Iterable[PlannedRow]) -> int:
        """Store the rows of a run, in their order; the number stored. Other processes get their turn in between."""
        return store_rows(self.engine, self.run_key(run_id), rows)

    def rows(self, run_id: str) -> Iterator[RowRecord]:
        """Every row of a run, in the order of the sheet, streamed."""
        kind = self.run(run_id).kind
        with reading(self.engine, "reading the rows", Length.LONG) as connection:
            values = {"run_key": self.run_key(run_id, connection)}
            with connection.execute(statements.ROWS, values, execution_options={"yield_per": _ROWS_A_FETCH}) as result:
                for row in result:
                    yield record_from(kind, row)

    def counts(self, run_id: str) -> Mapping[JobState, int]:
        """How many rows stand in each state."""
        counts: Counter[JobState] = Counter()
        for row in self.found(run_id, statements.COUNT_BY_STATE, "counting the rows"):
            counts[job_state(row.state)] += row.rows
        return counts

    def connections_pending(self, run_id: str, *, with_failed: bool = False) -> Sequence[str]:
        """The connections that still have rows to send; ``with_failed``: or failed ones, to be tried again."""
        names = set(self.pending_by_connection(run_id))
        if with_failed:
            names |= {row.connection for row in self.found(run_id, statements.CONNECTIONS_FAILED, "reading the rows")}
        return sorted(names)

    def pending_rows(self, run_id: str) -> int:
        """How many rows of a run are still to be sent."""
        return sum(self.pending_by_connection(run_id).values())

    def pending_by_connection(self, run_id: str) -> Mapping[str, int]:
        """How many rows are still to be sent, by connection."""
        return {row.connection: row.rows for row in self.found(run_id, statements.COUNT_PENDING, "counting the rows")}

    def connections_of_open_rows(self, run_id: str) -> Sequence[str]:
        """The connections of rows that are not done; failed ones and those in doubt count: they may be sent yet."""
        return sorted(row.connection for row in self.found(run_id, statements.CONNECTIONS_OPEN, "reading the rows"))

    def open_rows(self, run_id: str) -> int:
        """How many rows have not ended: still to be sent, on their way, or waiting for another row's answer."""
        counts = self.counts(run_id)
        return self.pending_rows(run_id) + counts.get(JobState.WAITING, 0) + counts.get(JobState.IN_FLIGHT, 0)

    def is_well_between(self, run_id: str, first: int, last: int) -> bool:
        """Whether any row between these positions was confirmed."""
        places = {"first": first, "last": last}
        return bool(self.found(run_id, statements.ANY_WELL_BETWEEN, "reading the rows", Length.SHORT, **places))

    def is_tried_since(self, run_id: str, moment: float) -> bool:
        """Whether any row was tried after that moment, seconds since the epoch."""
        return bool(self.found(run_id, statements.ANY_TRIED_SINCE, "reading the rows", moment=moment))

    def pending_position(self, run_id: str, nth: int) -> int:
        """The position of the ``nth`` row, from 1, that is still to be sent."""
        (row,) = self.found(run_id, statements.PENDING_POSITION, "reading the rows", nth=nth - 1)
        return int(row.position)

    def next_pending(self, run: Run, connection_name: str, after: int, most: int) -> Sequence[PendingJob]:
        """The next rows of a connection that may be sent, in the order of the sheet, beyond position ``after``."""
        wanted = {"connection": connection_name, "after": after, "most": most}
        return [
            PendingJob(
                row.position,
                row.number,
                row.connection,
                request_from(run.kind, row.arguments),
                row.attempts,
                row.not_before,
                row.state == JobState.UNKNOWN.value,
                row.key and bytes(row.key),
            )
            for row in self.found(run.id, statements.NEXT_PENDING, "reading the rows", Length.SHORT, **wanted)
        ]

    @asked_again
    def settle_stale(self, held: Hold, run: Run, now: float) -> int:
        """Settle what a killed process left in flight, and say how many rows that were; of the held lanes alone.

        Sends may have been delivered: they become unknown. Look-ups may simply be done again: they are pending. What an
        earlier attempt confirmed has succeeded. Raises TakenOver where what was held is another's by now, who may have
        these rows on their way.
        """
        run_key = held.run_key
        with writing(self.engine, "settling interrupted rows") as connection:
            refuse_if_lost(connection, held, held.names or {WHOLE_RUN})
            connections = None if held.is_whole else held.connections
            found = connection.execute(statements.IN_FLIGHT, {"run_key": run_key})
            stale = [row for row in found if connections is None or row.connection in connections]
            places = [row.position for row in stale]
            parameters: dict[str, object] = {"run_key": run_key, "positions": places}
            delivery = Delivery.MAYBE if run.kind is Kind.SEND else Delivery.NO
            if not places:
                return 0
            tried = [interrupted(row, delivery) for row in stale]
            entries = attempts_to_add(connection, run_key, tried, is_new=True)
            connection.execute(statements.ADD_INTERRUPTED_ATTEMPTS, parameters | {"delivery": delivery.value})
            end_as_confirmed(connection, run_key, places)
            if run.kind is Kind.SEND:
                connection.execute(statements.DOUBT_STALE_SENDS, parameters | {"now": now})
            else:
                connection.execute(statements.RELEASE_STALE_LOOKUPS, parameters)
            append(connection, run_key, entries)
        _log.warning("interrupted rows settled", extra={"run": run.id, "rows": len(places), "kind": run.kind})
        return len(places)

    @asked_again
    def found(
        self, run_id: str, statement: TextClause, doing: str, length: Length = Length.USUAL, **values: object
    ) -> Sequence[Row[Any]]:
        """The rows that a statement about one run finds; it names the run by ``:run_key``."""
        with reading(self.engine, doing, length) as connection:
            parameters = {"run_key": self.run_key(run_id, connection), **values}
            return connection.execute(statement, parameters).fetchall()

    @asked_again
    def run_key(self, run_id: str, within: Connection | None = None) -> int:
        """The number under which a run's rows are stored, asked ``within`` a connection or over one of its own."""
        query = select(run_table.c.run_key).where(run_table.c.id == run_id)
        if within is not None:
            return int(within.execute(query).scalar_one())
        with reading(self.engine, "reading the run") as connection:
            return int(connection.execute(query).scalar_one())
