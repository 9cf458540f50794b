"""What stays on the screen while a person scrolls through a worksheet of results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from openpyxl.utils import get_column_letter

_MOST_FROZEN_ROWS: Final = 12
# A small laptop's screen shows about 180 characters side by side; what is frozen leaves room for what scrolls.
_MOST_SHOWN_CHARACTERS: Final = 180
_MOST_FROZEN_CHARACTERS: Final = 130


def keep_in_view(sheet: Any, header_row: int, widths: Sequence[int | float], last_column: int) -> None:
    """Freeze the rows down to the header, and the columns up to ``last_column``, an index; -1: no column.

    Frozen columns that fill the screen would let nothing scroll. Where there are so many, none is frozen, and the
    worksheet opens where the last of them is in sight. ``widths`` are in characters, 0 for hidden columns.
    """
    row = header_row + 1 if header_row <= _MOST_FROZEN_ROWS else 1
    if sum(widths[: last_column + 1]) <= _MOST_FROZEN_CHARACTERS:
        sheet.freeze_panes = f"{get_column_letter(last_column + 2)}{row}"
        return
    sheet.freeze_panes = f"A{row}"
    if sum(widths[: last_column + 1]) <= _MOST_SHOWN_CHARACTERS:
        return
    backwards = accumulate(reversed(widths[: last_column + 1]))
    shown = sum(1 for characters in backwards if characters <= _MOST_SHOWN_CHARACTERS)
    first = get_column_letter(last_column + 2 - max(shown, 1))
    sheet.sheet_view.topLeftCell = f"{first}1"
    if sheet.sheet_view.pane is not None:
        sheet.sheet_view.pane.topLeftCell = f"{first}{row}"
