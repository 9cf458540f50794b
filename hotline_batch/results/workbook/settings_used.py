"""A run -> what was chosen for it, in words and name by name; what is as always is not told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotline_batch.language.words import marked, translated, words
from hotline_batch.model.runs import Run
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import duration_text

_LONGEST_TEXT = 1_000
_HIDDEN_ROWS = marked({"skip": "left out", "include": "taken like all others"})

_DELIMITERS = marked({"\t": "tab", ",": "comma", ";": "semicolon"})


def settings_used(run: Run) -> Iterator[tuple[str, str]]:
    """Name and value of each, the texts of a person shortened."""
    yield words("Columns"), ", ".join(f"{field} = '{column}'" for field, column in run.columns.items())
    if run.notes.connection:
        yield words("Connection"), _text(run.notes.connection)
    yield words("Read as"), ", ".join(part for part in _dialect(run) if part)
    yield from ((called, value) for called, value in _chosen(run) if value)


def _dialect(run: Run) -> Iterable[str]:
    dialect = run.dialect
    delimiter = translated(_DELIMITERS.get(dialect.delimiter, "")) or dialect.delimiter
    told = words("delimiter {delimiter}", delimiter=delimiter) if delimiter else ""
    return (dialect.format, dialect.shown_encoding, told)


def _chosen(run: Run) -> Iterator[tuple[str, str]]:
    """Every choice, with an empty value where it is as always."""
    options, limits = run.options, run.notes.unusual_limits
    selection, results = options.selection, options.results
    yield words("Template"), _text(options.template or "")
    yield words("Message"), _text(run.notes.message_text)
    yield words("Only rows"), _text(selection.rows or "")
    yield words("Only rows where"), _text(", ".join(selection.where))
    yield words("At most rows"), _number(selection.limit)
    yield words("Hidden rows"), translated(_HIDDEN_ROWS.get(selection.hidden_rows or "", ""))
    yield words("Answers reused if younger than"), _text(options.max_age or "")
    yield words("Rows in Results"), words("only those with a change") if results.only == "changed" else ""
    yield words("Columns shown"), _text(", ".join(results.columns))
    yield words("Columns left out"), _text(", ".join(results.leave_out))
    yield words("Not again within"), _window(limits.duplicate_window_seconds)
    yield words("Stops after failures"), _text(limits.max_errors or "")
    yield words("Attempts per row"), _number(limits.attempts)
    yield words("Time-out"), "" if limits.timeout_seconds is None else f"{limits.timeout_seconds:g} s"
    yield words("Requests at once"), _number(limits.concurrency)


def _window(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return duration_text(seconds) if seconds else words("always again (no check)")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _text(value: str) -> str:
    return one_line(value, _LONGEST_TEXT)
