"""A ledger of version 4 -> corrections linked to what they correct, files of watched folders, who was told of what, and
what was tried and said in a chain."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

from hotline_batch.ledger.oversight import run_chain
from hotline_batch.ledger.oversight.tables import run_audit, run_audit_entry
from hotline_batch.ledger.schema import correction, inbox_file, news

_ENTRIES_AT_ONCE = 1_000

_RUNS = text("select run_key, id, kind, options from run order by run_key")

# In the order of rows, page by page: they are many, and the chain grows meanwhile.
_ATTEMPTS = text("""
    select attempt.*, sheet_row.number as row_number, sheet_row.connection, sheet_row.arguments, sheet_row.key
    from attempt
    join sheet_row on sheet_row.run_key = attempt.run_key and sheet_row.position = attempt.position
    where attempt.run_key = :run_key
      and (attempt.position > :position or attempt.position = :position and attempt.number > :number)
    order by attempt.position, attempt.number limit :most
""")

_WORDS = text("""
    select resolution.*, sheet_row.number as row_number
    from resolution
    join sheet_row on sheet_row.run_key = resolution.run_key and sheet_row.position = resolution.position
    where resolution.run_key = :run_key
    order by resolution.resolved_at, resolution.position
""")


def upgrade(connection: Connection) -> None:
    """Bring the tables up to version 5, within one transaction. What is there by now counts as it stands."""
    for table in (correction, inbox_file, news, run_audit, run_audit_entry):
        table.create(connection)
    for run in connection.execute(_RUNS).fetchall():
        last: dict[str, object] = {"run_key": run.run_key, "position": -1, "number": 0, "most": _ENTRIES_AT_ONCE}
        while page := connection.execute(_ATTEMPTS, last).fetchall():
            run_chain.append(connection, run.run_key, [_attempt(run, row) for row in page])
            last |= {"position": page[-1].position, "number": page[-1].number}
        words = connection.execute(_WORDS, {"run_key": run.run_key}).mappings().fetchall()
        run_chain.append(
            connection, run.run_key, [run_chain.word_to_add(run.id, word["row_number"], {**word}) for word in words]
        )
        if json.loads(run.options).get("pruned_at") is not None:
            run_chain.forget_salt(connection, run.run_key)


def _attempt(run: Any, row: Any) -> run_chain.NewEntry:
    fields = run_chain.attempt_fields(run_chain.ATTEMPT, run.id, run.kind, row, row)
    return run_chain.NewEntry(row.position, row.number, fields, run_chain.facts_of(row.arguments))
