"""Merged cells and links that lie over cells -> what lies over one row, asked row by row from the top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hotline_batch.language.words import words
from hotline_batch.sheets.cells.cell import LAST_COLUMN, LAST_ROW, Area
from hotline_batch.sheets.refusals import suspicious

_MOST_COLUMNS = 60_000_000
"""Columns that are looked at for all rows together: merged cells do not overlap, so one look at each cell is enough."""
# $A$1:$B$2, D:D, 4:4, B2; LibreOffice writes whole columns and rows so.
_REFERENCE = re.compile(r"\$?([A-Za-z]{0,3})\$?([0-9]{0,7})(?::\$?([A-Za-z]{0,3})\$?([0-9]{0,7}))?")


class AreasOverRows:
    """The areas of one worksheet, clipped to its first ``width`` columns. ``file`` is named where they overlap.

    ``spare_corners``: the first cell of merged ones has its own value, so nothing is told of it.
    """

    def __init__(self, areas: Iterable[Area], width: int, file: str, *, spare_corners: bool = False) -> None:
        self._coming = sorted((area for area in areas if area.first_column < width), reverse=True)
        self._width = width
        self._file = file
        self._spare_corners = spare_corners
        self._over: list[Area] = []
        self._details: Mapping[int, str] = {}
        self._valid_before = 0
        self._looked_at = 0

    def at(self, row: int) -> Mapping[int, str]:
        """The detail by column of what lies over a row; rows are asked for in ascending order."""
        if row >= self._valid_before:
            self._move_to(row)
        return self._details

    def _move_to(self, row: int) -> None:
        coming = self._coming
        while coming and coming[-1].first_row <= row:
            self._over.append(coming.pop())
        self._over = [area for area in self._over if area.last_row >= row]
        details: dict[int, str] = {}
        changes = [coming[-1].first_row] if coming else [LAST_ROW + 1]
        for area in self._over:
            last = min(area.last_column, self._width - 1)
            self._looked_at += last - area.first_column + 1
            is_first = self._spare_corners and area.first_row == row
            details.update(dict.fromkeys(range(area.first_column + is_first, last + 1), area.detail))
            changes.append(row + 1 if is_first else area.last_row + 1)
        if self._looked_at > _MOST_COLUMNS:
            raise suspicious(self._file, words("its merged cells or links overlap"))
        self._details, self._valid_before = details, min(changes)


def area_of(reference: str) -> Area | None:
    """The area that a reference names, in any form: ``B2:C9``, ``$B$2``, ``D:D``, ``4:4``. None for what is none.

    >>> area_of("D:D"), area_of("$B$2:$A$1")
    (Area(first_row=1, first_column=3, last_row=1048576, last_column=3, detail='D:D'), \
Area(first_row=1, first_column=0, last_row=2, last_column=1, detail='$B$2:$A$1'))
    """
    cells = reference.strip().rpartition("!")[2]
    found = _REFERENCE.fullmatch(cells)
    if found is None or not cells:
        return None
    left, top, right, bottom = found.groups()
    if right is None and bottom is None:
        right, bottom = left, top
    try:
        columns = sorted((column_index(left) if left else 0, column_index(right) if right else LAST_COLUMN - 1))
    except ValueError:
        return None
    rows = sorted((int(top) if top else 1, int(bottom) if bottom else LAST_ROW))
    if rows[0] < 1:
        return None
    return Area(rows[0], columns[0], min(rows[1], LAST_ROW), columns[1], cells)


def column_index(letters: str) -> int:
    """``A`` -> 0, ``XFD`` -> 16383; ValueError for what is no column."""
    index = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(letters)
        index = index * 26 + ord(letter) - ord("A") + 1
    if not 0 < index <= LAST_COLUMN:
        raise ValueError(letters)
    return index - 1
