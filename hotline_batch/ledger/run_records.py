"""Runs -> the columns of their table, and back; their options and notes -> the JSON of one column.

Of these, whatever cannot be read is as if it were not there: other versions write more, and other, than this one knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from hotline_batch.ledger.records import as_json, look_as_json, look_from
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import InboxPlace, KeptLook, Run, RunNotes, RunState, UnusualLimits
from hotline_batch.model.sheets import Dialect
from hotline_batch.run_options import Limits, Reading, ResultColumns, RunOptions, Selection, names_of_columns

# What people wrote, or what tells of them; forgotten with the cells. A message or a condition may name a customer.
_FORGOTTEN: Final = ("again", "chosen", "reading", "look")
# What the program itself notes while a run goes on.
_NOTES: Final = (
    *("connection", "identities", "practice", "asks", "results", "practised", "last_rate", "limits_of_workers"),
    *("timezone", "look", "inbox", "inbox_destination", "upload", "trial_rows", "pruned_at", "owner_is_account"),
    *("notify", "corrects"),
)
_PUT_AWAY: Final = "put away"


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
        "options": options_as_json(run.options, run.notes),
    }


def run_from(row: Mapping[str, Any]) -> Run:
    """A run as it was stored."""
    options, notes = options_from_json(row["options"])
    return Run(
        **{
            **{name: value for name, value in row.items() if name != "run_key"},
            "kind": Kind(row["kind"]),
            "state": RunState(row["state"]),
            "dialect": Dialect(**_known_parts(row["dialect"])),
            "header": tuple(json.loads(row["header"])),
            "columns": json.loads(row["columns"]) or {},
            "options": options,
            "notes": notes,
        }
    )


def _known_parts(dialect: str) -> dict[str, str]:
    """A newer version may say more of how a sheet was read."""
    return {name: value for name, value in json.loads(dialect).items() if name in Dialect.__dataclass_fields__}


def options_as_json(options: RunOptions, notes: RunNotes) -> str:
    """What the ledger keeps of both."""
    selection = options.selection
    chosen = {
        "template": options.template,
        "message": notes.message_text or None,
        "rows": selection.rows,
        "where": list(selection.where) or None,
        "limit": selection.limit,
        "hidden_rows": selection.hidden_rows,
        "concurrency": notes.unusual_limits.concurrency,
        "timeout": notes.unusual_limits.timeout_seconds,
        "attempts": notes.unusual_limits.attempts,
        "max_errors": notes.unusual_limits.max_errors,
        "duplicate_window": notes.unusual_limits.duplicate_window_seconds,
    }
    reading = asdict(options.reading) | {
        "column_map": dict(options.column_map) or None,
        "message": options.message,
        "dates": options.dates,
        "numbers": options.numbers,
        "connection": options.connection,
        "name_column": options.name_column,
        "sandbox": options.sandbox or None,
    }
    results = options.results
    told = {
        "drive": _said(asdict(options.limits)),
        "max_age": options.max_age,
        "mishaps": list(options.mishaps) or None,
        "only": results.only,
        "columns": list(results.columns) or None,
        "leave_out": list(results.leave_out) or None,
        "chosen": _said(chosen),
        "reading": _said(reading),
    }
    return as_json(_said(told) | _notes_as_json(notes))


def options_from_json(text: str) -> tuple[RunOptions, RunNotes]:
    """What ``options_as_json`` made a text of, in this version or another."""
    found = _object(text)
    return _options_from(found), _notes_from(found)


def with_notes(text: str, change: Callable[[RunNotes], RunNotes]) -> str:
    """The same text with changed notes; what only a newer version knows stays."""
    found = _object(text)
    kept = {name: value for name, value in found.items() if name not in _NOTES}
    return as_json(kept | _notes_as_json(change(_notes_from(found))))


def without_texts(text: str, pruned_at: float) -> str:
    """The same text without what people wrote, marked as pruned at that moment."""
    kept = {name: value for name, value in _object(text).items() if name not in _FORGOTTEN}
    return as_json(kept | {"pruned_at": pruned_at})


def _notes_as_json(notes: RunNotes) -> dict[str, object]:
    inbox = notes.inbox
    return _said(
        {
            "connection": notes.connection or None,
            "identities": dict(notes.identities) or None,
            "practice": notes.is_practice or None,
            "asks": notes.waits_for_yes or None,
            "upload": notes.upload or None,
            "trial_rows": notes.trial_rows,
            "results": list(notes.own_results) or None,
            "practised": dict(notes.practised) or None,
            "last_rate": notes.last_rate or None,
            "limits_of_workers": _said(asdict(notes.limits_of_workers)) or None,
            "timezone": notes.timezone or None,
            "look": look_as_json(notes.look) if notes.look != KeptLook() else None,
            "inbox": None if inbox is None else _PUT_AWAY if inbox.is_put_away else "open",
            "inbox_destination": [inbox.sheet, inbox.result] if inbox and inbox.sheet else None,
            "pruned_at": notes.pruned_at,
            "owner_is_account": notes.owner_is_account or None,
            "corrects": notes.corrects or None,
            "notify": list(notes.notify) or None,
        }
    )


def _notes_from(found: Mapping[str, Any]) -> RunNotes:
    chosen = _mapping(found, "chosen")
    results = found.get("results")
    return RunNotes(
        connection=_text(found, "connection") or "",
        identities=_texts_by_name(found, "identities"),
        is_practice=found.get("practice") is True,
        waits_for_yes=bool(found.get("asks")),
        upload=_text(found, "upload") or "",
        trial_rows=_count(found, "trial_rows") or None,
        own_results=tuple(map(str, results)) if isinstance(results, list) else (),
        practised=_texts_by_name(found, "practised"),
        last_rate=_text(found, "last_rate") or "",
        limits_of_workers=_limits_from(_mapping(found, "limits_of_workers")),
        timezone=_text(found, "timezone") or "",
        message_text=_text(chosen, "message") or "",
        unusual_limits=UnusualLimits(
            concurrency=_count(chosen, "concurrency"),
            timeout_seconds=_number(chosen, "timeout"),
            attempts=_count(chosen, "attempts"),
            max_errors=_text(chosen, "max_errors"),
            duplicate_window_seconds=_number(chosen, "duplicate_window"),
        ),
        look=look_from(found.get("look")),
        inbox=_inbox_from(found),
        pruned_at=_number(found, "pruned_at"),
        owner_is_account=found.get("owner_is_account") is True,
        corrects=_text(found, "corrects") or "",
        notify=tuple(map(str, found["notify"])) if isinstance(found.get("notify"), list) else (),
    )


def _inbox_from(found: Mapping[str, Any]) -> InboxPlace | None:
    mark, places = _text(found, "inbox"), found.get("inbox_destination")
    if mark is None:
        return None
    if not (isinstance(places, list) and len(places) == 2):
        return InboxPlace(mark == _PUT_AWAY)
    return InboxPlace(mark == _PUT_AWAY, str(places[0]), str(places[1]))


def _options_from(found: Mapping[str, Any]) -> RunOptions:
    chosen, limits = _mapping(found, "chosen"), _mapping(found, "drive")
    where = chosen.get("where")
    read = _mapping(found, "reading") or _read_by_words(found.get("again"))
    return RunOptions(
        reading=Reading(
            _text(read, "worksheet"), _text(read, "delimiter"), _text(read, "encoding"), _count(read, "header_row")
        ),
        column_map=_texts_by_name(read, "column_map"),
        selection=Selection(
            rows=_text(chosen, "rows"),
            limit=_count(chosen, "limit"),
            where=tuple(map(str, where)) if isinstance(where, list) else (),
            hidden_rows=_text(chosen, "hidden_rows"),
        ),
        message=_text(read, "message"),
        dates=_text(read, "dates"),
        numbers=_text(read, "numbers"),
        template=_text(chosen, "template"),
        connection=_text(read, "connection"),
        sandbox=read.get("sandbox") is True,
        mishaps=tuple(map(str, found["mishaps"])) if isinstance(found.get("mishaps"), list) else (),
        max_age=_text(found, "max_age"),
        limits=_limits_from(limits),
        results=ResultColumns(_text(found, "only"), _columns(found, "columns"), _columns(found, "leave_out")),
        name_column=_text(read, "name_column"),
    )


def _limits_from(found: Mapping[str, Any]) -> Limits:
    return Limits(
        rate=_text(found, "rate"),
        concurrency=_count(found, "concurrency"),
        timeout=_number(found, "timeout"),
        attempts=_count(found, "attempts"),
        max_errors=_text(found, "max_errors"),
        duplicate_window=_text(found, "duplicate_window"),
        at=_text(found, "at"),
        between=_text(found, "between"),
        days=_text(found, "days"),
        holidays=_text(found, "holidays"),
    )


def _read_by_words(again: object) -> dict[str, object]:
    """How a sheet was read, from the words of a command line, as earlier versions kept it."""
    read: dict[str, object] = {}
    columns: dict[str, str] = {}
    words = iter(map(str, again)) if isinstance(again, list) else iter(())
    for word in words:
        name = word.removeprefix("--").replace("-", "_")
        if word.startswith("--map="):
            field, _, column = word.removeprefix("--map=").partition("=")
            columns[field] = column
        elif name == "sandbox":
            read[name] = True
        else:
            value = next(words, "")
            read[name] = int(value) if name == "header_row" and value.isdecimal() else value
    return read | {"column_map": columns}


def _said(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _object(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _mapping(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _texts_by_name(found: Mapping[str, Any], name: str) -> Mapping[str, str]:
    return {str(each): str(value) for each, value in _mapping(found, name).items()}


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) else None


def _number(found: Mapping[str, Any], name: str) -> float | None:
    value = found.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(found: Mapping[str, Any], name: str) -> int | None:
    value = found.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _columns(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = found.get(name)
    return names_of_columns(value) if isinstance(value, str | list) else ()
