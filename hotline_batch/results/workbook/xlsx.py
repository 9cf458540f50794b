"""The door to XlsxWriter: workbooks at flat memory, and what their worksheets need beyond its public interface.

Where private names are used, and why: ``_Link`` and ``Worksheet._escape_control_characters``. They were tried with
XlsxWriter 3.3.1; ``tests/results/test_workbook_xlsx.py`` fails where another version knows them no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, BinaryIO, Final, TypeAlias, TypeVar

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.url import Url, UrlTypes
from xlsxwriter.worksheet import CellErrorTuple
from xlsxwriter.worksheet import Worksheet as XlsxWorksheet

from hotline_batch.model.jobs import Status
from hotline_batch.model.sheets import HEADER_NAME
from hotline_batch.results.cell_safety import workbook_text

MOST_LINKS = 65_530
"""Links that Excel keeps on one worksheet; with more it wants to repair the file."""

MOST_TALL_ROWS = 50_000
"""Rows of one worksheet whose height is written down, since each takes memory; Excel finds that of others itself."""

TEXT_FORMAT = 49  # the number of "@" among the formats that need no code (ECMA-376 part 1, 18.8.30)

Style: TypeAlias = Any
Answer = TypeVar("Answer")

HEADER_LOOK: Final[Mapping[str, object]] = MappingProxyType({"bold": True, "bg_color": "#D9E1F2"})
LINK_LOOK: Final[Mapping[str, object]] = MappingProxyType({"font_color": "#0563C1", "underline": 1})

STATUS_FILLS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.SENT: "#C6EFCE",
        Status.ENRICHED: "#C6EFCE",
        Status.FAILED: "#FFC7CE",
        Status.UNKNOWN: "#FFD966",
        Status.INVALID: "#F8CBAD",
        Status.SKIPPED: "#E7E6E6",
        Status.NOT_ATTEMPTED: "#DDEBF7",
    }
)

LINE_POINTS: Final = 15
"""How high a line of text is."""


class Workbook:
    """A workbook that is being written: its worksheets and cell styles."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._styles: dict[frozenset[tuple[str, object]], Style] = {}

    def style(self, **properties: object) -> Style:
        """A cell style by XlsxWriter's names for its properties; equal ones are one."""
        key = frozenset(properties.items())
        if key not in self._styles:
            self._styles[key] = self._book.add_format(properties)
        return self._styles[key]

    def text_style(self, **properties: object) -> Style:
        """A style of text cells, which stand at the top of their rows."""
        return self.style(num_format=TEXT_FORMAT, valign="top", **properties)

    def worksheet(self, title: str) -> Worksheet:
        """A new worksheet, behind those that are there."""
        sheet: Worksheet = self._book.add_worksheet(title, Worksheet)
        return sheet

    def name_header(self, title: str, row: int) -> None:
        """Name the row of a worksheet's header, so that it is found below titles; counts from 1."""
        quoted = title.replace("'", "''")
        self._book.define_name(HEADER_NAME, f"='{quoted}'!${row}:${row}")

    def bar_chart(self) -> Any:
        """A chart of horizontal bars, to be put on a worksheet."""
        return self._book.add_chart({"type": "bar"})


class Worksheet(XlsxWorksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet whose rows are written from top to bottom. Rows and columns count from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.links_left = MOST_LINKS
        self._heights_left = MOST_TALL_ROWS

    def write_text(self, row: int, column: int, text: str, style: Style) -> None:
        """Write a text as it is, never a formula or a number; what no workbook can hold is left out."""
        text = workbook_text(text)
        if _passes_for_xml(text):
            self.write_rich_string(row, column, text[:1], style, text[1:], style)
        elif text:
            self.write_string(row, column, text, style)

    def write_link(self, row: int, column: int, target: str, text: str, style: Style) -> None:
        """Write a text that opens an address when it is clicked, as long as the worksheet may have more of these.

        ``target`` has a scheme, and nothing in it that needs an escape.
        """
        if self.links_left and not _passes_for_xml(text):
            self.links_left -= 1
            self.write_url(row, column, _Link(target, workbook_text(text)), style)
        else:
            self.write_text(row, column, text, style)

    def write_error(self, row: int, column: int, word: str, style: Style) -> None:
        """Write an error value such as #N/A. XlsxWriter itself knows them as results of formulas only."""
        self.write_blank(row, column, None, style)
        self.table[row][column] = CellErrorTuple(word, style, 0)

    def write_exactly(self, row: int, column: int, number: float, style: Style) -> None:
        """Write a number with all its digits."""
        self.write_number(row, column, _Exact(number), style)

    def make_row_high(self, row: int, points: int) -> None:
        """Say how high the row is that is written now; LibreOffice does not find that by itself."""
        if self._heights_left:
            self._heights_left -= 1
            self.set_row(row, points)

    def hide_row(self, row: int) -> None:
        """Hide the row that is written now."""
        self.set_row(row, None, None, {"hidden": True})

    def set_width(self, column: int, characters: float, style: Style = None, *, hidden: bool = False) -> None:
        """Set the width of a column in the unit of the file, in which a character has 7 pixels."""
        self.set_column_pixels(column, column, characters * 7, style, {"hidden": hidden})

    def print_on_wide_pages(self, pages_wide: int = 1) -> None:
        """Print every column on so many pages side by side, and on as many below each other as the rows need."""
        self.set_landscape()
        self.fit_to_pages(pages_wide, 0)

    @staticmethod
    def _escape_control_characters(text: str) -> str:
        # ``workbook_text`` has escaped them, also where one escape overlaps another, which XlsxWriter overlooks.
        return text


class _Link(Url):  # type: ignore[misc]  # XlsxWriter has no types
    """An address that is written as it is: XlsxWriter knows few schemes, and rewrites paths of files."""

    def __init__(self, target: str, text: str) -> None:
        super().__init__(target)
        self.text = text

    def _parse_url(self) -> None:
        self._link_type = UrlTypes.URL

    def _escape_strings(self) -> None:
        pass


class _Exact(float):
    """A number that is written with as many digits as it has; XlsxWriter asks for 16, some need 17."""

    def __format__(self, _digits: str) -> str:
        return str(int(self)) if self.is_integer() else repr(float(self))


def _passes_for_xml(text: str) -> bool:
    """Whether XlsxWriter takes the text for formatted text in XML of its own."""
    return text.startswith("<r>") and text.endswith("</r>")


@contextmanager
def new_workbook(stream: BinaryIO, title: str = "", *, row_by_row: bool = True) -> Iterator[Workbook]:
    """A workbook that is written into the stream at the end. OSError where a disk is full.

    ``row_by_row``: rows wait in files that are gone at the end, however it comes; else in memory.
    """
    file = _Faltering(stream)
    with TemporaryDirectory(prefix="hotline-batch-", ignore_cleanup_errors=True) as folder:
        book = xlsxwriter.Workbook(file, {"constant_memory": row_by_row, "tmpdir": folder, "use_zip64": True})
        book.set_properties({"title": title, "author": "hotline-batch"})
        try:
            yield Workbook(book)
        except Exception:
            file.has_failed = True
            with suppress(Exception):
                book.close()  # and with it the files of its rows
            raise
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None


class _Faltering:
    """A file that takes in silence what comes after a failure: archives write once more when they are forgotten."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.has_failed = False

    def write(self, data: bytes) -> int:
        return self._try(lambda: self._stream.write(data), len(data))

    def seek(self, place: int, origin: int = 0) -> int:
        return self._try(lambda: self._stream.seek(place, origin), place)

    def tell(self) -> int:
        return self._try(self._stream.tell, 0)

    def flush(self) -> None:
        self._try(self._stream.flush, None)

    def _try(self, step: Callable[[], Answer], instead: Answer) -> Answer:
        if self.has_failed:
            return instead
        try:
            return step()
        except OSError:
            self.has_failed = True
            raise
