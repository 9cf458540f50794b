"""What reading one row's cells brought to light, gathered while its fields are read."""

from __future__ import annotations

from hotline_batch.model import Problem
from hotline_batch.plan.identifiers import Fault, Found, shown


class Findings:
    """Problems and repairs of one row; ``unreadable`` are columns that must not be read any further."""

    __slots__ = ("problems", "repairs", "unreadable")

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.repairs: list[str] = []
        self.unreadable: set[int] = set()

    def fault(self, fault: Fault, column: str, cell: str) -> None:
        """Add why a cell cannot be used."""
        self.problems.append(Problem(fault.code, column, shown(cell), fault.message))

    def repair(self, text: str) -> None:
        """Add how a cell was read that was not written plainly; blank where it was."""
        if text:
            self.repairs.append(text)

    def value(self, reading: Found | Fault, column: str, cell: str) -> int:
        """The number that was read, or 0 with its fault added."""
        if isinstance(reading, Fault):
            self.fault(reading, column, cell)
            return 0
        self.repair(reading.repair)
        return reading.value
