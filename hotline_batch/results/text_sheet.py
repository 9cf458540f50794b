"""Lines of text -> a worksheet of text cells, coloured by status, with clickable topic links and no formula."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import ceil
from typing import Any
from xml.etree.ElementTree import Element

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.xml.constants import REL_NS

from hotline_batch.model import Status
from hotline_batch.results.cell_safety import workbook_text

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
_RELATION = f"{{{REL_NS}}}id"
_NARROWEST, _WIDEST = 9, 50
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_LINE_POINTS, _HIGHEST_POINTS = 15, 400
# Characters side by side on a page before print becomes too small to read: about half size on A4 or Letter.
_PRINTED_SIDE_BY_SIDE = 300
_WIDTHS_OF_OURS: Mapping[str, int] = {
    "hotline_error_code": 28,
    "hotline_error": 50,
    "hotline_advice": 50,
    "hotline_topic_link": 36,
}


class _TextCell:
    """What openpyxl's writer asks of a cell. One serves a whole column: an object per cell costs twice as much."""

    __slots__ = (
        "_comment", "_value", "data_type", "has_style", "hyperlink", "letter", "parent", "plain", "quoted", "row",
        "style_id",
    )  # fmt: skip

    def __init__(self, sheet: WriteOnlyWorksheet, column: int, plain: int, quoted: int) -> None:
        self.parent = sheet
        self.plain = plain
        self.quoted = quoted
        self.letter = get_column_letter(column)
        self.row = 0
        self.data_type = "s"
        self.style_id = 0
        self.has_style = True
        self.hyperlink: Hyperlink | None = None
        self._comment = None
        self._value = ""

    @property
    def coordinate(self) -> str:
        return f"{self.letter}{self.row}"

    def hold(self, text: str, row: int) -> None:
        self._value = text
        self.row = row


class _Link(Hyperlink):
    """A link, without openpyxl's look at each of its attributes when it is made, and again when it is written."""

    def __init__(self, ref: str, target: str) -> None:
        attributes = {"ref": ref, "target": target, "id": None, "location": None, "tooltip": None, "display": None}
        self.__dict__.update(attributes)

    def to_tree(self, *_names: object, **_more_names: object) -> Element:
        return Element(self.tagname, {"ref": self.ref, _RELATION: self.id})


class TextSheet(WriteOnlyWorksheet):
    """A streaming worksheet of text: bold frozen header, filter, text format in every cell.

    A column ``hotline_status`` is coloured; a column ``hotline_topic_link`` is clickable where it holds a topic's
    link. ``sample`` are some of its lines, to choose widths by; ``place`` counts worksheets from 0, the end if None.
    Texts of ``wrapped`` columns take as many lines as they need; that costs more for each line of the sheet.
    """

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
        self._alignment: Mapping[str, Any] = {"alignment": Alignment(vertical="top")} if wrapped else {}
        self._cells = [self._cell(at, is_wrapped=name in wrapped) for at, name in enumerate(columns, 1)]
        self._status_at = columns.index("hotline_status") if "hotline_status" in columns else -1
        self._link_at = columns.index("hotline_topic_link") if "hotline_topic_link" in columns else -1
        self._links = 0
        self._lines = 0
        self._header = self._style(font=HEADER_FONT, fill=HEADER_FILL)
        self._link = self._style(font=_LINK_FONT, **self._alignment)
        self._coloured = {
            status.value: self._style(fill=PatternFill("solid", fgColor=colour), **self._alignment)
            for status, colour in COLOURS.items()
        }
        sheet: Any = self  # the stubs know little of a streaming worksheet
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        widths = _widths(columns, sample)
        self._wrapped = [(at, widths[at]) for at, name in enumerate(columns) if name in wrapped]
        print_on_wide_pages(sheet, ceil(sum(widths) / _PRINTED_SIDE_BY_SIDE))
        for cell, width in zip(self._cells, widths, strict=True):
            dimension = sheet.column_dimensions[cell.letter]
            dimension.width = width
            dimension.number_format = TEXT_FORMAT
        self.append(tuple(columns))

    def finish(self) -> None:
        """Put the filter over what was written, and print just that: a long last cell would shrink the page."""
        sheet: Any = self  # the stubs know little of a streaming worksheet
        sheet.auto_filter.ref = sheet.print_area = f"A1:{self._cells[-1].letter}{self._lines}"

    def append_wrapped(self, line: Sequence[str]) -> None:
        """One line, as high as its longest text in a ``wrapped`` column."""
        # LibreOffice does not find the height by itself. Nothing is kept of it, since lines may be many.
        lines = max(_lines_of(line[at], width) for at, width in self._wrapped)
        sheet: Any = self  # the stubs know little of a streaming worksheet
        heights = sheet.row_dimensions
        heights[self._lines + 1] = {"ht": str(min(_LINE_POINTS * lines, _HIGHEST_POINTS)), "customHeight": "1"}
        self.append(line)
        del heights[self._lines]

    def _values_to_row(self, values: Sequence[str], row_idx: int) -> Iterator[Any]:
        """Turn one line into cells; openpyxl's own version makes new objects and guesses types."""
        self._lines = row_idx
        styles = self._header if row_idx == 1 else None
        at = -1
        for text, cell in zip(values, self._cells, strict=True):
            at += 1
            if not text:
                continue
            cell.style_id = cell.quoted if text[0] in _SHOWS_AN_APOSTROPHE else cell.plain
            if styles is not None:
                cell.style_id = styles
            elif at == self._status_at:
                cell.style_id = self._coloured.get(text, cell.plain)
            elif at == self._link_at:
                self._make_clickable(cell, text, row_idx)
            cell.hold(workbook_text(text), row_idx)
            yield cell

    def _make_clickable(self, cell: _TextCell, text: str, row: int) -> None:
        cell.hyperlink = None
        if self._links < MOST_HYPERLINKS and _TOPIC_LINK.fullmatch(text):
            self._links += 1
            cell.hyperlink = _Link(f"{cell.letter}{row}", text)
            cell.style_id = self._link

    def _cell(self, column: int, *, is_wrapped: bool) -> _TextCell:
        alignment = {"alignment": _WRAPPED} if is_wrapped else self._alignment
        return _TextCell(self, column, self._style(**alignment), self._style(quotePrefix=True, **alignment))

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
    """How many lines a text takes at that width; words at its end that do not fit go to the next line."""
    return ceil(len(text) / max(1, width - 2)) or 1


def _widths(columns: Sequence[str], sample: Iterable[Sequence[str]]) -> list[int]:
    """Widths in characters, by header and sample."""
    widths = [_WIDTHS_OF_OURS.get(column, len(column)) for column in columns]
    for line in sample:
        widths = [max(width, len(text)) for width, text in zip(widths, line, strict=True)]
    return [min(max(width + 3, _NARROWEST), _WIDEST) for width in widths]
