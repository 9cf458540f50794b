"""Our nouns -> the ledger's columns, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from json.encoder import encode_basestring
from typing import Any

from hotline_batch.model import (
    Dialect,
    GetTopicInfo,
    Job,
    JobState,
    Kind,
    PlannedRow,
    Problem,
    RejectedRow,
    Request,
    RowRecord,
    Run,
    RunState,
    SendMessage,
    SkippedRow,
)

_KEY_BYTES = 16


def as_json(value: object) -> str:
    """Compact JSON that every database can store, lone surrogates included."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(value, separators=(",", ":"))
    return text


def storable(text: str) -> str:
    """Text that every database can store: no NUL, no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def key_bytes(key: str) -> bytes:
    """The first 128 bits of a job's key: enough to tell any two messages apart, half the room."""
    return bytes.fromhex(key)[:_KEY_BYTES]


def run_values(run: Run) -> dict[str, object]:
    """A run as the columns of its table."""
    return {
        **{name: getattr(run, name) for name in ("id", "created_at", "started_at", "finished_at", "sheet_path")},
        **{name: getattr(run, name) for name in ("worksheet", "fingerprint", "endpoint", "output_path", "owner")},
        **{name: getattr(run, name) for name in ("rows", "stop_code", "stop_reason", "active_seconds")},
        "kind": run.kind.value,
        "state": run.state.value,
        "dialect": as_json(asdict(run.dialect)),
        "header": as_json(run.header),
        "columns": as_json(dict(run.columns)),
        "options": as_json(dict(run.options)),
    }


def run_from(row: Mapping[str, Any]) -> Run:
    """A run as it was stored."""
    values = {name: value for name, value in row.items() if name != "run_key"}
    return Run(
        **{
            **values,
            "kind": Kind(row["kind"]),
            "state": RunState(row["state"]),
            "dialect": Dialect(**json.loads(row["dialect"])),
            "header": tuple(json.loads(row["header"])),
            "columns": json.loads(row["columns"]),
            "options": json.loads(row["options"]),
        }
    )


ROW_COLUMNS = (
    "run_key", "position", "number", "cells", "state", "connection", "key", "arguments", "problems", "code", "reason",
    "attempts", "topic_link",
)  # fmt: skip
"""The columns of a planned row, in the order of ``row_values``."""


def row_values(run_key: int, position: int, planned: PlannedRow) -> tuple[object, ...]:
    """A planned row as ``ROW_COLUMNS``. Tuples and texts put together here: a million rows pass through."""
    row, decision = planned.row, planned.decision
    state, connection, code, reason = _PENDING, "", "", ""
    key: bytes | None = None
    arguments: str | None = None
    problems: str | None = None
    match decision:
        case Job():
            connection, key = decision.connection, key_bytes(decision.key)
            arguments = _arguments(decision.request)
        case RejectedRow():
            told = [[problem.code, problem.column, problem.shown, problem.message] for problem in decision.problems]
            state, code, problems = JobState.REJECTED.value, decision.problems[0].code, as_json(told)
        case SkippedRow():
            state, code, reason = JobState.SKIPPED.value, decision.code, storable(decision.reason)
    cells = _texts(row.cells)
    return run_key, position, row.number, cells, state, connection, key, arguments, problems, code, reason, 0, ""


_PENDING = JobState.PENDING.value


def _texts(texts: Sequence[str]) -> str:
    """What ``as_json`` makes of texts, at a third of the cost."""
    text = f"[{','.join(map(encode_basestring, texts))}]"
    return text if text.isascii() or is_storable(text) else json.dumps(texts, separators=(",", ":"))


def is_storable(text: str) -> bool:
    """Whether a database takes the text: no lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _arguments(request: Request) -> str:
    match request:
        case SendMessage():
            message = encode_basestring(request.message)
            if message.isascii() or is_storable(message):
                return f"[{request.user_id},{message}]"
            return as_json([request.user_id, request.message])
        case GetTopicInfo():
            return f"[{request.group_id},{request.topic_id}]"


def request_from(kind: Kind, arguments: str) -> Request:
    """The request that was stored."""
    first, second = json.loads(arguments)
    return SendMessage(first, second) if kind is Kind.SEND else GetTopicInfo(first, second)


_STATES = {state.value: state for state in JobState}


def record_from(kind: Kind, row: Any) -> RowRecord:
    """A row of ``statements.ROWS`` with all that is known of it. A million rows pass through."""
    number, cells, state, arguments, connection, problems = row[:6]
    code, reason, http_status, attempts, finished_at, topic_link, reply = row[6:]
    return RowRecord(
        number=number,
        cells=tuple(json.loads(cells)),
        state=_STATES[state],
        request=request_from(kind, arguments) if arguments else None,
        connection=connection,
        problems=tuple(Problem(*told) for told in json.loads(problems)) if problems else (),
        code=code,
        reason=reason,
        http_status=http_status,
        attempts=attempts,
        finished_at=finished_at,
        topic_link=topic_link,
        fields=json.loads(reply) if reply else {},
    )
