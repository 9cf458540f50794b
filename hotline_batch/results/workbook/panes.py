"""What stays on the screen while a person scrolls through a worksheet of results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from hotline_batch.results.workbook.xlsx import Worksheet

_MOST_FROZEN_ROWS: Final = 12
# A small laptop's screen shows about 180 characters side by side; what is frozen leaves room for what scrolls.
_MOST_SHOWN_CHARACTERS: Final = 180
_MOST_FROZEN_CHARACTERS: Final = 130


def keep_in_view(sheet: Worksheet, rows: int, widths: Sequence[int | float], columns: int) -> None:
    """Freeze so many rows, those down to the header, and so many columns.

    Frozen columns that fill the screen would let nothing scroll. Where there are so many, none is frozen, and the
    worksheet opens where the last of them is in sight. ``widths`` are in characters, 0 for hidden columns.
    """
    frozen_rows = rows if rows <= _MOST_FROZEN_ROWS else 0
    characters = sum(widths[:columns])
    frozen_columns = columns if characters <= _MOST_FROZEN_CHARACTERS else 0
    first = 0
    if characters > _MOST_SHOWN_CHARACTERS:
        backwards = accumulate(reversed(widths[:columns]))
        first = columns - max(sum(1 for so_far in backwards if so_far <= _MOST_SHOWN_CHARACTERS), 1)
        sheet.set_top_left_cell(0, first)
    if frozen_rows or frozen_columns:
        sheet.freeze_panes(frozen_rows, frozen_columns, frozen_rows, max(first, frozen_columns))
