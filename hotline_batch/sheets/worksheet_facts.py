"""What a worksheet tells beside its values: hidden rows, formulas, errors, number formats, links, merges, its size.

Every format has a scan of its own that finds these; ``worksheet_values`` joins them with the values.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import Final

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384
MOST_CELLS: Final = 60_000_000
"""Readers reserve memory for the whole rectangle up to the last value: 24 bytes at least for each cell of it."""

FORMULA: Final = 1
FORMULA_WITHOUT_VALUE: Final = 2
ERROR_VALUE: Final = 3
FORMULA_LINK: Final = 4
NUMBER_FORMAT: Final = 5
"""A number, date or formula whose format may show something else than the number itself."""

_RANGE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6}))?")
_COLUMN_BITS: Final = 16
_CODE_BITS: Final = 4


@dataclass(frozen=True, slots=True)
class CellRange:
    """Cells from one corner to the other; rows count from 1, columns from 0, ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    reference: str


@dataclass(frozen=True, slots=True)
class Hyperlink:
    """A link laid over cells: ``relation`` names its target in the worksheet's relations, ``place`` a spot within."""

    cells: CellRange
    relation: str
    place: str


@dataclass(slots=True)
class WorksheetFacts:
    """What a scan found. ``last_row`` and ``last_column`` bound the cells with values, -1 for no such column.

    ``marks`` are packed (row, column, code) in sheet order, eight bytes each; ``details`` holds the error's text or
    the link of some.
    """

    marks: array[int] = field(default_factory=lambda: array("Q"))
    details: dict[int, str] = field(default_factory=dict)
    hidden_rows: array[int] = field(default_factory=lambda: array("L"))
    merged: list[CellRange] = field(default_factory=list)
    links: list[Hyperlink] = field(default_factory=list)
    first_row: int = 0
    last_row: int = 0
    first_column: int = LAST_COLUMN
    last_column: int = -1

    def mark(self, row: int, column: int, code: int, detail: str = "") -> None:
        """Note one cell; rows count from 1, columns from 0."""
        mark = (row << _COLUMN_BITS | column) << _CODE_BITS | code
        self.marks.append(mark)
        if detail:
            self.details[mark] = detail

    def use(self, row: int, column: int) -> None:
        """Widen the bounds to a cell that has a value."""
        self.first_row = min(self.first_row or row, row)
        self.last_row = max(self.last_row, row)
        self.first_column = min(self.first_column, column)
        self.last_column = max(self.last_column, column)

    def put_in_order(self) -> None:
        """Bring marks and hidden rows into sheet order, whatever the order of the file."""
        marks = self.marks
        if any(marks[i] > marks[i + 1] for i in range(len(marks) - 1)):
            self.marks = array("Q", sorted(marks))
        self.hidden_rows = array("L", sorted(set(self.hidden_rows)))


def unpacked(mark: int) -> tuple[int, int, int]:
    """Row (from 1), column (from 0) and code of a mark."""
    return (
        mark >> (_COLUMN_BITS + _CODE_BITS),
        mark >> _CODE_BITS & (1 << _COLUMN_BITS) - 1,
        mark & (1 << _CODE_BITS) - 1,
    )


def area_of(first_row: int, first_column: int, last_row: int, last_column: int) -> CellRange:
    """The range between two corners whose rows count from 0, as in binary workbooks."""
    reference = f"{cell_name(first_row + 1, first_column)}:{cell_name(last_row + 1, last_column)}"
    return CellRange(first_row + 1, first_column, last_row + 1, last_column, reference)


def cell_name(row: int, column: int) -> str:
    """A cell as the spreadsheet program calls it: row 2, column 0 is A2."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def column_index(letters: str) -> int:
    """``A`` -> 0, ``XFD`` -> 16383; ValueError for what is no column."""
    index = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(letters)
        index = index * 26 + ord(letter) - ord("A") + 1
        if index > LAST_COLUMN:
            raise ValueError(letters)
    if not index:
        raise ValueError(letters)
    return index - 1


def cell_range(reference: str) -> CellRange | None:
    """``B2`` or ``B2:C9`` as a range; None for anything else."""
    found = _RANGE.fullmatch(reference.strip())
    if not found:
        return None
    left, top, right, bottom = found.groups()
    try:
        columns = sorted((column_index(left), column_index(right or left)))
    except ValueError:
        return None
    rows = sorted((int(top), int(bottom or top)))
    return CellRange(rows[0], columns[0], min(rows[1], LAST_ROW), columns[1], reference.strip())
