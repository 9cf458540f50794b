"""Every attempt of a run, and every word of a person about it -> plain objects, one after the other, without secrets.

The text of a message is not among them: its SHA-256 and length tell whether it was this text without showing it.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hotline_batch.ledger import statements
from hotline_batch.ledger.failures import ledger_errors
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Kind, Run

_ROWS_A_FETCH = 1_000


def audit_trail(ledger: Ledger, run: Run) -> Iterator[dict[str, object]]:
    """Attempts and resolutions in the order of time. Times are ISO 8601, UTC, with microseconds."""
    with ledger_errors("reading the attempts"), ledger.engine.connect() as reading:
        connection = reading.execution_options(reads_only=True, yield_per=_ROWS_A_FETCH)
        values = {"run_key": ledger.run_key(run.id)}
        attempts = ((row.started_at, _attempt(run, row)) for row in connection.execute(statements.ATTEMPTS, values))
        said = [(row.resolved_at, _resolution(run, row)) for row in connection.execute(statements.RESOLUTIONS, values)]
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
