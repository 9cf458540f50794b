"""Figures -> charts as SVG that stands inside a page: no script, nothing fetched, in the page's own colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import TypeAlias

from markupsafe import Markup

from hotline_batch.language.formats import number, short_decimal
from hotline_batch.language.words import words

Series: TypeAlias = Sequence[tuple[str, Sequence[float | None], str]]
"""Each with a word, its values over time (None: a gap) and a colour."""

_WIDTH, _HEIGHT = 420, 230  # small, so that letters stay large enough on a telephone
_LONGEST_LABEL = 28
_LETTER, _AROUND_LABELS = 8.7, 12  # a letter of the wide fonts, in the size that small screens get
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 18, 12, 28
_GUIDES = 4


def stacked_bars(name: str, moments: Sequence[str], series: Series) -> Markup:
    """Upright bars over time, the parts of each on top of one another."""
    totals = [sum(value or 0 for value in values) for values in zip(*(values for _, values, _ in series), strict=True)]
    y_of, parts = _axes(moments, max([_GUIDES, *totals]), _counted)
    width = _plot_width() / max(1, len(moments))
    for at, moment in enumerate(moments):
        below = 0.0
        for word, values, colour in series:
            value = values[at] or 0
            top, bottom = y_of(below + value), y_of(below)
            if value:
                said = f"{moment}: {_counted(value)} {word}"
                left = _LEFT + at * width + width * 0.1
                parts.append(_rectangle(left, top, width * 0.8, bottom - top, colour, said))
            below += value
    return _svg(name, parts) + _legend(series)


def lines(name: str, moments: Sequence[str], series: Series, *, are_seconds: bool = False) -> Markup:
    """Lines over time, with gaps where there is no value."""
    most = max((value for _, values, _ in series for value in values if value is not None), default=0.0)
    if not are_seconds:
        most = max(_GUIDES, most)  # guides of counts stand at whole numbers
    y_of, parts = _axes(moments, most, _seconds_in(most) if are_seconds else _counted)
    width = _plot_width() / max(1, len(moments))
    for _, values, colour in series:
        points = [
            None if value is None else (_LEFT + (at + 0.5) * width, y_of(value)) for at, value in enumerate(values)
        ]
        for is_gap, stretch in groupby(points, key=lambda point: point is None):
            drawn = [] if is_gap else [point for point in stretch if point]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
            if len(drawn) > 1:
                parts.append(_element('<polyline points="{}" stroke="{}"/>', path, colour))
            parts += [_element('<circle cx="{:.1f}" cy="{:.1f}" r="2.5" fill="{}"/>', *p, colour) for p in drawn]
    return _svg(name, parts) + _legend(series)


def _axes(
    moments: Sequence[str], most: float, told: Callable[[float], str]
) -> tuple[Callable[[float], float], list[Markup]]:
    """Where a value stands, and guides with their values and the labels of some moments."""
    bottom, height = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    top_value = _round_above(most)

    def y_of(value: float) -> float:
        return bottom - height * value / top_value

    parts = []
    for value in (top_value * step / _GUIDES for step in range(_GUIDES + 1)):
        y = y_of(value)
        parts.append(_element('<line x1="{}" y1="{y:.1f}" x2="{}" y2="{y:.1f}"/>', _LEFT, _WIDTH - _RIGHT, y=y))
        parts.append(_text(_LEFT - 6, y + 4, told(value), "end"))
    labels = [_shortened(word) for word in moments]
    widest = max(map(len, labels), default=0) * _LETTER + _AROUND_LABELS
    width = _plot_width() / max(1, len(labels))
    step = max(1, ceil(widest / width))
    for at in range(0, len(labels), step):
        middle = _LEFT + (at + 0.5) * width
        parts.append(_text(min(middle, _WIDTH - (widest - _AROUND_LABELS) / 2), _HEIGHT - 8, labels[at], "middle"))
    return y_of, parts


def _round_above(value: float) -> float:
    """The next of 4, 8, 12, 20, 40, ... times a power of ten, which four guides divide evenly."""
    unit = 1.0
    while unit * _GUIDES < value:
        unit *= 10
    while value and unit * _GUIDES / 10 >= value:
        unit /= 10
    return next((unit * part for part in (0.4, 0.8, 1.2, 2, 4) if unit * part >= value), unit * _GUIDES)


def _seconds_in(most: float) -> Callable[[float], str]:
    if most < 1:
        return lambda value: words("{milliseconds} ms", milliseconds=_counted(value * 1000))
    return lambda value: words("{seconds} s", seconds=short_decimal(value))


def _counted(value: float) -> str:
    return number(round(value))


def _plot_width() -> int:
    return _WIDTH - _LEFT - _RIGHT


def _shortened(word: str) -> str:
    return word if len(word) <= _LONGEST_LABEL else f"{word[: _LONGEST_LABEL - 1]}…"


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return _element('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>', x, y, anchor, text)


def _rectangle(x: float, y: float, width: float, height: float, colour: str, said: str) -> Markup:
    """A bar that says its figure under the mouse."""
    form = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"><title>{}</title></rect>'
    return _element(form, x, y, width, height, colour, said)


def _svg(name: str, parts: Iterable[Markup]) -> Markup:
    head = '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    return _element(head, _WIDTH, _HEIGHT, name, Markup("").join(parts))


def _legend(series: Series) -> Markup:
    """The names of the colours as a list below the chart."""
    square = (
        '<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">'
        '<rect width="10" height="10" rx="2.5" fill="{}"/></svg>'
    )
    items: Iterator[Markup] = (_element(f"<li>{square}{{}}</li>", colour, word) for word, _, colour in series)
    return _element('<ul class="legend">{}</ul>', Markup("").join(items))


def _element(form: str, *values: object, **named: object) -> Markup:
    """Markup in which every text of a stranger is escaped."""
    return Markup(form).format(*values, **named)  # noqa: S704 - the form is ours
