"""Runs -> the columns of their table, and back; their options and notes -> the JSON of one column.

Of these, whatever cannot be read is as if it were not there: other versions write more, and other, than this one knows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, select, update

from hotline_batch.ledger.records import as_json, look_as_json, look_from
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import InboxPlace, KeptLook, Run, RunNotes, RunState
from hotline_batch.model.sheets import Dialect
from hotline_batch.run_options import RunOptions, names_of_columns

# What people wrote, or what tells of them; forgotten with the cells. A message or a condition may name a customer.
_FORGOTTEN: Final = ("again", "chosen", "reading", "look")
# What the program itself notes while a run goes on: the name in the JSON, and that of the field of RunNotes.
_NOTES: Final = {
    **{name: name for name in ("connection", "identities", "upload", "trial_rows", "practised", "last_rate")},
    **{name: name for name in ("limits_of_workers", "timezone", "pruned_at", "owner_is_account", "corrects", "notify")},
    "practice": "is_practice",
    "asks": "waits_for_yes",
    "results": "own_results",
}
_NOTES_OF_THEIR_OWN_FORM: Final = ("look", "inbox", "inbox_destination")
_PUT_AWAY: Final = "put away"

_Told = TypeVar("_Told")


def run_values(run: Run) -> dict[str, object]:
    """A run as the columns of its table."""
    return {
        **{each.name: getattr(run, each.name) for each in run_table.c if each.name != "run_key"},
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
    own, chosen = _told(options), _told(options.selection)
    beside = {name: own.pop(name) for name in ("max_age", "mishaps") if name in own}
    chosen |= {name.removesuffix("_seconds"): value for name, value in _told(notes.unusual_limits).items()}
    if notes.message_text:
        chosen["message"] = notes.message_text
    if options.template is not None:
        chosen["template"] = own.pop("template")
    groups = {"drive": _told(options.limits), "chosen": chosen, "reading": _told(options.reading) | own}
    return as_json(beside | _told(options.results) | groups | _notes_as_json(notes))


def options_from_json(text: str) -> tuple[RunOptions, RunNotes]:
    """What ``options_as_json`` made a text of, in this version or another."""
    found = _object(text)
    return _options_from(found), _notes_from(found)


def change_options(connection: Connection, run_id: str, change: Callable[[str], str]) -> bool:
    """Change what stands in a run's column ``options``; whether there is such a run.

    Whoever changes another part of it at the same moment waits, so that neither loses what the other has written.
    """
    which = run_table.c.id == run_id
    # As the update itself locks it: rows that are added to the run meanwhile wait for nobody.
    found = connection.execute(select(run_table.c.options).where(which).with_for_update(key_share=True)).scalar()
    if found is None:
        return False
    connection.execute(update(run_table).where(which).values(options=change(found)))
    return True


def with_notes(text: str, change: Callable[[RunNotes], RunNotes]) -> str:
    """The same text with changed notes; what only a newer version knows stays."""
    found = _object(text)
    kept = {name: value for name, value in found.items() if name not in (*_NOTES, *_NOTES_OF_THEIR_OWN_FORM)}
    return as_json(kept | _notes_as_json(change(_notes_from(found))))


def without_texts(text: str, pruned_at: float) -> str:
    """The same text without what people wrote, marked as pruned at that moment."""
    kept = {name: value for name, value in _object(text).items() if name not in _FORGOTTEN}
    return as_json(kept | {"pruned_at": pruned_at})


def _notes_as_json(notes: RunNotes) -> dict[str, object]:
    told = _told(notes)
    if limits := _told(notes.limits_of_workers):
        told["limits_of_workers"] = limits
    kept = {name: told[field] for name, field in _NOTES.items() if field in told}
    if notes.look != KeptLook():
        kept["look"] = look_as_json(notes.look)
    if notes.inbox is not None:
        kept["inbox"] = _PUT_AWAY if notes.inbox.is_put_away else "open"
        if notes.inbox.sheet:
            kept["inbox_destination"] = [notes.inbox.sheet, notes.inbox.result]
    return kept


def _notes_from(found: Mapping[str, Any]) -> RunNotes:
    chosen = _mapping(found, "chosen")
    unusual = {"timeout_seconds": chosen.get("timeout"), "duplicate_window_seconds": chosen.get("duplicate_window")}
    return _read(
        RunNotes,
        {
            **{field: found[name] for name, field in _NOTES.items() if name in found},
            "waits_for_yes": bool(found.get("asks")),
            "trial_rows": found.get("trial_rows") or None,
            "message_text": chosen.get("message"),
            "unusual_limits": {**chosen, **unusual},
            "look": look_from(found.get("look")),
            "inbox": _inbox_from(found),
        },
    )


def _inbox_from(found: Mapping[str, Any]) -> InboxPlace | None:
    mark, places = found.get("inbox"), found.get("inbox_destination")
    if not isinstance(mark, str):
        return None
    where = map(str, places) if isinstance(places, list) and len(places) == 2 else ()
    return InboxPlace(mark == _PUT_AWAY, *where)


def _options_from(found: Mapping[str, Any]) -> RunOptions:
    chosen = _mapping(found, "chosen")
    reading = _mapping(found, "reading") or _read_by_words(found.get("again"))
    columns = {
        name: names_of_columns(found[name])
        for name in ("columns", "leave_out")
        if isinstance(found.get(name), str | list)
    }
    return _read(
        RunOptions,
        {
            **reading,
            **{name: found.get(name) for name in ("max_age", "mishaps")},
            "template": chosen.get("template"),
            "reading": reading,
            "selection": chosen,
            "limits": found.get("drive"),
            "results": {"only": found.get("only"), **columns},
        },
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


def _told(values: Any) -> dict[str, object]:
    """The fields of a dataclass that are not as they usually are, but for those that are groups of fields."""
    usual = type(values)()
    found = {each.name: getattr(values, each.name) for each in fields(values)}
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in found.items()
        if value != getattr(usual, name) and not is_dataclass(value)
    }


def _read(kind: type[_Told], found: object) -> _Told:
    """The same back: a field that is not there, or cannot be read, is as it usually is."""
    return kind(**dict(_fields_of(kind, found if isinstance(found, dict) else {})))


def _fields_of(kind: type, found: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, (type_of_field, adapter) in _adapters(kind).items():
        if name in found:
            value = found[name]
            if isinstance(type_of_field, type) and is_dataclass(type_of_field) and not is_dataclass(value):
                yield name, _read(type_of_field, value)
            else:
                with suppress(ValidationError):
                    yield name, adapter.validate_python(tuple(value) if isinstance(value, list) else value, strict=True)


@cache
def _adapters(kind: type) -> Mapping[str, tuple[Any, TypeAdapter[Any]]]:
    return {name: (hint, TypeAdapter(hint)) for name, hint in get_type_hints(kind).items()}


def _object(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _mapping(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
