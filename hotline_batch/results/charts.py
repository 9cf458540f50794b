"""A table of words and counts on a worksheet -> a native bar chart beside it, which follows the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint
from openpyxl.drawing.text import CharacterProperties

_WIDTH_CM = 14.5
_BAR_CM, _FRAME_CM = 0.55, 1.5
_TITLE_HUNDREDTHS_OF_POINTS = 1_100


def height_cm(bars: int) -> float:
    """How high a chart of so many bars is."""
    return _FRAME_CM + _BAR_CM * bars


def bar_chart(sheet: Any, title: str, first_line: int, colours: Sequence[str]) -> BarChart:
    """A horizontal bar for each line of the table in the columns A (word) and B (count), the first on top.

    ``first_line`` is the row number of the table's first line, without its header; there is a line for each colour
    (six hex digits).
    """
    last_line = first_line + len(colours) - 1
    chart: Any = BarChart()
    chart.type = "bar"
    chart.style = 10
    chart.title = title
    for run in chart.title.tx.rich.p[0].r:
        # Otherwise the chart's title is bigger than the worksheet's.
        run.rPr = CharacterProperties(sz=_TITLE_HUNDREDTHS_OF_POINTS, b=True)
    chart.legend = None
    chart.gapWidth = 40
    chart.width, chart.height = _WIDTH_CM, height_cm(len(colours))
    chart.add_data(Reference(sheet, min_col=2, min_row=first_line, max_row=last_line))
    chart.set_categories(Reference(sheet, min_col=1, min_row=first_line, max_row=last_line))
    series = chart.series[0]
    series.dLbls = DataLabelList()
    series.dLbls.showVal = True
    for name in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(series.dLbls, name, False)
    for at, colour in enumerate(colours):
        point = DataPoint(idx=at)
        point.graphicalProperties.solidFill = colour
        series.dPt.append(point)
    # Without these, current versions of Excel hide both axes.
    chart.x_axis.delete = False
    chart.y_axis.delete = True
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.majorGridlines = None
    chart.y_axis.scaling.min = 0
    return chart  # type: ignore[no-any-return]  # the stubs know no properties of charts
