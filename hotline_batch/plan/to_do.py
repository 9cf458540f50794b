"""Issues of rows -> what a person has to do, as tasks with counts: "fix 3 user ids", "shorten 1 message"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotline_batch.issues.codes import RECORDS
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import task_words
from hotline_batch.tally import Tally

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

    _found: Tally[tuple[str, str]] = field(default_factory=lambda: Tally(_ROWS_KEPT))

    def add(self, row_number: int, issue: Issue) -> None:
        """Count one issue."""
        self._found.add((issue.code, issue.column), row_number)

    def tasks(self, columns: Mapping[str, str]) -> list[Task]:
        """The tasks, the most frequent first. ``columns`` is field -> header text."""
        field_of = {header: name for name, header in columns.items()}
        counts: dict[tuple[str, str], int] = {}
        rows: dict[tuple[str, str], set[int]] = {}
        for (code, column), count in self._found.counts.items():
            record = RECORDS[code]
            key = (record.task, record.about or field_of.get(column, "cell" if column else "row"))
            counts[key] = counts.get(key, 0) + count
            rows.setdefault(key, set()).update(self._found.rows((code, column)))
        found = [
            Task(task_words(task, about, count), count, tuple(sorted(rows[task, about])[:_ROWS_KEPT]))
            for (task, about), count in counts.items()
        ]
        return sorted(found, key=lambda task: (-task.count, task.rows))
