"""Planned rows -> the database, a million of them at flat memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.failures import ledger_errors
from hotline_batch.ledger.records import arguments, settled_values, texts_as_json, typed_as_json
from hotline_batch.ledger.schema import run
from hotline_batch.model import Job, PlannedRow

_MOST_ROWS = 250
_MANY_CHARACTERS = 4_000
_MOST_CHARACTERS = 1_000_000
_VALUES_A_JOB = 7
_MOST_JOB_VALUES = _MOST_ROWS * _VALUES_A_JOB
_LONGEST_COMMIT_SECONDS = 2.0
"""Others wait no longer for their turn."""


class _Batch(NamedTuple):
    """Rows as the statements take them: the values of jobs one after the other, of other rows each by itself."""

    jobs: list[object]
    settled: list[tuple[object, ...]]


def store_rows(engine: Engine, run_key: int, rows: Iterable[PlannedRow]) -> int:
    """Store the rows of a run, in their order; the number stored. Raises LedgerError."""
    place = "?" if engine.dialect.name == "sqlite" else "%s"

    # The driver's own statements: SQLAlchemy's way through dictionaries costs as much as the rest of planning. One for
    # many jobs, in which what is the same for each is written out: SQLite takes a third less than with one for each.
    @cache
    def add_jobs(count: int) -> str:
        job = f"({run_key}, ?, ?, ?, ?, ?, ?, ?, 'pending', '', '', 0, '')".replace("?", place)
        columns = "run_key, position, number, cells, typed, connection, key, arguments, state, code, reason, attempts"
        return f"insert into sheet_row ({columns}, topic_link) values {', '.join([job] * count)}"  # noqa: S608 - ours

    columns = "run_key, position, number, cells, typed, state, problems, code, reason, connection, attempts, topic_link"
    settled = f"({run_key}, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '')".replace("?", place)
    add_settled = f"insert into sheet_row ({columns}) values {settled}"  # noqa: S608 - names and a number of our own

    stored = 0
    batches = _batches(rows)
    batch = next(batches, None)
    while batch is not None:
        with ledger_errors("storing the rows"), _for_rows_of(engine, run_key) as connection:
            since = time.monotonic()
            while batch is not None and time.monotonic() - since < _LONGEST_COMMIT_SECONDS:
                job_count = len(batch.jobs) // _VALUES_A_JOB
                if job_count:
                    connection.exec_driver_sql(add_jobs(job_count), tuple(batch.jobs))
                if batch.settled:
                    connection.exec_driver_sql(add_settled, batch.settled)
                stored += job_count + len(batch.settled)
                batch = next(batches, None)
    return stored


@contextmanager
def _for_rows_of(engine: Engine, run_key: int) -> Iterator[Connection]:
    """A transaction in which the run is known to be there, so that SQLite need not look for it with every row.

    LedgerError where the run was deleted meanwhile.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:  # it takes this before a transaction only
            _look_for_runs(connection, "OFF")
        try:
            with connection.begin():
                if connection.execute(select(run.c.run_key).where(run.c.run_key == run_key)).first() is None:
                    raise LedgerError("The run was deleted while its rows were stored. Start again.")
                yield connection
        finally:
            if is_sqlite:
                _look_for_runs(connection, "ON")


def _look_for_runs(connection: Connection, switch: str) -> None:
    # Past SQLAlchemy, which would begin a transaction first.
    connection.connection.cursor().execute(f"PRAGMA foreign_keys={switch}")


def _batches(rows: Iterable[PlannedRow]) -> Iterator[_Batch]:
    """Rows in batches that are neither many nor large."""
    jobs, settled = batch = _Batch([], [])
    characters = 0  # of long rows alone: the others together are few enough
    for position, (row, decision) in enumerate(rows):
        number, texts, _, typed = row
        cells = texts_as_json(texts)
        kinds = typed_as_json(typed)
        if isinstance(decision, Job):
            _, request, connection, key, _ = decision
            jobs += (position, number, cells, kinds, connection, key, arguments(request))
            is_full = len(jobs) == _MOST_JOB_VALUES
        else:
            settled.append((position, number, cells, kinds, *settled_values(decision)))
            is_full = len(settled) == _MOST_ROWS
        length = len(cells) + len(kinds or "")
        if length > _MANY_CHARACTERS:
            characters += length
            is_full = is_full or characters > _MOST_CHARACTERS
        if is_full:
            yield batch
            jobs, settled = batch = _Batch([], [])
            characters = 0
    if jobs or settled:
        yield batch
