"""A table of words and counts on a worksheet -> a native bar chart beside it, which follows the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from hotline_batch.results.workbook.xlsx import Workbook

_WIDTH_PIXELS = 548
_BAR_PIXELS, _FRAME_PIXELS = 21, 57
_TITLE_POINTS = 11

Bar: TypeAlias = tuple[str, int, str]
"""Word, count, colour as six hex digits."""


def height_pixels(bars: int) -> int:
    """How high a chart of so many bars is."""
    return _FRAME_PIXELS + _BAR_PIXELS * bars


def bar_chart(book: Workbook, sheet_name: str, title: str, first_row: int, bars: Sequence[Bar]) -> Any:
    """A horizontal bar for each line of the table in the columns A (word) and B (count), the first on top.

    ``first_row`` is that of the table's first line, counted from 0.
    """
    last_row = first_row + len(bars) - 1
    chart = book.bar_chart()
    chart.add_series(
        {
            "categories": [sheet_name, first_row, 0, last_row, 0],
            "values": [sheet_name, first_row, 1, last_row, 1],
            # What the cells hold, for programs that draw before they read.
            "categories_data": [word for word, _, _ in bars],
            "values_data": [count for _, count, _ in bars],
            "points": [{"fill": {"color": f"#{colour}"}} for _, _, colour in bars],
            "data_labels": {"value": True},
            "gap": 40,
        }
    )
    # Otherwise the chart's title is bigger than the worksheet's.
    chart.set_title({"name": title, "name_font": {"size": _TITLE_POINTS, "bold": True}})
    chart.set_legend({"none": True})
    chart.set_size({"width": _WIDTH_PIXELS, "height": height_pixels(len(bars))})
    # Of bars, the axis of words is called y: it stands upright.
    chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"visible": False, "min": 0, "major_gridlines": {"visible": False}})
    return chart
