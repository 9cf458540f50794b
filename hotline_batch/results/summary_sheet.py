"""The summary of a run -> the worksheet Summary, for people."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from hotline_batch.catalogue import CATALOGUE, advice_for
from hotline_batch.model import Kind, Run, RunSummary
from hotline_batch.results.cell_safety import workbook_text
from hotline_batch.results.charts import bar_chart
from hotline_batch.results.next_steps import next_steps
from hotline_batch.results.palette import OTHER_COLOUR, STATUS_COLOURS, TOPIC_STATUS_COLOURS
from hotline_batch.results.summary import EXIT_MEANINGS
from hotline_batch.results.text_sheet import COLOURS, HEADER_FILL, HEADER_FONT, TEXT_FORMAT, print_on_wide_pages
from hotline_batch.results.texts import duration_text, utc_text

_TITLE_FONT = Font(name="Calibri", size=14, bold=True)
_WIDTHS = {"A": 26, "B": 26, "C": 40, "D": 48, "E": 62}
_WIDTHS_OF_TEXTS = [_WIDTHS[letter] for letter in "ACDE"]
_LINE_POINTS = 15
_LEFT = Alignment(horizontal="left", vertical="top")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_summary_sheet(run: Run, summary: RunSummary, workbook: Workbook) -> None:
    """Add the worksheet Summary behind the first one: the run, the counts with their total, the reasons, what to do."""
    page = _Page(workbook)
    page.line("Messages sent" if run.kind is Kind.SEND else "Topics looked up", font=_TITLE_FONT)
    page.gap()
    page.fact("Run", run.id)
    page.fact("Sheet", "standard input" if run.sheet_path == "-" else run.sheet_path)
    if run.worksheet:
        page.fact("Worksheet", run.worksheet)
    page.fact("Fingerprint (SHA-256)", run.fingerprint)
    page.fact("Service", run.endpoint)
    page.fact("Started by", run.owner)
    page.fact("Started (UTC)", utc_text(run.started_at))
    page.fact("Finished (UTC)", utc_text(run.finished_at))
    page.fact("Time spent", duration_text(summary.seconds))
    page.fact("Rate", summary.rate)
    page.fact("State", summary.state.value)
    page.fact("Exit code", f"{summary.exit_code} - {EXIT_MEANINGS.get(summary.exit_code, '')}")
    if summary.stop_code:
        page.fact("Stopped because", f"{summary.stop_code}: {summary.stop_reason}")
    if summary.left_out:
        page.fact("Left out of Results", f"{summary.left_out} rows without a change (--only changed)")
    page.gap()
    page.line("Status", "Rows", font=HEADER_FONT, fill=HEADER_FILL)
    colours = [STATUS_COLOURS[status.value] for status in summary.counts]
    page.chart("Rows by status", colours, "D2")
    for status, count in summary.counts.items():
        page.line(status.value, count, fill=PatternFill("solid", fgColor=COLOURS[status]))
    page.line("total", summary.rows, font=HEADER_FONT)
    if set(summary.topic_statuses) - {""}:
        page.gap()
        page.line("Status of the dialog", "Rows", font=HEADER_FONT, fill=HEADER_FILL)
        page.chart(
            "Dialogs by status",
            [TOPIC_STATUS_COLOURS.get(status, OTHER_COLOUR) for status in summary.topic_statuses],
            "D17",
        )
        for topic_status, count in summary.topic_statuses.items():
            page.line(topic_status or "(none)", count)
        page.line("total", sum(summary.topic_statuses.values()), font=HEADER_FONT)
    if summary.codes:
        page.gap()
        page.line("Code", "Rows", "First row numbers", "Meaning", "What to do", font=HEADER_FONT, fill=HEADER_FILL)
        for code, count in summary.codes.items():
            entry = CATALOGUE.get(code)
            numbers = ", ".join(map(str, summary.row_numbers.get(code, ())))
            page.line(code, count, numbers, entry.meaning if entry else "", advice_for(code), wrapped=True)
    steps = next_steps(summary)
    if steps:
        page.gap()
        page.line("What to do next", font=HEADER_FONT)
        for step in steps:
            page.line(step)


class _Page:
    """A worksheet filled from top to bottom; text stays text, counts are numbers."""

    def __init__(self, workbook: Workbook) -> None:
        self._sheet = workbook.create_sheet("Summary", 1)
        self._lines = 0
        print_on_wide_pages(self._sheet)
        for letter, width in _WIDTHS.items():
            self._sheet.column_dimensions[letter].width = width

    def fact(self, name: str, value: str) -> None:
        """A bold name and its value."""
        self._append([self._cell(name, font=HEADER_FONT), self._cell(value)])

    def line(
        self, *values: str | int, font: Font | None = None, fill: PatternFill | None = None, wrapped: bool = False
    ) -> None:
        """One line of cells in the same style; ``wrapped`` texts take as many lines as they need."""
        cells = [self._cell(value, font=font, fill=fill) for value in values]
        if wrapped:
            texts = [(cell, value) for cell, value in zip(cells, values, strict=True) if isinstance(value, str)]
            for cell, _ in texts:
                cell.alignment = _WRAPPED
            # LibreOffice does not find the height of such a line by itself.
            most = max(ceil(len(text) / width) for (_, text), width in zip(texts, _WIDTHS_OF_TEXTS, strict=False))
            sheet: Any = self._sheet
            sheet.row_dimensions[self._lines + 1].height = _LINE_POINTS * max(1, most)
        self._append(cells)

    def gap(self) -> None:
        """An empty line."""
        self._append([])

    def chart(self, title: str, colours: Sequence[str], anchor: str) -> None:
        """A bar chart of the lines that follow, one for each colour, put at a cell."""
        sheet: Any = self._sheet  # the stubs know little of a streaming worksheet
        sheet.add_chart(bar_chart(sheet, title, self._lines + 1, colours), anchor)

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
