"""The summary of a run -> the worksheet Summary, for people: the counts first, what only support asks for last."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.cell_range import CellRange

from hotline_batch.issues.codes import advice_for, meaning_of
from hotline_batch.model import Kind, Run, RunSummary
from hotline_batch.results.cell_safety import workbook_text
from hotline_batch.results.charts import bar_chart, height_cm
from hotline_batch.results.next_steps import next_steps
from hotline_batch.results.palette import PRACTICE_COLOUR, STATUS_COLOURS, topic_status_colours
from hotline_batch.results.settings_used import settings_used
from hotline_batch.results.summary import EXIT_MEANINGS, PRACTICE_WORDS
from hotline_batch.results.text_sheet import COLOURS, HEADER_FILL, HEADER_FONT, TEXT_FORMAT, print_on_wide_pages
from hotline_batch.results.texts import duration_text, moment_text, utc_text

_TITLE_FONT = Font(name="Calibri", size=16, bold=True)
_PRACTICE_FILL = PatternFill("solid", fgColor=PRACTICE_COLOUR)
_QUIET_FONT = Font(name="Calibri", size=11, color="808080")
_WIDTHS = {"A": 26, "B": 26, "C": 40, "D": 48, "E": 62}
_WIDTHS_OF_TEXTS = [_WIDTHS[letter] for letter in "ACDE"]
_WIDTH = sum(_WIDTHS.values())
_LINE_POINTS, _LINE_CM = 15, 0.53
_LEFT = Alignment(horizontal="left", vertical="top")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_summary_sheet(run: Run, summary: RunSummary, workbook: Workbook) -> None:
    """Add the worksheet Summary behind the first one: the counts with their total, what to do, the reasons, the rest.

    Times are in the zone that the run was told to show them in, else in UTC.
    """
    page = _Page(workbook)
    page.line("Messages sent" if run.kind is Kind.SEND else "Topics looked up", font=_TITLE_FONT)
    if summary.is_practice:
        page.line(PRACTICE_WORDS[run.kind], font=_TITLE_FONT, fill=_PRACTICE_FILL)
    page.gap()
    _write_outcome(page, run, summary)
    page.gap()
    _write_counts(page, summary)
    steps = next_steps(summary) if run.notes.pruned_at is None else ()
    if steps:
        page.line("What to do next", font=HEADER_FONT)
        for step in steps:
            page.paragraph(step)
        page.gap()
    if summary.codes:
        page.line("Code", "Rows", "First row numbers", "Meaning", "What to do", font=HEADER_FONT, fill=HEADER_FILL)
        for code, count in summary.codes.items():
            numbers = ", ".join(map(str, summary.row_numbers.get(code, ())))
            page.line(code, count, numbers, meaning_of(code), advice_for(code), wrapped=True)
        page.gap()
    page.line("Settings", font=HEADER_FONT, fill=HEADER_FILL)
    for name, value in settings_used(run):
        page.fact(name, value)
    page.gap()
    page.line("Details", font=HEADER_FONT, fill=HEADER_FILL)
    page.fact("Run", run.id)
    page.fact("Started by", run.owner)
    page.fact("Fingerprint (SHA-256)", run.fingerprint)
    page.fact("Service", run.endpoint)


def _write_outcome(page: _Page, run: Run, summary: RunSummary) -> None:
    page.fact("Sheet", "standard input" if run.sheet_path == "-" else run.sheet_path)
    if run.worksheet:
        page.fact("Worksheet", run.worksheet)
    zone = _zone_of(run)
    for name, moment in (("Started", run.started_at), ("Finished", run.finished_at)):
        page.fact(name if zone else f"{name} (UTC)", moment_text(moment, zone) if zone else utc_text(moment))
    if run.notes.pruned_at is not None:
        page.fact("Pruned", "Cells, messages and replies of this run were forgotten; what became of its rows is kept.")
    page.fact("Time spent", duration_text(summary.seconds))
    page.fact("Rate", summary.rate)
    page.fact("State", summary.state.value)
    page.fact("Exit code", f"{summary.exit_code} - {EXIT_MEANINGS.get(summary.exit_code, '')}")
    if summary.stop_code:
        page.fact("Stopped because", f"{summary.stop_code}: {summary.stop_reason}")
    if run.kind is Kind.ENRICH:
        page.fact("Changed rows", summary.changed)
    if summary.left_out:
        page.fact("Left out of Results", f"{summary.left_out} rows without a change (--only changed)")


def _write_counts(page: _Page, summary: RunSummary) -> None:
    page.chart("Rows by status", [STATUS_COLOURS[status.value] for status in summary.counts])
    page.line("Status", "Rows", font=HEADER_FONT, fill=HEADER_FILL)
    for status, count in summary.counts.items():
        if count:
            page.line(status.value, count, fill=PatternFill("solid", fgColor=COLOURS[status]))
        else:
            page.line(status.value, count, font=_QUIET_FONT)
    page.line("total", summary.rows, font=HEADER_FONT)
    page.go_below_the_chart()
    if set(summary.topic_statuses) - {""}:
        statuses = summary.topic_statuses
        colours = topic_status_colours(statuses)
        page.chart("Dialogs by status", [colours[status] for status in statuses])
        page.line("Status of the dialog", "Rows", font=HEADER_FONT, fill=HEADER_FILL)
        for topic_status, count in statuses.items():
            page.line(topic_status or "(none)", count)
        page.line("total", sum(statuses.values()), font=HEADER_FONT)
        page.go_below_the_chart()


def _zone_of(run: Run) -> ZoneInfo | None:
    """The zone in which the run's times are shown; None where none was set, or this machine does not know it."""
    name = run.notes.timezone
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


class _Page:
    """A worksheet filled from top to bottom; text stays text, counts are numbers."""

    def __init__(self, workbook: Workbook) -> None:
        self._sheet: Any = workbook.create_sheet("Summary", 1)  # the stubs know little of a streaming worksheet
        self._lines = 0
        self._chart_ends = 0
        print_on_wide_pages(self._sheet)
        for letter, width in _WIDTHS.items():
            self._sheet.column_dimensions[letter].width = width

    def fact(self, name: str, value: str | int) -> None:
        """A bold name and its value, which takes as many lines as it needs."""
        cells = [self._cell(name, font=HEADER_FONT), self._cell(value)]
        if isinstance(value, str):
            self._spread(cells[1], "B", value, _WIDTH - _WIDTHS["A"])
        self._append(cells)

    def paragraph(self, text: str) -> None:
        """A text over the whole width, in as many lines as it needs."""
        cell = self._cell(text)
        self._spread(cell, "A", text, _WIDTH)
        self._append([cell])

    def line(
        self, *values: str | int, font: Font | None = None, fill: PatternFill | None = None, wrapped: bool = False
    ) -> None:
        """One line of cells in the same style; ``wrapped`` texts take as many lines as they need."""
        cells = [self._cell(value, font=font, fill=fill) for value in values]
        if wrapped:
            texts = [(cell, value) for cell, value in zip(cells, values, strict=True) if isinstance(value, str)]
            for cell, _ in texts:
                cell.alignment = _WRAPPED
            self._make_room(
                max(ceil(len(text) / width) for (_, text), width in zip(texts, _WIDTHS_OF_TEXTS, strict=False))
            )
        self._append(cells)

    def gap(self) -> None:
        """An empty line."""
        self._append([])

    def chart(self, title: str, colours: Sequence[str]) -> None:
        """A bar chart beside the table whose header comes next, with a line for each colour."""
        chart = bar_chart(self._sheet, title, self._lines + 2, colours)
        self._sheet.add_chart(chart, f"C{self._lines + 1}")
        self._chart_ends = self._lines + 1 + ceil(height_cm(len(colours)) / _LINE_CM)

    def go_below_the_chart(self) -> None:
        """At least one empty line, and as many as keep a text from running under the chart."""
        self.gap()
        while self._lines < self._chart_ends:
            self.gap()

    def _spread(self, cell: Cell, letter: str, text: str, width: int) -> None:
        """Let a text that is longer than the page is wide go on below itself."""
        lines = ceil(len(text) / width)
        if lines > 1:
            cell.alignment = _WRAPPED
            self._sheet.merged_cells.add(CellRange(f"{letter}{self._lines + 1}:E{self._lines + 1}"))
            self._make_room(lines)

    def _make_room(self, lines: int) -> None:
        # LibreOffice does not find the height of such a line by itself.
        self._sheet.row_dimensions[self._lines + 1].height = _LINE_POINTS * max(1, lines)

    def _append(self, cells: list[Cell]) -> None:
        self._lines += 1
        self._sheet.append(cells)

    def _cell(self, value: str | int, *, font: Font | None = None, fill: PatternFill | None = None) -> Cell:
        cell = WriteOnlyCell(self._sheet)
        if isinstance(value, str):
            cell.value = workbook_text(value)
            cell.data_type = "s"
            cell.number_format = TEXT_FORMAT
        else:
            cell.value = value
            cell.number_format = "0"
            cell.alignment = _LEFT
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill
        return cell
