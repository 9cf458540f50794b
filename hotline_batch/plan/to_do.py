"""Issues of rows -> what a person has to do, as tasks with counts: "fix 3 user ids", "shorten 1 message"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline_batch.issues.codes import RECORDS
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import task_words

_ROWS_KEPT = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, how often, and the first rows where."""

    text: str
    count: int
    rows: tuple[int, ...]


@dataclass(slots=True)
class ToDoList:
    """Counts issues as they flow by; what it keeps is bounded by the kinds of issues."""

    _rows: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row_number: int, issue: Issue) -> None:
        """Count one issue."""
        key = (issue.code, issue.column)
        self._counts[key] = self._counts.get(key, 0) + 1
        rows = self._rows.setdefault(key, [])
        if len(rows) < _ROWS_KEPT:
            rows.append(row_number)

    def tasks(self, columns: Mapping[str, str]) -> list[Task]:
        """The tasks, the most frequent first. ``columns`` is field -> header text."""
        field_of = {header: name for name, header in columns.items()}
        counts: dict[tuple[str, str], int] = {}
        rows: dict[tuple[str, str], set[int]] = {}
        for (code, column), count in self._counts.items():
            record = RECORDS[code]
            key = (record.task, record.about or field_of.get(column, "cell" if column else "row"))
            counts[key] = counts.get(key, 0) + count
            rows.setdefault(key, set()).update(self._rows[code, column])
        found = [
            Task(task_words(task, about, count), count, tuple(sorted(rows[task, about])[:_ROWS_KEPT]))
            for (task, about), count in counts.items()
        ]
        return sorted(found, key=lambda task: (-task.count, task.rows))
