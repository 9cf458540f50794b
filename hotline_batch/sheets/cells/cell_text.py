"""The cells of a workbook's row -> the row that planning reads: texts, remarks, and what each cell is. For all formats.

A date and a number in a format of its own are told, since the text that a person sees in the cell is not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hotline_batch.model.sheets import CellKind, Remark, Row, TypedCell
from hotline_batch.sheets.cells.cell import Cell, Content
from hotline_batch.sheets.cells.dates import date_text, is_plain

DIGITS_ARE_LOST_FROM = 10**15
"""Spreadsheet programs keep 15 significant digits of a number."""

_SIGNIFICANT_DIGITS = 15
# From here on a whole number is shorter in scientific notation, as spreadsheet programs show it.
_SCIENTIFIC_FROM = 10**21
# Down to here spreadsheet programs write the zeros of a small number.
_SCIENTIFIC_BELOW = Decimal("1e-9")
_NO_MORE_THAN_TEXT = frozenset({CellKind.EMPTY, CellKind.TEXT})
_NOTHING: Mapping[int, str] = {}


def number_text(value: float) -> str:
    """``987654321.0`` -> ``987654321``; others as the shortest text, with the 15 digits that programs show.

    >>> number_text(987654321.0), number_text(59.97), number_text(0.1 + 0.2), number_text(0.00005)
    ('987654321', '59.97', '0.3', '0.00005')
    """
    if value.is_integer() and -_SCIENTIFIC_FROM < value < _SCIENTIFIC_FROM:
        return str(int(value))
    text = repr(value)
    if len(text) > _SIGNIFICANT_DIGITS:
        text = f"{value:.{_SIGNIFICANT_DIGITS}g}"
    is_small = "e-" in text and abs(Decimal(text)) >= _SCIENTIFIC_BELOW
    return f"{Decimal(text):f}" if is_small else text


def text_of(content: Content) -> str:
    """The text of a cell, as columns are named by it and messages are made of it."""
    if isinstance(content, str):
        return content
    if content.value is None or content.text:
        return content.text
    if content.kind is CellKind.DATE:
        return date_text(content.value, content.number_format)
    return number_text(content.value)


def is_blank_row(contents: Sequence[Content]) -> bool:
    """Whether a person sees nothing in these cells, and nothing should be there: a formula without its value should."""
    return all(
        content.isspace() or not content
        if isinstance(content, str)
        else content.value is None
        and not content.text.strip()
        and not (content.kind is CellKind.EMPTY and content.is_formula)
        for content in contents
    )


class RowMaker:
    """Makes the rows of one reading, ``width`` cells at least; it remembers of which columns a number was told.

    One of a column's whole numbers and one of its fractions stand for all of them, with the remark ``number``.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._told: set[int] = set()

    def row(
        self,
        number: int,
        contents: Sequence[Content],
        *,
        is_hidden: bool = False,
        merged: Mapping[int, str] = _NOTHING,
        links: Mapping[int, str] = _NOTHING,
    ) -> Row:
        """The row of these cells. ``merged`` and ``links`` are columns under a merge or a link, with its detail."""
        cells: list[str] = []
        remarks = [Remark(-1, "hidden_row")] if is_hidden else []
        typed: list[TypedCell] = []
        for column, content in enumerate(contents):
            if isinstance(content, str):
                cells.append(content)
            else:
                text = text_of(content)
                cells.append(text)
                self._tell(remarks, column, content, text)
                if content.link or content.kind not in _NO_MORE_THAN_TEXT:
                    typed.append(TypedCell(column, content.kind, content.value, content.number_format, content.link))
        if len(cells) < self._width:
            cells.extend([""] * (self._width - len(cells)))
        if merged or links:
            remarks, typed = _with_areas(len(cells), remarks, typed, merged, links)
        return Row(number, tuple(cells), tuple(remarks), tuple(typed))

    def _tell(self, remarks: list[Remark], column: int, cell: Cell, text: str) -> None:
        """Add what is to be told of one cell."""
        if cell.kind is CellKind.ERROR:
            remarks.append(Remark(column, "error_value", text))
            return
        if cell.is_formula:
            remarks.append(Remark(column, "formula_without_value" if cell.kind is CellKind.EMPTY else "formula"))
        if cell.kind is CellKind.NUMBER:
            self._tell_of_number(remarks, column, cell, text)
        elif cell.kind is CellKind.DATE:
            remarks.append(Remark(column, "date"))
        elif cell.kind is CellKind.BOOLEAN:
            remarks.append(Remark(column, "boolean"))
        if cell.link:
            remarks.append(Remark(column, "link_target", cell.link))

    def _tell_of_number(self, remarks: list[Remark], column: int, cell: Cell, text: str) -> None:
        has_lost_digits = cell.value is not None and abs(cell.value) >= DIGITS_ARE_LOST_FROM
        if has_lost_digits:
            remarks.append(Remark(column, "digits_lost"))
        kind = ~column if "." in text else column
        if not is_plain(cell.number_format):
            remarks.append(Remark(column, "number_format"))
        elif not has_lost_digits and kind not in self._told:
            self._told.add(kind)
            remarks.append(Remark(column, "number"))


def _with_areas(
    width: int, remarks: list[Remark], typed: list[TypedCell], merged: Mapping[int, str], links: Mapping[int, str]
) -> tuple[list[Remark], list[TypedCell]]:
    """The same with what lies over the cells; a link of a cell's own comes before one that is laid over it."""
    own = {remark.column for remark in remarks if remark.code == "link_target"}
    laid = {column: link for column, link in links.items() if column < width and column not in own}
    more = [Remark(column, "link_target", link) for column, link in laid.items()]
    more += [Remark(column, "merged", detail) for column, detail in merged.items() if column < width]
    known = {cell.column: cell for cell in typed}
    known |= {
        column: known.get(column, TypedCell(column, CellKind.TEXT))._replace(link=link) for column, link in laid.items()
    }
    return sorted([*remarks, *more], key=lambda remark: remark.column), [known[column] for column in sorted(known)]
