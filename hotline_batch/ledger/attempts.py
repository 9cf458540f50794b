"""Every attempt of a run: for audit, with every word of a person about it and without secrets, and as bare figures.

The text of a message is not among them: its SHA-256 and length tell whether it was this text without showing it.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Kind, Run

_ROWS_A_FETCH = 1_000
_FIGURES_A_PAGE = 10_000

_ATTEMPTS = text("""
    select attempt.*, sheet_row.number as row_number, sheet_row.connection, sheet_row.arguments, sheet_row.key
    from attempt
    join sheet_row on sheet_row.run_key = attempt.run_key and sheet_row.position = attempt.position
    where attempt.run_key = :run_key
    order by attempt.started_at, attempt.position, attempt.number
""")

_RESOLUTIONS = text("""
    select resolution.*, sheet_row.number as row_number
    from resolution
    join sheet_row on sheet_row.run_key = resolution.run_key and sheet_row.position = resolution.position
    where resolution.run_key = :run_key
    order by resolution.resolved_at, resolution.position
""")

_FIGURES = text("""
    select position, number, started_at, duration_seconds, error_code from attempt
    where run_key = :run_key order by position, number
""")


def audit_trail(ledger: Ledger, run: Run) -> Iterator[dict[str, object]]:
    """Attempts and resolutions in the order of time. Times are ISO 8601, UTC, with microseconds."""
    with reading(ledger.engine, "reading the attempts") as connection:
        values, in_pages = {"run_key": ledger.run_key(run.id)}, {"yield_per": _ROWS_A_FETCH}
        said = [(row.resolved_at, _resolution(run, row)) for row in connection.execute(_RESOLUTIONS, values)]
        found = connection.execute(_ATTEMPTS, values, execution_options=in_pages)
        attempts = ((row.started_at, _attempt(run, row)) for row in found)
        for _, entry in heapq.merge(attempts, said, key=lambda timed: timed[0]):
            yield entry


def _attempt(run: Run, row: Any) -> dict[str, object]:
    return {
        "event": "attempt",
        "run": run.id,
        "row": row.row_number,
        "attempt": row.number,
        "started_at": _moment(row.started_at),
        "duration_ms": round(row.duration_seconds * 1000, 1),
        "kind": run.kind.value,
        "connection": row.connection,
        **_what_was_asked(run.kind, row.arguments),
        "key": row.key.hex() if row.key else "",
        "http_status": row.http_status,
        "error_code": row.error_code,
        "delivery": row.delivery,
    }


def _what_was_asked(kind: Kind, arguments: str | None) -> dict[str, object]:
    if arguments is None:
        return {}  # pruned: the keys stay, the texts are gone
    first, second = json.loads(arguments)
    if kind is Kind.ENRICH:
        return {"group_id": first, "topic_id": second}
    text = second.encode("utf-8", "surrogatepass")
    return {"user_id": first, "message_sha256": hashlib.sha256(text).hexdigest(), "message_length": len(second)}


def _resolution(run: Run, row: Any) -> dict[str, object]:
    return {
        "event": "resolution",
        "run": run.id,
        "row": row.row_number,
        "resolved_at": _moment(row.resolved_at),
        "verdict": row.verdict,
        "by": row.resolved_by,
        "note": row.note,
        "code_before": row.code_before,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


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
