"""Planned rows -> the database, a million of them at flat memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine

from hotline_batch.ledger.database import ledger_errors
from hotline_batch.ledger.records import ROW_COLUMNS

_ROWS_AT_ONCE = 2_000
_CHARACTERS_AT_ONCE = 2_000_000
_LONGEST_COMMIT_SECONDS = 2.0
"""Few, large commits: each one writes anew most pages of the index, whose keys lie scattered. Others wait no longer."""
_BULK_CACHE_KILOBYTES = 16_000


def store_rows(engine: Engine, rows: Iterable[tuple[Any, ...]]) -> int:
    """Store rows of ``ROW_COLUMNS``, in their order; the number stored. Raises LedgerError."""
    # The driver's own statement: SQLAlchemy's way through dictionaries costs as much as the rest of planning.
    place = "?" if engine.dialect.name == "sqlite" else "%s"
    statement = f"insert into sheet_row ({', '.join(ROW_COLUMNS)}) values ({', '.join([place] * len(ROW_COLUMNS))})"  # noqa: S608 - names of our own
    chunks = _chunks(rows)
    stored = 0
    chunk = next(chunks, None)
    while chunk:
        with ledger_errors("storing the rows"), engine.begin() as connection:
            since = time.monotonic()
            if stored and engine.dialect.name == "sqlite":
                # The pages of the scattered index: without them, each is read and written over and over.
                connection.exec_driver_sql(f"PRAGMA cache_size=-{_BULK_CACHE_KILOBYTES}")
            while chunk and time.monotonic() - since < _LONGEST_COMMIT_SECONDS:
                connection.exec_driver_sql(statement, chunk)
                stored += len(chunk)
                chunk = next(chunks, None)
    return stored


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in portions that are neither many nor large."""
    cells_at = ROW_COLUMNS.index("cells")
    chunk: list[tuple[Any, ...]] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += len(row[cells_at])
        if len(chunk) >= _ROWS_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
