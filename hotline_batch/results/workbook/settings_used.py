"""A run -> what was chosen for it, in words and name by name; what is as always is not told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotline_batch.model import Run
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import duration_text

_LONGEST_TEXT = 1_000
_HIDDEN_ROWS = {"skip": "left out", "include": "taken like all others"}


def settings_used(run: Run) -> Iterator[tuple[str, str]]:
    """Name and value of each, the texts of a person shortened."""
    yield "Columns", ", ".join(f"{field} = '{column}'" for field, column in run.columns.items())
    if run.notes.connection:
        yield "Connection", _text(run.notes.connection)
    yield "Read as", ", ".join(part for part in _dialect(run) if part)
    yield from ((called, value) for called, value in _chosen(run) if value)


def _dialect(run: Run) -> Iterable[str]:
    dialect = run.dialect
    delimiter = {"\t": "tab", ",": "comma", ";": "semicolon"}.get(dialect.delimiter, dialect.delimiter)
    return (dialect.format, dialect.shown_encoding, f"delimiter {delimiter}" if delimiter else "")


def _chosen(run: Run) -> Iterator[tuple[str, str]]:
    """Every choice, with an empty value where it is as always."""
    options, limits = run.options, run.notes.unusual_limits
    selection, results = options.selection, options.results
    yield "Template", _text(options.template or "")
    yield "Message", _text(run.notes.message_text)
    yield "Only rows", _text(selection.rows or "")
    yield "Only rows where", _text(", ".join(selection.where))
    yield "At most rows", _number(selection.limit)
    yield "Hidden rows", _HIDDEN_ROWS.get(selection.hidden_rows or "", "")
    yield "Answers reused if younger than", _text(options.max_age or "")
    yield "Rows in Results", "only those with a change" if results.only == "changed" else ""
    yield "Columns shown", _text(", ".join(results.columns))
    yield "Columns left out", _text(", ".join(results.leave_out))
    yield "Not again within", _window(limits.duplicate_window_seconds)
    yield "Stops after failures", _text(limits.max_errors or "")
    yield "Attempts per row", _number(limits.attempts)
    yield "Time-out", "" if limits.timeout_seconds is None else f"{limits.timeout_seconds:g} s"
    yield "Requests at once", _number(limits.concurrency)


def _window(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return duration_text(seconds) if seconds else "always again (no check)"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _text(value: str) -> str:
    return one_line(value, _LONGEST_TEXT)
