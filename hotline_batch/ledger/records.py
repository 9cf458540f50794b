"""Planned rows -> the ledger's columns, a million of them at flat memory; and rows of the ledger -> records."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, select, text

from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import waiting_at_most, writing
from hotline_batch.ledger.schema import run
from hotline_batch.model.jobs import (
    GetTopicInfo,
    Job,
    JobState,
    Kind,
    PlannedRow,
    RejectedRow,
    Request,
    SendMessage,
    SkippedRow,
)
from hotline_batch.model.runs import KeptLook, RowRecord
from hotline_batch.model.sheets import CellKind, ColumnLook, Row, SheetLook, TypedCell


def as_json(value: object) -> str:
    """Compact JSON that every database can store, lone surrogates included."""
    try:
        return to_json(value).decode()  # as the json module has it, at a fraction of its cost: a million rows pass
    except ValueError:  # a lone surrogate, which only an escape can write
        return json.dumps(value, separators=(",", ":"))


def storable(text: str) -> str:
    """Text that every database can store: no NUL, no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def settled_values(decision: RejectedRow | SkippedRow) -> tuple[str, str | None, str, str]:
    """State, problems, code and parameters of a row that nothing is asked for."""
    match decision:
        case RejectedRow(_, issues):
            told = [[issue.code, issue.column, issue.shown, dict(issue.parameters)] for issue in issues]
            return JobState.REJECTED.value, as_json(told), issues[0].code, ""
        case SkippedRow(_, issue):
            return JobState.SKIPPED.value, None, issue.code, parameters_as_json(issue)


def parameters_as_json(issue: Issue) -> str:
    """What the sentence of an issue is made of; empty where its code says all."""
    plain = {name: storable(value) if isinstance(value, str) else value for name, value in issue.parameters.items()}
    return as_json(plain) if plain else ""


def issue_from(code: str, parameters: str) -> Issue:
    """The issue that was stored as a code and ``parameters_as_json``."""
    return Issue(code, parameters=json.loads(parameters)) if parameters else Issue(code)


def _issues_from(problems: str | None, code: str, parameters: str) -> tuple[Issue, ...]:
    if problems:
        return tuple(Issue(*told) for told in json.loads(problems))
    return (issue_from(code, parameters),) if code or parameters else ()


def request_from(kind: Kind, arguments: str) -> Request:
    """The request that was stored as JSON."""
    first, second = json.loads(arguments)
    return SendMessage(first, second) if kind is Kind.SEND else GetTopicInfo(first, second)


_KINDS = {kind.value: kind for kind in CellKind}


def typed_cells(stored: Iterable[Any]) -> tuple[TypedCell, ...]:
    """What cells are beyond their texts, as it was stored; a kind that a newer version wrote is a text here."""
    return tuple(
        TypedCell(column, _KINDS.get(kind, CellKind.TEXT), value, number_format, link)
        for column, kind, value, number_format, link in stored
    )


_STATES = {state.value: state for state in JobState}


def job_state(word: str) -> JobState:
    """A row's state; one that a newer version wrote is a doubt here."""
    return _STATES.get(word, JobState.UNKNOWN)


def record_from(kind: Kind, row: Any) -> RowRecord:
    """A row of ``statements.ROWS`` with all that is known of it; taken apart by place, as it comes: by the names of its
    columns, a million rows take five seconds more.
    """
    (
        number, cells, state, arguments, connection, problems, code, parameters,
        http_status, attempts, finished_at, topic_link, reply, typed,
    ) = row  # fmt: skip
    return RowRecord(
        number=number,
        cells=tuple(json.loads(cells)),
        state=job_state(state),
        request=request_from(kind, arguments) if arguments else None,
        connection=connection,
        issues=_issues_from(problems, code, parameters),
        http_status=http_status,
        attempts=attempts,
        finished_at=finished_at,
        topic_link=topic_link,
        fields=json.loads(reply) if reply else {},
        typed=typed_cells(json.loads(typed)) if typed else (),
    )


def look_as_json(kept: KeptLook) -> dict[str, object]:
    """What comes back around the rows of a sheet, as JSON has it."""
    return {
        "header_row": kept.header_row,
        "titles": [[row.number, list(row.cells), [list(cell) for cell in row.typed]] for row in kept.look.titles],
        "columns": [[column.column, column.width, column.is_hidden] for column in kept.look.columns],
    }


def look_from(found: Any) -> KeptLook:
    """What ``look_as_json`` made; the look of any table where none was kept that can be read."""
    try:
        titles = tuple(Row(number, tuple(cells), typed=typed_cells(typed)) for number, cells, typed in found["titles"])
        columns = tuple(ColumnLook(*column) for column in found["columns"])
        return KeptLook(found["header_row"] if titles else 1, SheetLook(titles, columns))
    except (KeyError, TypeError, ValueError):
        return KeptLook()


_log = logging.getLogger(__name__)

_MOST_ROWS = 250
_MOST_CHARACTERS = 1_000_000
_LONGEST_COMMIT_SECONDS = 2.0
"""Others wait no longer for their turn."""

_LARGE_RUN_ROWS = 1_000
# A server that knows nothing of a run takes it for a handful of rows, and reads all of them at each claim of a few. By
# itself it looks again only when a tenth of the whole ledger is new (PostgreSQL 15, measured).
_TELL_SERVER = text("analyze sheet_row (run_key, position)")

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
    if stored >= _LARGE_RUN_ROWS and engine.dialect.name == "postgresql":
        _tell_server(engine)
    return stored


def _tell_server(engine: Engine) -> None:
    """Where it may not now, as while somebody tidies the table up, claims are slower, and as right."""
    try:
        with writing(engine, "storing the rows") as connection:
            waiting_at_most(connection, 1.0)
            connection.execute(_TELL_SERVER)
    except LedgerError as error:
        _log.info("server not told of the rows", extra={"reason": error.in_english})


def _add(connection: Connection, statement: str, rows: list[tuple[object, ...]]) -> None:
    """Hand rows to the driver as they are: to name their values for SQLAlchemy costs as much as SQLite takes itself."""
    if rows:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        connection.exec_driver_sql(statement.replace("?", mark), rows)


def _pages(run_key: int, rows: Iterable[PlannedRow]) -> Iterator[_Page]:
    page = _Page()
    for position, (row, decision) in enumerate(rows):
        cells, typed = as_json(row.cells), as_json(row.typed) if row.typed else None
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
