"""What stays on the screen of a worksheet of results."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from hotline_batch.results.workbook.table import keep_in_view
from hotline_batch.results.workbook.xlsx import new_workbook


@pytest.mark.parametrize(
    ("header_row", "widths", "frozen", "opens_at"),
    [
        (1, [12, 30, 17, 39], "E2", None),  # all of it fits beside what scrolls
        (3, [12, 0, 30, 17, 39], "F4", None),  # hidden columns take no room, titles stay on top
        (40, [12, 17, 39], "D1", None),  # forty rows would fill the screen
        (1, [50, 50, 17, 39], "A2", None),  # all of it is seen as it opens
        (1, [50, 50, 50, 50, 17, 39], "A2", "C1"),  # the status would be beyond the edge
        (40, [50, 50, 50, 50, 17, 39], None, "C1"),
        (1, [50, 500], "A2", "B1"),
    ],
)
def test_status_and_link_are_seen_where_the_worksheet_opens(
    header_row: int, widths: list[int], frozen: str | None, opens_at: str | None
) -> None:
    """Never at the cost of a screen that is frozen as a whole, in which nothing scrolls."""
    file = BytesIO()
    with new_workbook(file) as book:
        keep_in_view(book.worksheet("Results"), header_row, widths, len(widths))

    sheet: Any = load_workbook(file).active
    pane = sheet.sheet_view.pane
    assert opens_at == sheet.sheet_view.topLeftCell
    if opens_at and pane is not None:
        assert f"{opens_at[0]}{header_row + 1}" == pane.topLeftCell
    else:
        assert frozen == (pane.topLeftCell if pane is not None else None)
