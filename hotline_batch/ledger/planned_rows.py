"""Planned rows -> the database, a million of them at flat memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, select

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import writing
from hotline_batch.ledger.records import as_json, settled_values, typed_as_json
from hotline_batch.ledger.schema import run
from hotline_batch.model.jobs import Job, PlannedRow

_MOST_ROWS = 250
_MOST_CHARACTERS = 1_000_000
_LONGEST_COMMIT_SECONDS = 2.0
"""Others wait no longer for their turn."""

_ADD_JOBS = """
    insert into sheet_row (run_key, position, number, cells, typed, connection, key, arguments, state, code, parameters,
                           attempts, topic_link)
    values (?, ?, ?, ?, ?, ?, ?, ?, 'pending', '', '', 0, '')
"""

# Rows that nothing is asked for.
_ADD_SETTLED = """
    insert into sheet_row (run_key, position, number, cells, typed, state, problems, code, parameters, connection,
                           attempts, topic_link)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, '')
"""


@dataclass
class _Page:
    """Rows as the statements take them, neither many nor large."""

    jobs: list[tuple[object, ...]] = field(default_factory=list)
    settled: list[tuple[object, ...]] = field(default_factory=list)
    characters: int = 0

    @property
    def rows(self) -> int:
        return len(self.jobs) + len(self.settled)

    @property
    def is_full(self) -> bool:
        return self.rows == _MOST_ROWS or self.characters > _MOST_CHARACTERS


def store_rows(engine: Engine, run_key: int, rows: Iterable[PlannedRow]) -> int:
    """Store the rows of a run, in their order; the number stored. Raises LedgerError."""
    stored = 0
    pages = _pages(run_key, rows)
    page = next(pages, None)
    while page is not None:
        with writing(engine, "storing the rows") as connection:
            if connection.execute(select(run.c.run_key).where(run.c.run_key == run_key)).first() is None:
                raise LedgerError(words("The run was deleted while its rows were stored. Start again."))
            until = time.monotonic() + _LONGEST_COMMIT_SECONDS
            while page is not None and time.monotonic() < until:
                _add(connection, _ADD_JOBS, page.jobs)
                _add(connection, _ADD_SETTLED, page.settled)
                stored += page.rows
                page = next(pages, None)
    return stored


def _add(connection: Connection, statement: str, rows: list[tuple[object, ...]]) -> None:
    """Hand rows to the driver as they are: to name their values for SQLAlchemy costs as much as SQLite takes itself."""
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        connection.exec_driver_sql(statement.replace("?", mark), rows)


def _pages(run_key: int, rows: Iterable[PlannedRow]) -> Iterator[_Page]:
    page = _Page()
    for position, (row, decision) in enumerate(rows):
        cells, typed = as_json(row.cells), typed_as_json(row.typed)
        given = (run_key, position, row.number, cells, typed)
        if isinstance(decision, Job):
            page.jobs.append((*given, decision.connection, decision.key, as_json([*decision.request])))
        else:
            page.settled.append((*given, *settled_values(decision)))
        page.characters += len(cells) + len(typed or "")
        if page.is_full:
            yield page
            page = _Page()
    if page.rows:
        yield page
