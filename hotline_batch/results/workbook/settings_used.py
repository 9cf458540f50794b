"""A run -> what was chosen for it, in words and name by name; what is as always is not told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hotline_batch.ledger.pruning import CHOSEN
from hotline_batch.model import Run
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import duration_text

_LONGEST_TEXT = 1_000
# Name of the option -> what it is called here, in the order in which it is told.
_NAMES: Mapping[str, str] = {
    "template": "Template",
    "message": "Message",
    "rows": "Only rows",
    "where": "Only rows where",
    "limit": "At most rows",
    "hidden_rows": "Hidden rows",
    "max_age": "Answers reused if younger than",
    "only": "Rows in Results",
    "columns": "Columns shown",
    "leave_out": "Columns left out",
    "duplicate_window": "Not again within",
    "max_errors": "Stops after failures",
    "attempts": "Attempts per row",
    "timeout": "Time-out",
    "concurrency": "Requests at once",
}


def settings_used(run: Run) -> Iterator[tuple[str, str]]:
    """Name and value of each, the texts of a person shortened."""
    yield "Columns", ", ".join(f"{field} = '{column}'" for field, column in run.columns.items())
    if connection := run.options.get("connection"):
        yield "Connection", _text(connection)
    yield "Read as", ", ".join(part for part in _dialect(run) if part)
    found = run.options.get(CHOSEN)
    chosen = found if isinstance(found, Mapping) else {}
    # What the result sheet shows may be chosen anew each time it is written.
    values: dict[str, Any] = {**{name: run.options.get(name) for name in _NAMES}, **chosen}
    for name, called in _NAMES.items():
        if values[name] not in (None, "", [], ()):
            yield called, _told(name, values[name])


def _dialect(run: Run) -> Iterable[str]:
    dialect = run.dialect
    delimiter = {"\t": "tab", ",": "comma", ";": "semicolon"}.get(dialect.delimiter, dialect.delimiter)
    return (dialect.format, dialect.encoding, f"delimiter {delimiter}" if delimiter else "")


def _told(name: str, value: Any) -> str:
    match name, value:
        case "hidden_rows", "skip":
            return "left out"
        case "hidden_rows", "include":
            return "taken like all others"
        case "duplicate_window", int() | float():
            return duration_text(value) if value else "always again (no check)"
        case "timeout", int() | float():
            return f"{value:g} s"
        case "only", "changed":
            return "only those with a change"
        case _:
            return _text(value)


def _text(value: Any) -> str:
    return one_line(value if isinstance(value, str) else ", ".join(map(str, _listed(value))), _LONGEST_TEXT)


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)
