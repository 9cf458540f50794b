"""The summary of a run -> the worksheet Summary, for people: the counts first, what only support asks for last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from math import ceil
from typing import Any, TypeAlias

from hotline_batch.issues.words import advice_for, meaning_of
from hotline_batch.language.languages import SOURCE, language_of_reader
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.results.formatting import (
    PRACTICE_COLOUR,
    STATUS_COLOURS,
    duration_text,
    told_moment,
    topic_status_colours,
    utc_text,
    zone_of_run,
)
from hotline_batch.results.summary import PRACTICE_WORDS, outcome_words
from hotline_batch.results.verdict import next_steps, stop_words
from hotline_batch.results.workbook.settings_used import settings_used
from hotline_batch.results.workbook.xlsx import HEADER_LOOK, LINE_POINTS, STATUS_FILLS, Style, Workbook, Worksheet

Look: TypeAlias = Mapping[str, object]

_TITLE: Look = {"bold": True, "font_size": 16}
_PRACTICE: Look = {**_TITLE, "bg_color": f"#{PRACTICE_COLOUR}"}
_BOLD: Look = {"bold": True}
_QUIET: Look = {"font_color": "#808080"}
_WIDTHS = (26, 26, 40, 48, 62)
_WIDTHS_OF_TEXTS = (26, 40, 48, 62)
_LINE_PIXELS = 20

_WIDTH_PIXELS = 548
_BAR_PIXELS, _FRAME_PIXELS = 21, 57
_TITLE_POINTS = 11

Bar: TypeAlias = tuple[str, int, str]
"""Word, count, colour as six hex digits."""


def write_summary(run: Run, summary: RunSummary, book: Workbook, sheet: Worksheet) -> None:
    """Fill the worksheet Summary: the counts with their total, what to do, the reasons, the rest.

    Times are in the zone that the run was told to show them in, else in UTC.
    """
    page = _Page(book, sheet)
    page.line(words("Messages sent") if run.kind is Kind.SEND else words("Topics looked up"), look=_TITLE)
    if summary.is_practice:
        page.line(words(PRACTICE_WORDS[run.kind]), look=_PRACTICE)
    page.gap()
    _write_outcome(page, run, summary)
    page.gap()
    _write_counts(page, summary)
    steps = [str(each) for each in next_steps(summary)] if run.notes.pruned_at is None else []
    if steps:
        page.line(words("What to do next"), look=_BOLD)
        for each in steps:
            page.paragraph(each)
        page.gap()
    if summary.codes:
        page.line(
            words("Code"),
            words("Rows"),
            words("First row numbers"),
            words("Meaning"),
            words("What to do"),
            look=HEADER_LOOK,
        )
        for code, count in summary.codes.items():
            numbers = ", ".join(map(str, summary.row_numbers.get(code, ())))
            page.line(code, count, numbers, meaning_of(code), advice_for(code), wrapped=True)
        page.gap()
    page.line(words("Settings"), look=HEADER_LOOK)
    for name, value in settings_used(run):
        page.fact(name, value)
    page.gap()
    page.line(words("Details"), look=HEADER_LOOK)
    page.fact(words("Run"), run.id)
    if run.notes.corrects:
        page.fact(words("Correction of run"), run.notes.corrects)
    if run.notes.corrected_by:
        page.fact(words("Corrected by run"), ", ".join(run.notes.corrected_by))
    page.fact(words("Started by"), run.owner)
    page.fact(words("Fingerprint (SHA-256)"), run.fingerprint)
    page.fact(words("Service"), run.endpoint)


def _in_utc(moment: float | None) -> str:
    return utc_text(moment) if language_of_reader() == SOURCE else told_moment(moment, UTC, names_zone=False)


def _write_outcome(page: _Page, run: Run, summary: RunSummary) -> None:
    page.fact(words("Sheet"), words("standard input") if run.sheet_path == "-" else run.sheet_path)
    if run.worksheet:
        page.fact(words("Worksheet"), run.worksheet)
    zone = zone_of_run(run)
    for name, moment in ((words("Started"), run.started_at), (words("Finished"), run.finished_at)):
        page.fact(name if zone else f"{name} (UTC)", told_moment(moment, zone) if zone else _in_utc(moment))
    if run.notes.pruned_at is not None:
        page.fact(
            words("Pruned"),
            words("Cells, messages and replies of this run were forgotten; what became of its rows is kept."),
        )
    if summary.state is not RunState.RUNNING:  # a session counts once it is over
        page.fact(words("Time spent"), duration_text(summary.seconds))
    page.fact(words("Rate"), summary.rate)
    page.fact(words("State"), summary.state.value)
    page.fact(words("Outcome"), outcome_words(summary))
    if summary.stop_code:
        page.fact(
            words("Stopped because"), f"{summary.stop_code}: {stop_words(summary.stop_code, summary.stop_reason)}"
        )
    if run.kind is Kind.ENRICH and run.notes.pruned_at is None:
        page.fact(words("Changed rows"), summary.changed)
    if summary.left_out:
        page.fact(
            words("Left out of Results"),
            words(
                "{count:row without a change|rows without a change}, since only changed rows were asked for",
                count=summary.left_out,
            ),
        )


def _write_counts(page: _Page, summary: RunSummary) -> None:
    page.chart(
        words("Rows by status"),
        [(status.value, count, STATUS_COLOURS[status.value]) for status, count in summary.counts.items()],
    )
    page.line(words("Status"), words("Rows"), look=HEADER_LOOK)
    for status, count in summary.counts.items():
        page.line(status.value, count, look={"bg_color": STATUS_FILLS[status]} if count else _QUIET)
    page.line(words("total"), summary.rows, look=_BOLD)
    page.go_below_the_chart()
    if set(summary.topic_statuses) - {""}:
        colours = topic_status_colours(summary.topic_statuses)
        found = [(word or words("(none)"), count, colours[word]) for word, count in summary.topic_statuses.items()]
        page.chart(words("Dialogs by status"), found)
        page.line(words("Status of the dialog"), words("Rows"), look=HEADER_LOOK)
        for word, count, _ in found:
            page.line(word, count)
        page.line(words("total"), sum(count for _, count, _ in found), look=_BOLD)
        page.go_below_the_chart()


class _Page:
    """A worksheet filled from top to bottom; text stays text, counts are numbers."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self._book, self._sheet = book, sheet
        self._row = 0
        self._chart_ends = 0
        sheet.print_on_wide_pages()
        for column, width in enumerate(_WIDTHS):
            sheet.set_width(column, width)

    def fact(self, name: str, value: str | int) -> None:
        """A bold name and its value, which takes as many lines as it needs."""
        self._write(0, name, _BOLD)
        if isinstance(value, str):
            self._spread(1, value)
        else:
            self._write(1, value)
        self._row += 1

    def paragraph(self, text: str) -> None:
        """A text over the whole width, in as many lines as it needs."""
        self._spread(0, text)
        self._row += 1

    def line(self, *values: str | int, look: Look | None = None, wrapped: bool = False) -> None:
        """One line of cells in the same style; ``wrapped`` texts take as many lines as they need."""
        for column, value in enumerate(values):
            is_wrapped = wrapped and isinstance(value, str)
            self._write(column, value, {**(look or {}), **({"text_wrap": True} if is_wrapped else {})})
        if wrapped:
            texts = (value for value in values if isinstance(value, str))
            self._make_room(max(ceil(len(text) / width) for text, width in zip(texts, _WIDTHS_OF_TEXTS, strict=False)))
        elif look is not None and look.get("font_size"):
            self._make_room(2)
        self._row += 1

    def gap(self) -> None:
        """An empty line."""
        self._row += 1

    def chart(self, title: str, bars: Sequence[Bar]) -> None:
        """A bar chart beside the table of these counts, whose header comes next."""
        chart = bar_chart(self._book, self._sheet.get_name(), title, self._row + 1, bars)
        self._sheet.insert_chart(self._row, 2, chart)
        self._chart_ends = self._row + 1 + ceil(height_pixels(len(bars)) / _LINE_PIXELS)

    def go_below_the_chart(self) -> None:
        """At least one empty line, and as many as keep a text from running under the chart."""
        self._row = max(self._row + 1, self._chart_ends)

    def _spread(self, column: int, text: str) -> None:
        """Write a text that goes on below itself where it is longer than the page is wide."""
        lines = ceil(len(text) / sum(_WIDTHS[column:]))
        if lines > 1:
            # Merging writes the first cell, but knows no texts that are left as they are.
            wrapped = {"text_wrap": True}
            self._sheet.merge_range(self._row, column, self._row, len(_WIDTHS) - 1, "", self._style(wrapped))
            self._write(column, text, wrapped)
            self._make_room(lines)
        else:
            self._write(column, text)

    def _make_room(self, lines: int) -> None:
        if lines > 1:
            self._sheet.make_row_high(self._row, LINE_POINTS * lines)

    def _write(self, column: int, value: str | int, look: Look | None = None) -> None:
        if isinstance(value, str):
            self._sheet.write_text(self._row, column, value, self._style(look or {}))
        else:
            style = self._book.style(num_format="0", align="left", valign="top", **(look or {}))
            self._sheet.write_number(self._row, column, value, style)

    def _style(self, look: Look) -> Style:
        return self._book.text_style(**look)


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
