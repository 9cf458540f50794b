"""Figures -> charts as SVG that stands inside a page: no script, nothing fetched, in the page's own colours."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import pygal
from markupsafe import Markup
from pygal.etree import etree
from pygal.style import Style

# pygal leaves a finder for its plug-ins behind, of a kind that Python warns about at every later import; we use none.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

# Where lxml happens to be installed, pygal would make trees that the standard library cannot write.
etree.to_etree()

_WIDTH = 480
_BAR_HEIGHT, _FRAME_HEIGHT = 30, 56
_COMMENT: Any = ET.Comment
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--ink)",
    foreground_strong="var(--ink)",
    foreground_subtle="var(--soft)",
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    guide_stroke_dasharray="2,4",
    major_guide_stroke_dasharray="2,4",
    opacity="1",
    opacity_hover="1",
    transition="0s",
    font_family="inherit",
    label_font_size=13,
    major_label_font_size=13,
    value_font_size=13,
    no_data_font_size=15,
    value_colors=("var(--ink)",) * 8,
)


def bars(name: str, lines: Sequence[tuple[str, int, str]]) -> Markup:
    """A horizontal bar for each (word, count, colour), the first on top; ``name`` is read to those who do not see."""
    chart = pygal.HorizontalBar(
        **_settings(_FRAME_HEIGHT + _BAR_HEIGHT * max(1, len(lines))),
        show_legend=False,
        print_values=True,
        print_values_position="top",
        show_x_labels=False,
        show_y_guides=False,
        show_x_guides=False,
        range=(0, max([1, *(value for _, value, _ in lines)]) * 1.15),
        value_formatter=_whole,
        truncate_label=32,
    )
    from_below = list(reversed(lines))
    chart.x_labels = [word for word, _, _ in from_below]
    chart.add(name, [{"value": value, "color": colour} for _, value, colour in from_below])
    return _inline(chart, name)


def stacked_bars(
    name: str, moments: Sequence[str], series: Sequence[tuple[str, Sequence[float], str]], *, most_labels: int = 6
) -> Markup:
    """Upright bars over time, the parts of each on top of one another; ``series`` are (word, values, colour)."""
    chart = pygal.StackedBar(**_over_time(moments, series, most_labels), value_formatter=_whole)
    for word, values, _ in series:
        chart.add(word, list(values))
    return _inline(chart, name) + _legend(series)


def lines(
    name: str,
    moments: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None], str]],
    *,
    are_seconds: bool = False,
    most_labels: int = 6,
) -> Markup:
    """Lines over time; gaps where there is no value."""
    unit, factor = "", 1.0
    if are_seconds:
        largest = max((value for _, values, _ in series for value in values if value is not None), default=0.0)
        unit, factor = (" ms", 1000.0) if largest < 1 else (" s", 1.0)
    chart = pygal.Line(
        **_over_time(moments, series, most_labels),
        value_formatter=lambda value: f"{value:,.0f}{unit}" if value == int(value) else f"{value:,.2g}{unit}",
        allow_interruptions=True,
        dots_size=2.5 if len(moments) > 1 else 4,
        stroke_style={"width": 2.5},
        min_scale=3,
        include_x_axis=True,
    )
    for word, values, _ in series:
        chart.add(word, [None if value is None else value * factor for value in values])
    return _inline(chart, name) + _legend(series)


def _legend(series: Sequence[tuple[str, Any, str]]) -> Markup:
    """The names of the colours as a list below the chart: pygal's own legend drops what does not fit."""
    items = (
        Markup('<li><span class="swatch" style="background:{}"></span>{}</li>').format(colour, word)
        for word, _, colour in series
    )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))


def _settings(height: int) -> dict[str, Any]:
    # js: pygal's tooltips would be fetched from a network.
    return {"js": [], "width": _WIDTH, "height": height, "style": _STYLE, "margin": 8, "spacing": 8}


def _over_time(moments: Sequence[str], series: Sequence[tuple[str, Any, str]], most_labels: int) -> dict[str, Any]:
    step = -(-len(moments) // most_labels)
    settings = _settings(250) | {
        "margin_right": 44,  # for the last label, which is centred under the last value
        "show_legend": False,
        "x_labels": list(moments),
        "x_labels_major": list(moments)[:: max(1, step)],
        "show_minor_x_labels": False,
        "show_x_guides": False,
        "truncate_label": 24,
    }
    colours = tuple(colour for _, _, colour in series)
    return settings | {"style": _with_colours(colours)}


def _with_colours(colours: tuple[str, ...]) -> Style:
    style = Style(**{name: getattr(_STYLE, name) for name in _STYLE_NAMES})
    style.colors = colours
    style.value_colors = ("var(--ink)",) * len(colours)
    return style


_STYLE_NAMES = [name for name in vars(_STYLE) if name not in {"colors", "value_colors"} and not name.startswith("_")]
_numbers = count(1)


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _inline(chart: Any, name: str) -> Markup:
    chart.uuid = f"plot-{next(_numbers)}"
    root: ET.Element = chart.render_tree()
    root.attrib.pop("xmlns", None)
    root.set("role", "img")
    root.set("aria-label", name)
    _drop(root, lambda node: node.tag is _COMMENT or node.tag in {"script", "desc", "title"})
    # The element tree escapes every text of a stranger.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - see above


def _drop(node: ET.Element, unwanted: Any) -> None:
    for child in list(node):
        if unwanted(child):
            node.remove(child)
        else:
            _drop(child, unwanted)
