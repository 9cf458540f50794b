"""Lines -> a worksheet of texts and of the values of a workbook, coloured by status, with links and no formula."""

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

from hotline_batch.model import KeptLook, Status, TypedCell
from hotline_batch.results.cell_safety import printable
from hotline_batch.results.given_cells import target_of, value_xml
from hotline_batch.results.in_view import keep_in_view
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
_LONGEST_FORMAT = 255
# A font without a name becomes a serif one in some programs.
_FONT: Mapping[str, Any] = {"name": "Calibri", "size": 11}
HEADER_FONT = Font(**_FONT, bold=True)
HEADER_FILL = PatternFill("solid", fgColor="D9E1F2")

_LINK_FONT = Font(**_FONT, color="0563C1", underline="single")
_TOPIC_LINK = re.compile("https://t\\.me/c/[0-9]{1,20}/[0-9]{1,20}")
_SHOWS_AN_APOSTROPHE = frozenset("=+-@")
_NARROWEST, _WIDEST_VALUE, _WIDEST = 9, 22, 50
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
    width: float
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
    ``look`` is that of the input, whose columns are the first here: rows above the header, widths, hidden columns.
    ``of_values`` are the columns, by index, that do not hold texts alone.
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
        look: KeptLook | None = None,
        of_values: Collection[int] = (),
    ) -> None:
        super().__init__(workbook, title)
        book: Any = workbook
        book._add_sheet(self, place)  # noqa: SLF001 - the only way to bring a worksheet of one's own class
        keeps_columns = look is not None
        look = look or KeptLook()
        looks = {each.column: each for each in look.look.columns}
        widths = [
            (looks[at].width if at in looks else None) or (min(chosen, _WIDEST_VALUE) if at in of_values else chosen)
            for at, chosen in enumerate(_widths(columns, sample))
        ]
        self._columns = [
            self._column(at, width, is_wrapped=name in wrapped)
            for at, (name, width) in enumerate(zip(columns, widths, strict=True), 1)
        ]
        self._value_styles: dict[tuple[str, bool], int] = {}
        self._status_at = columns.index("hotline_status") if "hotline_status" in columns else -1
        self._link_at = columns.index("hotline_topic_link") if "hotline_topic_link" in columns else -1
        last_in_view = self._link_at if keeps_columns else -1
        self._links: list[Link] = []
        self._link = self._style(font=_LINK_FONT, alignment=_TOP)
        self._coloured = {
            status.value: self._style(fill=PatternFill("solid", fgColor=colour), alignment=_TOP)
            for status, colour in COLOURS.items()
        }
        sheet: Any = self  # the stubs know little of a streaming worksheet
        self._header_row = head = look.header_row
        hidden = {at for at, each in looks.items() if each.is_hidden}
        keep_in_view(sheet, head, [0 if at in hidden else width for at, width in enumerate(widths)], last_in_view)
        sheet.print_title_rows = f"{head}:{head}"
        print_on_wide_pages(sheet, ceil(sum(widths) / _PRINTED_SIDE_BY_SIDE))
        for at, column in enumerate(self._columns):
            dimension = sheet.column_dimensions[column.letter]
            dimension.width = column.width
            dimension.number_format = "General" if at in of_values else TEXT_FORMAT
            dimension.hidden = at in hidden
        self._writer = WorksheetPart(self, self._links)
        header = self._style(font=HEADER_FONT, fill=HEADER_FILL)
        names = zip(self._columns, columns, strict=True)
        for above in look.look.titles:
            self._lines = above.number - 1
            width = len(self._columns)
            self.append((*above.cells, *[""] * width)[:width], above.typed, is_title=True)
        self._writer.append_row(head, (text_cell(column.letter, head, header, name) for column, name in names if name))
        self._lines = head

    def append(self, line: Sequence[str], typed: Sequence[TypedCell] = (), *, is_title: bool = False) -> None:
        """Write one line, a text for each column; an empty one is no cell. ``typed`` cells are more than their text."""
        self._lines = row = self._lines + 1
        cells, lines = [], 0
        given = {cell.column: cell for cell in typed} if typed else {}
        for at, (text, column) in enumerate(zip(line, self._columns, strict=True)):
            if not text:
                continue
            if at in given:
                cells.append(self._given(column, row, given[at], text))
                continue
            if is_title:
                style = column.quoted if text[0] in _SHOWS_AN_APOSTROPHE else column.plain
            elif at == self._status_at:
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
        last = f"{self._columns[-1].letter}{self._lines}"
        sheet.auto_filter.ref = f"A{self._header_row}:{last}"
        sheet.print_area = self._writer.text_area = f"A1:{last}"

    def _given(self, column: _Column, row: int, cell: TypedCell, text: str) -> str:
        """A cell of the input as it was; its text where that says it all."""
        place = f"{column.letter}{row}"
        target = target_of(cell.link) if cell.link and len(self._links) < MOST_HYPERLINKS else ""
        if target:
            self._links.append(Link(place, target))
        if value := value_xml(cell, text):
            return f'<c r="{place}" s="{self._value_style(cell.number_format, is_link=bool(target))}"{value}</c>'
        plain = column.quoted if text[0] in _SHOWS_AN_APOSTROPHE else column.plain
        return text_cell(column.letter, row, self._link if target else plain, text)

    def _value_style(self, number_format: str, *, is_link: bool) -> int:
        found = self._value_styles.get((number_format, is_link))
        if found is None:
            look: dict[str, Any] = {"font": _LINK_FONT} if is_link else {}
            code = printable(number_format)[:_LONGEST_FORMAT] or "General"
            found = self._style(alignment=_TOP, number_format=code, **look)
            self._value_styles[number_format, is_link] = found
        return found

    def _is_clickable(self, text: str) -> bool:
        return len(self._links) < MOST_HYPERLINKS and _TOPIC_LINK.fullmatch(text) is not None

    def _column(self, place: int, width: float, *, is_wrapped: bool) -> _Column:
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


def _lines_of(text: str, width: float) -> int:
    """How many lines a text takes at that width; words at the end of one that do not fit go to the next."""
    return sum(ceil(len(line) / max(width - 2, 1)) or 1 for line in text.splitlines())


def _widths(columns: Sequence[str], sample: Iterable[Sequence[str]]) -> list[int]:
    """Widths in characters, by header and sample."""
    widths = [_WIDTHS_OF_OURS.get(column, len(column)) for column in columns]
    for line in sample:
        widths = [max(width, len(text)) for width, text in zip(widths, line, strict=True)]
    return [min(max(width + 3, _NARROWEST), _WIDEST) for width in widths]
