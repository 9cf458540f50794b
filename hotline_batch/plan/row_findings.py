"""What reading one row's cells brought to light, gathered while its fields are read."""

from __future__ import annotations

from dataclasses import replace

from hotline_batch.issues.issue import Issue
from hotline_batch.plan.ids.whole_numbers import Reading
from hotline_batch.plan.visible_text import shown


class RowFindings:
    """Issues and repairs of one row; ``unreadable`` are columns that must not be read any further."""

    __slots__ = ("issues", "repairs", "unreadable")

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.repairs: list[str] = []
        self.unreadable: set[int] = set()

    def add(self, issue: Issue, column: str, cell: str) -> None:
        """Add why a cell of a column cannot be used."""
        self.issues.append(replace(issue, column=column, shown=shown(cell)))

    def repair(self, text: str) -> None:
        """Add how a cell was read that was not written plainly; blank where it was."""
        if text:
            self.repairs.append(text)

    def value(self, reading: Reading, column: str, cell: str) -> int:
        """The number that was read, or 0 with its issue added."""
        if isinstance(reading, Issue):
            self.add(reading, column, cell)
            return 0
        self.repair(reading.repair)
        return reading.value
