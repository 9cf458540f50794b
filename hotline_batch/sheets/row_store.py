"""The rows of one worksheet, parsed once -> the same rows in the order of their numbers, as often as they are wanted.

They are kept as JSON in an unnamed temporary file, small worksheets in memory: what lies over the rows, and how many
are hidden, is known only at the worksheet's end. It is unpacked and parsed once, however often its rows are wanted.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator, Sequence

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import LAST_ROW, Cell, Content, SheetRow, cell_name
from hotline_batch.sheets.cells.cell_text import is_blank_row
from hotline_batch.sheets.refusals import damaged

MOST_CELLS = 60_000_000
"""Cells of all rows, each row counted up to its last cell: a stray cell far away costs its own row alone."""

_KEPT_IN_MEMORY_BYTES = 4 * 1024**2
_ROWS_READ_AT_ONCE = 200
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_KINDS = {kind.value: kind for kind in CellKind}


class KeptRows:
    """Takes rows in any order, leaves out those in which nothing stands, gives them back in order.

    ``width`` is the number of columns up to the last cell that is there; ``file`` and ``worksheet`` are for messages.
    """

    def __init__(self, file: str, worksheet: str) -> None:
        self.width = 0
        self._file = file
        self._worksheet = worksheet
        self._store = tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY_BYTES)  # noqa: SIM115 - see close
        self._ends = array("Q", [0])
        self._numbers = array("L")
        self._hidden = array("L")
        self._cells = 0
        self._order: Sequence[int] | None = None

    def add(self, row: SheetRow) -> None:
        """Keep the row. SheetError where its number is impossible, there are too many cells, or the disk is full."""
        number, contents, is_hidden = row
        if is_blank_row(contents):
            return
        if not 0 < number <= LAST_ROW:
            raise damaged(self._file, words("it has a row {number}", number=number))
        width = len(contents)
        while contents[width - 1] == "":
            width -= 1
        self.width = max(self.width, width)
        self._cells += width
        if self._cells > MOST_CELLS:
            raise SheetError(
                words(
                    "{file}: the used area of worksheet '{worksheet}' is too large to read: it reaches {cell_name}. "
                    "Delete stray cells far from the table, or save the sheet as CSV.",
                    file=self._file,
                    worksheet=self._worksheet,
                    cell_name=cell_name(number, width - 1),
                )
            )
        try:
            self._store.write(_encode((number, contents[:width], int(is_hidden))).encode() + b",")
        except OSError as error:
            raise SheetError(
                words(
                    "{file} cannot be read: there is no room for its rows among the temporary files ({error}). Make "
                    "room on that disk, or name a folder on another one in the environment variable TMPDIR.",
                    file=self._file,
                    error=error,
                )
            ) from error
        self._ends.append(self._store.tell())
        self._numbers.append(number)
        if is_hidden:
            self._hidden.append(number)

    def finish(self) -> None:
        """After the last row: bring them into order. SheetError where a row stands there twice."""
        numbers = self._numbers
        if all(numbers[place] < numbers[place + 1] for place in range(len(numbers) - 1)):
            return
        self._order = sorted(range(len(numbers)), key=numbers.__getitem__)
        for before, after in zip(self._order, self._order[1:], strict=False):
            if numbers[before] == numbers[after]:
                # Programs keep one of the two, and somebody's message would be lost without a word.
                raise damaged(self._file, words("row {number} stands in it twice", number=numbers[after]))

    def rows(self) -> Iterator[SheetRow]:
        """The rows in order; any number of readings may be going on at once, in one thread."""
        if self._order is None:
            for first in range(0, len(self._numbers), _ROWS_READ_AT_ONCE):
                yield from self._read(first, min(first + _ROWS_READ_AT_ONCE, len(self._numbers)))
        else:
            for place in self._order:
                yield from self._read(place, place + 1)

    def hidden_below(self, header_row: int) -> int:
        """How many of the rows below the header are hidden."""
        return sum(1 for number in self._hidden if number > header_row)

    def close(self) -> None:
        """Remove the file; ``rows`` cannot be called any more."""
        self._store.close()

    def _read(self, first: int, last: int) -> Iterator[SheetRow]:
        self._store.seek(self._ends[first])
        data = self._store.read(self._ends[last] - self._ends[first])
        for number, contents, is_hidden in json.loads(f"[{data[:-1].decode()}]"):
            yield SheetRow(number, [_content(kept) for kept in contents], bool(is_hidden))


def _content(kept: str | list[object]) -> Content:
    if isinstance(kept, str):
        return kept
    kind, *rest = kept
    return Cell(_KINDS[kind], *rest)  # type: ignore[index, arg-type]  # as it was written by ``add``
