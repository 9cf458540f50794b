"""Problems of rows -> what a person has to do, as tasks with counts: "fix 3 user ids", "shorten 1 message"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hotline_batch.model import Problem
from hotline_batch.tally import Tally

_ROWS_KEPT = 5

# Field -> one and several of what its cells hold.
_NOUNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "user_id": ("user id", "user ids"),
        "message": ("message", "messages"),
        "topic_link": ("topic link", "topic links"),
        "group_id": ("group id", "group ids"),
        "topic_id": ("topic id", "topic ids"),
        "connection": ("connection name", "connection names"),
        "cell": ("cell", "cells"),
        "row": ("row", "rows"),
    }
)
# Code -> the sentence, around what and how many.
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "user_id_missing": "fill in {}",
        "topic_link_missing": "fill in {}",
        "group_id_missing": "fill in {}",
        "topic_id_missing": "fill in {}",
        "message_blank": "write {}",
        "message_too_long": "shorten {}",
        "message_bad_characters": "retype {}",
        "cell_is_a_date": "retype {} as text",
        "cell_is_true_or_false": "retype {} as text",
        "cell_is_a_formatted_number": "retype {} as text",
        "digits_lost": "paste {} again, as text",
        "cell_is_merged": "unmerge and fill in {}",
        "formula_without_value": "let the spreadsheet program compute {} and save",
        "cell_is_an_error": "repair the formulas of {}",
        "too_many_cells": "repair the delimiters of {}",
        "too_few_cells": "complete {}",
        "template_failed": "complete {} for the template",
        "topic_without_user": "replace {} of group chats, which have no user",
    }
)
_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {"topic_is_general": "topic_link", "topic_without_user": "topic_link", "template_failed": "row"}
)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, how often, and the first rows where."""

    text: str
    count: int
    rows: tuple[int, ...]


@dataclass(slots=True)
class TaskList:
    """Counts problems as they flow by; what it keeps is bounded by the kinds of problems."""

    _found: Tally[tuple[str, str]] = field(default_factory=lambda: Tally(_ROWS_KEPT))

    def add(self, row_number: int, problem: Problem) -> None:
        """Count one problem."""
        self._found.add((problem.code, problem.column), row_number)

    def tasks(self, columns: Mapping[str, str]) -> list[Task]:
        """The tasks, the most frequent first. ``columns`` is field -> header text."""
        field_of = {header: name for name, header in columns.items()}
        counts: dict[tuple[str, str], int] = {}
        rows: dict[tuple[str, str], set[int]] = {}
        for (code, column), count in self._found.counts.items():
            key = (_SENTENCES.get(code, "fix {}"), _subject(code, column, field_of))
            counts[key] = counts.get(key, 0) + count
            rows.setdefault(key, set()).update(self._found.rows((code, column)))
        found = [
            Task(
                sentence.format(f"{count} {_NOUNS[subject][count != 1]}"),
                count,
                tuple(sorted(rows[sentence, subject])[:_ROWS_KEPT]),
            )
            for (sentence, subject), count in counts.items()
        ]
        return sorted(found, key=lambda task: (-task.count, task.rows))


def _subject(code: str, column: str, field_of: Mapping[str, str]) -> str:
    """What the task is about: the field that the code names, else the field of the column."""
    if code in _SUBJECTS:
        return _SUBJECTS[code]
    named = next((name for name in _NOUNS if code.startswith(f"{name}_")), "")
    if named and named not in {"cell", "row"}:
        return named
    return field_of.get(column, "cell" if column else "row")
