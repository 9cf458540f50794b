"""Lines of text -> a worksheet of text cells, coloured by status, with clickable topic links and no formula."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from math import ceil
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.properties import PageSetupProperties

from hotline_batch.model import Status
from hotline_batch.results.worksheet_part import Link, WorksheetPart, text_cell

MOST_HYPERLINKS = 65_530
"""Hyperlinks that Excel keeps on one worksheet; with more it wants to repair the file."""

MOST_LINES = 1_048_575
"""Lines of a worksheet below its header."""

COLOURS: Mapping[Status, str] = {
    Status.SENT: "C6EFCE",
    Status.ENRICHED: "C6EFCE",
    Status.FAILED: "FFC7CE",
    Status.UNKNOWN: "FFD966",
    Status.INVALID: "F8CBAD",
    Status.SKIPPED: "E7E6E6",
    Status.NOT_ATTEMPTED: "DDEBF7",
}

TEXT_FORMAT = "@"
# A font without a name becomes a serif one in some programs.
_FONT: Mapping[str, Any] = {"name": "Calibri", "size": 11}
HEADER_FONT = Font(**_FONT, bold=True)
HEADER_FILL = PatternFill("solid", fgColor="D9E1F2")

_LINK_FONT = Font(**_FONT, color="0563C1", underline="single")
_TOPIC_LINK = re.compile("https://t\\.me/c/[0-9]{1,20}/[0-9]{1,20}")
_SHOWS_AN_APOSTROPHE = frozenset("=+-@")
_NARROWEST, _WIDEST = 9, 50
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_LINE_POINTS, _HIGHEST_POINTS = 15, 180
# Characters side by side on a page before print becomes too small to read: about half size on A4 or Letter.
_PRINTED_SIDE_BY_SIDE = 300
_WIDTHS_OF_OURS: Mapping[str, int] = {
    "hotline_error_code": 28,
    "hotline_error": 50,
    "hotline_advice": 50,
    "hotline_topic_link": 36,
}


class _Column(NamedTuple):
    """Where a column stands, and the styles of its cells, of a text on one line or on several."""

    letter: str
    width: int
    is_wrapped: bool
    plain: int
    quoted: int
    plain_lines: int
    quoted_lines: int


class TextSheet(WriteOnlyWorksheet):
    """A streaming worksheet of text: bold frozen header, filter, text format in every cell.

    A column ``hotline_status`` is coloured; a column ``hotline_topic_link`` is clickable where it holds a topic's
    link. ``sample`` are some of its lines, to choose widths by; ``place`` counts worksheets from 0, the end if None.
    Texts of ``wrapped`` columns, and those with line breaks, take as many lines as they need.
    """

    _writer: WorksheetPart

    def __init__(
        self,
        workbook: Workbook,
        title: str,
        columns: Sequence[str],
        sample: Iterable[Sequence[str]] = (),
        *,
        place: int | None = None,
        wrapped: Collection[str] = (),
    ) -> None:
        super().__init__(workbook, title)
        book: Any = workbook
        book._add_sheet(self, place)  # noqa: SLF001 - the only way to bring a worksheet of one's own class
        widths = _widths(columns, sample)
        self._columns = [
            self._column(at, width, is_wrapped=name in wrapped)
            for at, (name, width) in enumerate(zip(columns, widths, strict=True), 1)
        ]
        self._status_at = columns.index("hotline_status") if "hotline_status" in columns else -1
        self._link_at = columns.index("hotline_topic_link") if "hotline_topic_link" in columns else -1
        self._links: list[Link] = []
        self._link = self._style(font=_LINK_FONT, alignment=_TOP)
        self._coloured = {
            status.value: self._style(fill=PatternFill("solid", fgColor=colour), alignment=_TOP)
            for status, colour in COLOURS.items()
        }
        sheet: Any = self  # the stubs know little of a streaming worksheet
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        print_on_wide_pages(sheet, ceil(sum(widths) / _PRINTED_SIDE_BY_SIDE))
        for column in self._columns:
            dimension = sheet.column_dimensions[column.letter]
            dimension.width = column.width
            dimension.number_format = TEXT_FORMAT
        self._writer = WorksheetPart(self, self._links)
        header = self._style(font=HEADER_FONT, fill=HEADER_FILL)
        names = zip(self._columns, columns, strict=True)
        self._writer.append_row(1, (text_cell(column.letter, 1, header, name) for column, name in names if name))
        self._lines = 1

    def append(self, line: Sequence[str]) -> None:
        """Write one line, a text for each column; an empty one is no cell."""
        self._lines = row = self._lines + 1
        cells, lines = [], 0
        for at, (text, column) in enumerate(zip(line, self._columns, strict=True)):
            if not text:
                continue
            if at == self._status_at:
                style = self._coloured.get(text, column.plain)
            elif at == self._link_at and self._is_clickable(text):
                self._links.append(Link(f"{column.letter}{row}", text))
                style = self._link
            elif column.is_wrapped or "\n" in text or "\r" in text:
                lines = max(lines, _lines_of(text, column.width))
                style = column.quoted_lines if text[0] in _SHOWS_AN_APOSTROPHE else column.plain_lines
            else:
                style = column.quoted if text[0] in _SHOWS_AN_APOSTROPHE else column.plain
            cells.append(text_cell(column.letter, row, style, text))
        # LibreOffice does not find the height by itself.
        self._writer.append_row(row, cells, min(_LINE_POINTS * lines, _HIGHEST_POINTS))

    def finish(self) -> None:
        """Put the filter over what was written, and print just that: a long last cell would shrink the page."""
        sheet: Any = self  # the stubs know little of a streaming worksheet
        sheet.auto_filter.ref = sheet.print_area = f"A1:{self._columns[-1].letter}{self._lines}"

    def _is_clickable(self, text: str) -> bool:
        return len(self._links) < MOST_HYPERLINKS and _TOPIC_LINK.fullmatch(text) is not None

    def _column(self, place: int, width: int, *, is_wrapped: bool) -> _Column:
        looks = (
            self._style(alignment=alignment, quotePrefix=is_quoted)
            for alignment in (_TOP, _WRAPPED)
            for is_quoted in (False, True)
        )
        return _Column(get_column_letter(place), width, is_wrapped, *looks)

    def _style(self, **properties: Any) -> int:
        """The number of a cell style; equal styles share one."""
        cell = WriteOnlyCell(self)
        cell.number_format = TEXT_FORMAT
        for name, value in properties.items():
            setattr(cell, name, value)
        return int(cell.style_id)


def print_on_wide_pages(sheet: Any, pages_wide: int = 1) -> None:
    """Print every column on so many pages side by side, and on as many below each other as the rows need."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = pages_wide
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def discard_parts(workbook: Workbook) -> None:
    """Remove the files that openpyxl keeps until a workbook is saved; they hold names and phones."""
    sheets: Iterable[Any] = workbook.worksheets
    for sheet in sheets:
        writer = sheet._writer  # noqa: SLF001 - openpyxl tidies up after a success only
        if writer is None:
            continue
        rows = sheet._rows  # noqa: SLF001 - the same
        for step in (*([rows.close] if rows is not None else []), writer.xf.close, writer.cleanup):
            with suppress(OSError, ValueError, RuntimeError, StopIteration):  # the first error is the one to tell
                step()


def _lines_of(text: str, width: int) -> int:
    """How many lines a text takes at that width; words at the end of one that do not fit go to the next."""
    return sum(ceil(len(line) / (width - 2)) or 1 for line in text.splitlines())


def _widths(columns: Sequence[str], sample: Iterable[Sequence[str]]) -> list[int]:
    """Widths in characters, by header and sample."""
    widths = [_WIDTHS_OF_OURS.get(column, len(column)) for column in columns]
    for line in sample:
        widths = [max(width, len(text)) for width, text in zip(widths, line, strict=True)]
    return [min(max(width + 3, _NARROWEST), _WIDEST) for width in widths]
