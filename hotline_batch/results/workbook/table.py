"""Lines -> a worksheet of texts and of the values of a workbook, coloured by status, with links and no formula."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from math import ceil
from typing import Final

from xlsxwriter.utility import xl_range

from hotline_batch.model.jobs import MESSAGE_LINK
from hotline_batch.model.runs import KeptLook
from hotline_batch.model.sheets import CellKind, TypedCell
from hotline_batch.results.cell_safety import printable
from hotline_batch.results.workbook.xlsx import (
    HEADER_LOOK,
    LINE_POINTS,
    LINK_LOOK,
    STATUS_FILLS,
    TEXT_FORMAT,
    Style,
    Workbook,
    Worksheet,
)

MOST_LINES = 1_048_575
"""Lines of a worksheet below its header."""

_SHOWS_AN_APOSTROPHE = frozenset("=+-@")
_NARROWEST, _WIDEST_VALUE, _WIDEST = 9, 22, 50
_HIGHEST_POINTS = 180
# Characters side by side on a page before print becomes too small to read: about half size on A4 or Letter.
_PRINTED_SIDE_BY_SIDE = 300
_WIDTHS_OF_OURS: Mapping[str, int] = {
    "hotline_error_code": 28,
    "hotline_error": 50,
    "hotline_advice": 50,
    "hotline_topic_link": 36,
}

_MOST_FROZEN_ROWS: Final = 12
# A small laptop's screen shows about 180 characters side by side; what is frozen leaves room for what scrolls.
_MOST_SHOWN_CHARACTERS: Final = 180
_MOST_FROZEN_CHARACTERS: Final = 130


class Table:
    """A worksheet of text: bold frozen header, filter, text format in every cell.

    A column ``hotline_status`` is coloured; a column ``hotline_topic_link`` is clickable where it holds a topic's
    link. ``sample`` are some of its lines, to choose widths by.
    Texts of ``wrapped`` columns, and those with line breaks, take as many lines as they need.
    ``look`` is that of the input, whose columns are the first here: rows above the header, widths, hidden columns;
    where its header stands in row 0, the worksheet has none.
    ``of_values`` are the columns, by index, that do not hold texts alone.
    """

    def __init__(
        self,
        book: Workbook,
        sheet: Worksheet,
        columns: Sequence[str],
        sample: Iterable[Sequence[str]] = (),
        *,
        wrapped: Collection[str] = (),
        look: KeptLook | None = None,
        of_values: Collection[int] = (),
    ) -> None:
        self._book, self._sheet = book, sheet
        self._wrapped = frozenset(at for at, name in enumerate(columns) if name in wrapped)
        self._status_at = columns.index("hotline_status") if "hotline_status" in columns else -1
        self._link_at = columns.index("hotline_topic_link") if "hotline_topic_link" in columns else -1
        self._coloured = {status.value: book.text_style(bg_color=fill) for status, fill in STATUS_FILLS.items()}
        self._link = book.text_style(**LINK_LOOK)
        self._plain, self._quoted = book.text_style(), book.text_style(quote_prefix=True)
        self._lines, self._quoted_lines = (
            book.text_style(text_wrap=True),
            book.text_style(text_wrap=True, quote_prefix=True),
        )
        self._last_column, self._row = len(columns) - 1, 0
        self._set_up_columns(columns, sample, look or KeptLook(), of_values, keeps_columns=look is not None)
        self._write_head(columns, look or KeptLook())

    def append(
        self,
        line: Sequence[str],
        typed: Iterable[TypedCell] = (),
        *,
        number: int | None = None,
        is_title: bool = False,
    ) -> None:
        """Write one line, a text for each column; an empty one is no cell. ``typed`` cells are more than their text.

        It follows the last one, or stands where its row ``number`` says.
        """
        sheet, row = self._sheet, self._row if number is None else number - 1
        self._row = row + 1
        given = {cell.column: cell for cell in typed}
        lines = 1
        for at, text in enumerate(line):
            if not text:
                continue
            is_quoted = text[0] in _SHOWS_AN_APOSTROPHE
            style = self._quoted if is_quoted else self._plain
            if at in given:
                write_given_cell(self._book, sheet, row, at, given[at], text, style)
                continue
            if not is_title:
                if at == self._status_at:
                    style = self._coloured.get(text, style)
                elif at == self._link_at and MESSAGE_LINK.fullmatch(text):
                    sheet.write_link(row, at, text, text, self._link if sheet.links_left else style)
                    continue
                elif at in self._wrapped or "\n" in text or "\r" in text:
                    style = self._quoted_lines if is_quoted else self._lines
                    lines = max(lines, _lines_of(text, self._widths[at]))
            sheet.write_text(row, at, text, style)
        if lines > 1:
            sheet.make_row_high(row, min(LINE_POINTS * lines, _HIGHEST_POINTS))

    def finish(self) -> None:
        """Put the filter over what was written, and print just that: a long last cell would shrink the page."""
        sheet, last = self._sheet, (max(self._row - 1, 0), self._last_column)
        if self._header_row >= 0:
            sheet.autofilter(self._header_row, 0, *last)
        sheet.print_area(0, 0, *last)
        # Else each id that is a text gets a green triangle.
        sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, *last)})

    def _set_up_columns(
        self,
        columns: Sequence[str],
        sample: Iterable[Sequence[str]],
        kept: KeptLook,
        of_values: Collection[int],
        *,
        keeps_columns: bool,
    ) -> None:
        looks = {each.column: each for each in kept.look.columns}
        hidden = {at for at, each in looks.items() if each.is_hidden}
        chosen = [
            min(width, _WIDEST_VALUE) if at in of_values else width for at, width in enumerate(_widths(columns, sample))
        ]
        self._widths = [looks[at].width or width if at in looks else width for at, width in enumerate(chosen)]
        for at, width in enumerate(self._widths):
            style = None if at in of_values else self._book.style(num_format=TEXT_FORMAT)
            self._sheet.set_width(at, width, style, hidden=at in hidden)
        shown = [0 if at in hidden else width for at, width in enumerate(self._widths)]
        keep_in_view(self._sheet, kept.header_row, shown, self._link_at + 1 if keeps_columns else 0)
        if kept.header_row:
            self._sheet.repeat_rows(kept.header_row - 1)
        self._sheet.print_on_wide_pages(ceil(sum(self._widths) / _PRINTED_SIDE_BY_SIDE))

    def _write_head(self, columns: Sequence[str], kept: KeptLook) -> None:
        """Write the rows above the header, where they stood, and the header."""
        for title in kept.look.titles:
            self.append(title.cells[: len(columns)], title.typed, number=title.number, is_title=True)
        self._row = kept.header_row
        self._header_row = kept.header_row - 1
        if self._header_row < 0:
            return
        header = self._book.style(num_format=TEXT_FORMAT, **HEADER_LOOK)
        for at, name in enumerate(columns):
            self._sheet.write_text(self._header_row, at, name, header)


def _lines_of(text: str, width: float) -> int:
    """How many lines a text takes at that width; words at the end of one that do not fit go to the next."""
    return sum(ceil(len(line) / max(width - 2, 1)) or 1 for line in text.splitlines())


def _widths(columns: Sequence[str], sample: Iterable[Sequence[str]]) -> list[int]:
    """Widths in characters, by header and sample."""
    widths = [_WIDTHS_OF_OURS.get(column, len(column)) for column in columns]
    for line in sample:
        widths = [max(width, len(text)) for width, text in zip(widths, line, strict=True)]
    return [min(max(width + 3, _NARROWEST), _WIDEST) for width in widths]


def keep_in_view(sheet: Worksheet, rows: int, widths: Sequence[int | float], columns: int) -> None:
    """Freeze so many rows, those down to the header, and so many columns.

    Frozen columns that fill the screen would let nothing scroll. Where there are so many, none is frozen, and the
    worksheet opens where the last of them is in sight. ``widths`` are in characters, 0 for hidden columns.
    """
    frozen_rows = rows if rows <= _MOST_FROZEN_ROWS else 0
    characters = sum(widths[:columns])
    frozen_columns = columns if characters <= _MOST_FROZEN_CHARACTERS else 0
    first = 0
    if characters > _MOST_SHOWN_CHARACTERS:
        backwards = accumulate(reversed(widths[:columns]))
        first = columns - max(sum(1 for so_far in backwards if so_far <= _MOST_SHOWN_CHARACTERS), 1)
        sheet.set_top_left_cell(0, first)
    if frozen_rows or frozen_columns:
        sheet.freeze_panes(frozen_rows, frozen_columns, frozen_rows, max(first, frozen_columns))


LONGEST_TARGET: Final = 2_079
"""Characters of an address behind a cell; Excel repairs a file that has a longer one."""

_DIGITS_ARE_LOST_FROM: Final = 10**15
_LONGEST_FORMAT: Final = 255
# Excel knows these in every language; a word that it does not know makes it repair the file.
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_LEADS_SOMEWHERE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:.")
_NOT_IN_ADDRESSES: Final = re.compile('[\x00-\x20\x7f"<>\ud800-\udfff\ufffe\uffff]')


def write_given_cell(
    book: Workbook, sheet: Worksheet, row: int, column: int, cell: TypedCell, text: str, plain: Style, *, fill: str = ""
) -> None:
    """Write a cell of the input as it was; as its ``text`` in the ``plain`` style where that says it all. ``fill`` is
    the colour behind a value.

    A number of more digits than spreadsheet programs keep stays text: it was an id once.
    """
    target = target_of(cell.link) if cell.link and sheet.links_left else ""
    if target:
        sheet.write_link(row, column, target, text, book.text_style(**LINK_LOOK))
    match cell.kind:
        case CellKind.NUMBER | CellKind.DATE if cell.value is not None and abs(cell.value) < _DIGITS_ARE_LOST_FROM:
            sheet.write_exactly(row, column, cell.value, _style(book, cell, fill, is_link=bool(target)))
        case CellKind.BOOLEAN if text in {"TRUE", "FALSE"}:
            sheet.write_boolean(row, column, text == "TRUE", _style(book, cell, fill, is_link=bool(target)))
        case CellKind.ERROR if text in _ERRORS:
            sheet.write_error(row, column, text, _style(book, cell, fill, is_link=bool(target)))
        case _ if not target:
            sheet.write_text(row, column, text, plain)


def target_of(link: str) -> str:
    """The address as a workbook can hold it; empty where it leads nowhere from another workbook, or is too long."""
    if not _LEADS_SOMEWHERE.match(link):
        return ""
    target = _NOT_IN_ADDRESSES.sub(_percent, link.strip())
    return target if len(target) <= LONGEST_TARGET else ""


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))


def _style(book: Workbook, cell: TypedCell, fill: str, *, is_link: bool) -> Style:
    code = printable(cell.number_format)[:_LONGEST_FORMAT] or "General"
    more = {**(LINK_LOOK if is_link else {}), **({"bg_color": fill} if fill else {})}
    return book.style(num_format=_number_of(code), valign="top", **more)


def _number_of(code: str) -> int | str:
    """The number of a format that every program shows in its own language, such as that of dates; else its code."""
    # Known to openpyxl, which takes a fifth of a second to load; most sheets have no such formats.
    from openpyxl.styles.numbers import builtin_format_id  # noqa: PLC0415 - see above

    return code if code in {"", "General", "0"} else builtin_format_id(code) or code
