"""Things that come up in rows -> how often each did, and in which rows first; at flat memory. Lists cut short."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from hotline_batch.language.words import plural_words, words

Thing = TypeVar("Thing", bound=Hashable)


class Tally(Generic[Thing]):
    """Counts things as rows flow by, in the order in which they first came up."""

    def __init__(self, rows_kept: int) -> None:
        self._rows_kept = rows_kept
        self._counts: dict[Thing, int] = {}
        self._rows: dict[Thing, list[int]] = {}

    def add(self, thing: Thing, row_number: int) -> None:
        """Count one, of which that row tells."""
        self._counts[thing] = self._counts.get(thing, 0) + 1
        rows = self._rows.setdefault(thing, [])
        if len(rows) < self._rows_kept:
            rows.append(row_number)

    @property
    def counts(self) -> Mapping[Thing, int]:
        """How often each came up."""
        return self._counts

    def rows(self, thing: Thing) -> tuple[int, ...]:
        """The first rows in which it came up."""
        return tuple(self._rows.get(thing, ()))


def ranges(rows: Sequence[int]) -> str:
    """4, 5, 6, 9 -> ``4-6,9``."""
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def first_of(rows: Sequence[int], count: int) -> str:
    """``3, 7, …``: the first of ``count`` row numbers, with a sign where there are more."""
    return ", ".join(map(str, rows)) + (", …" if count > len(rows) else "")


def row_numbers(rows: Sequence[int], count: int) -> str:
    """``row 7`` or ``rows 2, 3, …``: the first of ``count`` row numbers."""
    return plural_words("row {rows}", "rows {rows}", count, rows=first_of(rows, count))


def first_named(names: Sequence[str], most: int) -> str:
    """``one, two and 3 more``: the first of some names, and how many there are beyond."""
    shown = ", ".join(names[:most])
    return words("{names} and {more:,} more", names=shown, more=len(names) - most) if len(names) > most else shown
