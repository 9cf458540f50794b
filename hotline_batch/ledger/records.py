"""Our nouns -> the ledger's columns, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from json.encoder import encode_basestring
from typing import Any

from hotline_batch.model import (
    CellKind,
    Dialect,
    GetTopicInfo,
    JobState,
    Kind,
    Problem,
    RejectedRow,
    Request,
    RowRecord,
    Run,
    RunState,
    SendMessage,
    SkippedRow,
    TypedCell,
)

_in_unicode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _is_storable(text: str) -> bool:
    """Whether a database takes the text: no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def as_json(value: object) -> str:
    """Compact JSON that every database can store, lone surrogates included."""
    text = _in_unicode(value)
    return text if _is_storable(text) else json.dumps(value, separators=(",", ":"))


def storable(text: str) -> str:
    """Text that every database can store: no NUL, no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


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
            "dialect": Dialect(**_known_parts(row["dialect"])),
            "header": tuple(json.loads(row["header"])),
            "columns": json.loads(row["columns"]) or {},
            "options": json.loads(row["options"]) or {},
        }
    )


def _known_parts(dialect: str) -> dict[str, str]:
    """A newer version may say more of how a sheet was read."""
    return {name: value for name, value in json.loads(dialect).items() if name in Dialect.__dataclass_fields__}


def identities_of(run: Run) -> Mapping[str, str]:
    """What stands for each connection of a run in keys; empty where the run was stored without."""
    found = run.options.get("identities")
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def settled_values(decision: RejectedRow | SkippedRow) -> tuple[str, str | None, str, str]:
    """State, problems, code and reason of a row that nothing is asked for."""
    match decision:
        case RejectedRow(_, problems):
            told = [[problem.code, problem.column, problem.shown, problem.message] for problem in problems]
            return JobState.REJECTED.value, as_json(told), problems[0].code, ""
        case SkippedRow(_, code, reason):
            return JobState.SKIPPED.value, None, code, storable(reason)


def texts_as_json(texts: Sequence[str]) -> str:
    """What ``as_json`` makes of texts, at a quarter of the cost where they are plain: a million rows pass through."""
    joined = '","'.join(texts)
    # Printable text holds no control character and no lone surrogate, the quotes are those that were put there.
    if joined.isprintable() and "\\" not in joined and joined.count('"') == 2 * len(texts) - 2:
        return f'["{joined}"]'
    text = f"[{','.join(map(encode_basestring, texts))}]"
    return text if _is_storable(text) else as_json(texts)


def arguments(request: Request) -> str:
    """A request's arguments as JSON, see ``request_from``. A million requests pass through."""
    if isinstance(request, GetTopicInfo):
        return f"[{request.group_id},{request.topic_id}]"
    user_id, message = request
    if message.isprintable() and "\\" not in message and '"' not in message:
        return f'[{user_id},"{message}"]'
    text = f"[{user_id},{encode_basestring(message)}]"
    return text if _is_storable(text) else as_json(request)


# JSON that was written here and holds no backslash holds no quotation mark within a text either: a million of these are
# taken apart by hand, in a fifth of the time of a parser.
def request_from(kind: Kind, arguments: str) -> Request:
    """The request that was stored."""
    if kind is Kind.SEND and "\\" not in arguments:
        user_id, _, message = arguments[1:-2].partition(',"')
        return SendMessage(int(user_id), message)
    first, second = json.loads(arguments)
    return SendMessage(first, second) if kind is Kind.SEND else GetTopicInfo(first, second)


def texts_from(text: str) -> tuple[str, ...]:
    """The texts that ``texts_as_json`` made one text of."""
    if "\\" in text or text == "[]":
        return tuple(json.loads(text))
    return tuple(text[2:-2].split('","'))


_KINDS = {kind.value: kind for kind in CellKind}


def typed_as_json(typed: Sequence[TypedCell]) -> str | None:
    """What the cells of one row are beyond their texts; None where they are texts alone."""
    return json.dumps(typed, separators=(",", ":")) if typed else None


def typed_cells(stored: Iterable[Any]) -> tuple[TypedCell, ...]:
    """The cells that ``typed_as_json`` wrote; a kind that a newer version wrote is a text here."""
    return tuple(
        TypedCell(column, _KINDS.get(kind, CellKind.TEXT), value, number_format, link)
        for column, kind, value, number_format, link in stored
    )


_parsed = json.JSONDecoder().raw_decode
_STATES = {state.value: state for state in JobState}


def job_state(word: str) -> JobState:
    """A row's state; one that a newer version wrote is a doubt here."""
    return _STATES.get(word, JobState.UNKNOWN)


def record_from(kind: Kind, row: Any) -> RowRecord:
    """A row of ``statements.ROWS`` with all that is known of it. A million rows pass through."""
    number, cells, state, arguments, connection, problems, code, reason = row[:8]
    http_status, attempts, finished_at, topic_link, reply, typed = row[8:]
    return RowRecord(
        number,
        texts_from(cells),
        _STATES.get(state, JobState.UNKNOWN),
        request_from(kind, arguments) if arguments else None,
        connection,
        tuple(Problem(*told) for told in json.loads(problems)) if problems else (),
        code,
        reason,
        http_status,
        attempts,
        finished_at,
        topic_link,
        _parsed(reply)[0] if reply else {},
        None,
        typed_cells(json.loads(typed)) if typed else (),
    )
