"""An open sheet, as every reader makes it: a header, how it was read, rows that can be read again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import Row, Sheet
from hotline_batch.next_step import NextStep, Told, step

FirstRows: TypeAlias = Sequence[tuple[int, tuple[str, ...]]]
"""The first rows of a worksheet in which something stands: their numbers and their cells as text."""


class NoHeader(SheetError):
    """The row that would be the header is empty or missing."""


@dataclass(frozen=True, slots=True)
class OpenSheet(AbstractContextManager["OpenSheet"]):
    """One table, open for reading from a private copy of its file; use it in a ``with`` statement.

    ``rows`` gives the rows below the header in sheet order, from the first one with every call; those whose cells are
    all empty are left out. SheetError where the rest of the file cannot be read. ``close`` removes the private copy;
    nothing can be read any more.

    ``notices`` tell the person what detection decided. ``hidden_rows`` counts the rows below the header that the
    workbook hides or filters out, which carry the remark ``hidden_row``; None where the format has no such thing.
    ``other_worksheets`` gives the other visible worksheets in which something stands, with their first rows; what
    cannot be read is not told.
    """

    sheet: Sheet
    rows: Callable[[], Iterator[Row]]
    close: Callable[[], None]
    notices: tuple[Told, ...] = ()
    hidden_rows: int | None = None
    other_worksheets: Callable[[], Iterator[tuple[str, FirstRows]]] = lambda: iter(())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_blank(cells: Iterable[str]) -> bool:
    """Whether a person sees nothing in these cells: empty, or white space only."""
    return not "".join(cells).strip()


def find_header(rows: Iterable[tuple[int, Sequence[str]]], asked: int | None, where: str) -> tuple[int, Sequence[str]]:
    """The header's row number and cells among numbered rows: the row asked for, else the first that is not empty.

    Where 0 is asked for there is no header: the number is 0, the cells are those of the first row that is not empty.
    ``where`` names the table for the person. NoHeader where that row is empty or missing.
    """
    if asked is not None and asked < 0:
        raise SheetError(
            words("Row {asked} cannot be the header: rows count from 1.", asked=asked), step(NextStep.NAME_HEADER_ROW)
        )
    if asked == 0:
        first = next((cells for _, cells in rows if not is_blank(cells)), None)
        if first is None:
            raise NoHeader(words("{where} is empty. Fill in at least one row.", where=where))
        return 0, first
    for number, cells in rows:
        if asked is None:
            if not is_blank(cells):
                return number, cells
        elif number == asked:
            if is_blank(cells):
                raise NoHeader(
                    words("{where}: row {asked} is empty, so it cannot be the header.", where=where, asked=asked),
                    step(NextStep.NAME_HEADER_ROW),
                )
            return number, cells
        elif number > asked:
            break
    if asked is None:
        raise NoHeader(words("{where} is empty. Fill in a header row and at least one row below it.", where=where))
    raise NoHeader(words("{where} has no row {asked}.", where=where, asked=asked), step(NextStep.NAME_HEADER_ROW))


def nameless(width: int) -> tuple[str, ...]:
    """The header of a sheet that has none: column_1, column_2, …"""
    return tuple(f"column_{number}" for number in range(1, width + 1))


def without_empty_end(cells: Sequence[str]) -> tuple[str, ...]:
    """The header without its trailing empty cells; every name stays as it was written."""
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return tuple(cells[:width])
