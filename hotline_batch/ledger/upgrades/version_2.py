"""A ledger of version 2, which kept sentences -> codes with what their sentences are made of.

A sentence that was made by then is kept as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from hotline_batch.issues.issue import TEXT
from hotline_batch.ledger.records import as_json
from hotline_batch.ledger.upgrades.old_holds import refuse_while_held

_ROWS_AT_ONCE = 1_000

_RENAME = text("alter table sheet_row rename column reason to parameters")

# In pages, not streamed: they are changed meanwhile.
_TOLD = text("""
    select run_key, position, problems, parameters from sheet_row
    where (parameters <> '' or problems is not null)
      and (run_key > :run_key or run_key = :run_key and position > :position)
    order by run_key, position limit :most
""")

_CHANGE = text("""
    update sheet_row set problems = :problems, parameters = :parameters
    where run_key = :at_run and position = :at_position
""")


def upgrade(connection: Connection) -> None:
    """Bring the tables up to version 3. Raises RunInProgress while an older program works on a run."""
    refuse_while_held(connection)
    connection.execute(_RENAME)
    for page in _pages(connection):
        connection.execute(_CHANGE, [_changed(row) for row in page])


def _pages(connection: Connection) -> Iterator[Sequence[Any]]:
    last = {"run_key": -1, "position": -1}
    while page := connection.execute(_TOLD, last | {"most": _ROWS_AT_ONCE}).fetchall():
        yield page
        last = {"run_key": page[-1].run_key, "position": page[-1].position}


def _changed(row: Any) -> dict[str, object]:
    problems = row.problems
    if problems is not None:
        told = json.loads(problems)
        problems = as_json([[code, column, shown, {TEXT: sentence}] for code, column, shown, sentence in told])
    return {
        "problems": problems,
        "parameters": as_json({TEXT: row.parameters}) if row.parameters else "",
        "at_run": row.run_key,
        "at_position": row.position,
    }
