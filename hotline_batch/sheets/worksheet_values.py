"""The values of a worksheet, by calamine, joined with what a scan of the file tells of them -> rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TypeAlias

from python_calamine import CalamineSheet

from hotline_batch.errors import SheetError
from hotline_batch.model import Dialect, Remark, Row
from hotline_batch.sheets.cell_text import DIGITS_ARE_LOST_FROM, number_text
from hotline_batch.sheets.package import suspicious
from hotline_batch.sheets.table import Table, find_header, is_blank, nameless, without_empty_end
from hotline_batch.sheets.worksheet_facts import (
    ERROR_VALUE,
    FORMULA,
    FORMULA_LINK,
    FORMULA_WITHOUT_VALUE,
    MOST_CELLS,
    NUMBER_FORMAT,
    CellRange,
    Hyperlink,
    WorksheetFacts,
    unpacked,
)

_CODES = {
    FORMULA: "formula",
    FORMULA_WITHOUT_VALUE: "formula_without_value",
    ERROR_VALUE: "error_value",
    FORMULA_LINK: "link_target",
    NUMBER_FORMAT: "number_format",
}
_EXACT_FROM, _EXACT_TO = -1e15, 1e15
_Noted: TypeAlias = Iterator[tuple[int, Iterator[tuple[int, Remark]]]]
_NOTHING: tuple[int, Iterator[tuple[int, Remark]]] = (0, iter(()))


def refuse_vast_area(facts: WorksheetFacts, name: str, worksheet: str) -> None:
    """SheetError where values lie so far apart that no reader should reserve memory for all between them."""
    area = (facts.last_row - facts.first_row + 1) * (facts.last_column - facts.first_column + 1)
    if facts.last_column >= 0 and area > MOST_CELLS:
        raise SheetError(
            f"{name}: the used area of worksheet '{worksheet}' reaches to row {facts.last_row}, column "
            f"{facts.last_column + 1}, which is too large to read. Delete stray cells far from the table, or save the "
            "sheet as CSV."
        )


@dataclass(frozen=True, slots=True)
class WorksheetValues:
    """The values of one worksheet in memory, and what the scan found beside them.

    ``name`` is the file's; ``targets`` are the worksheet's relations, by the ids that its links name.
    """

    name: str
    sheet: CalamineSheet
    facts: WorksheetFacts
    targets: dict[str, str] = field(default_factory=dict)

    def table(self, dialect: str, worksheet: str, header_row: int | None, notice: str) -> Table:
        """The table below its header. SheetError where there is none."""
        number, cells = find_header(self.numbered_cells(), header_row, f"Worksheet '{worksheet}' of {self.name}")
        named = nameless(self.width) if header_row == 0 else without_empty_end(cells)
        header = (*named, *[""] * (self.width - len(named)))
        return Table(
            Dialect(dialect),
            header,
            number,
            lambda: self.rows(number, len(header)),
            worksheet=worksheet,
            notices=(notice,),
            hidden_rows=sum(1 for row in self.facts.hidden_rows if row > number),
        )

    @property
    def width(self) -> int:
        """The columns up to the last one that holds a value."""
        return self.sheet.end[1] + 1 if self.sheet.end else 0

    def numbered_cells(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Every row of the used area as text, from row 1."""
        before = ("",) * (self.sheet.start[1] if self.sheet.start else 0)
        for number, values in enumerate(self.sheet.iter_rows(), 1):
            yield number, (*before, *(text_and_code(value)[0] for value in values))

    def rows(self, header_row: int, width: int) -> Iterator[Row]:
        """The rows below the header, ``width`` cells each, with all remarks; rows without any text are left out."""
        noted = groupby(self._remarks(header_row, width), itemgetter(0))
        noted_row, group = next(noted, _NOTHING)
        before = [""] * (self.sheet.start[1] if self.sheet.start else 0)
        number = header_row
        told: set[int] = set()
        for number, values in enumerate(islice(self.sheet.iter_rows(), header_row, None), header_row + 1):
            cells = before.copy()
            remarks: list[Remark] = []
            for value in values:
                if type(value) is str:
                    cells.append(value)
                elif type(value) is float and _EXACT_FROM < value < _EXACT_TO:
                    text = number_text(value)
                    column = len(cells)
                    # One of a column's whole numbers and one of its fractions stand for all of them.
                    kind = ~column if "." in text else column
                    if kind not in told:
                        told.add(kind)
                        remarks.append(Remark(column, "number"))
                    cells.append(text)
                else:
                    text, code = text_and_code(value)
                    if code:
                        remarks.append(Remark(len(cells), code))
                    cells.append(text)
            if number == noted_row:
                remarks = _joined(remarks, [remark for _, remark in group])
                noted_row, group = next(noted, _NOTHING)
            if remarks:
                if row := _noted_row(number, cells, remarks):
                    yield row
            elif not is_blank(cells):
                yield Row(number, tuple(cells))
        if noted_row > number:
            yield from _without_values(noted_row, group, noted, width)

    def _remarks(self, header_row: int, width: int) -> Iterator[tuple[int, Remark]]:
        """What the scan found below the header and within the columns, in the order of rows."""
        last_row = max(self.facts.last_row, header_row)
        merged = [area for cells in self.facts.merged if (area := _clipped(cells, header_row, last_row, width))]
        linked = [
            (area, target)
            for link in self.facts.links
            if (target := self._target(link)) and (area := _clipped(link.cells, header_row, last_row, width))
        ]
        if sum(map(_size, merged)) + sum(_size(area) for area, _ in linked) > MOST_CELLS:
            raise suspicious(self.name, "its merged cells or links overlap")
        return merge(
            ((row, Remark(-1, "hidden_row")) for row in self.facts.hidden_rows if row > header_row),
            self._marked(header_row, width),
            *(_spread(area, header_row, "merged", area.reference) for area in merged),
            *(_spread(area, header_row, "link_target", target) for area, target in linked if _size(area) > 1),
            sorted(
                (
                    (area.first_row, Remark(area.first_column, "link_target", target))
                    for area, target in linked
                    if _size(area) == 1
                ),
                key=itemgetter(0),
            ),
            key=itemgetter(0),
        )

    def _marked(self, header_row: int, width: int) -> Iterator[tuple[int, Remark]]:
        details = self.facts.details
        for mark in self.facts.marks:
            row, column, code = unpacked(mark)
            if row > header_row and column < width:
                yield row, Remark(column, _CODES[code], details.get(mark, ""))

    def _target(self, link: Hyperlink) -> str:
        target = self.targets.get(link.relation, "")
        return f"{target}#{link.place}" if link.place else target


def _without_values(noted_row: int, group: Iterator[tuple[int, Remark]], noted: _Noted, width: int) -> Iterator[Row]:
    """Below the last value there may be formulas whose values are not stored."""
    for number, remarks in chain(((noted_row, group),), noted):
        if row := _noted_row(number, [""] * width, [remark for _, remark in remarks]):
            yield row


def _joined(of_values: list[Remark], of_scan: list[Remark]) -> list[Remark]:
    """All remarks of a row, each thing said once: a date says more than its format, a format more than its number."""
    dates = {remark.column for remark in of_values if remark.code == "date"}
    formats = {remark.column for remark in of_scan if remark.code == "number_format"}
    return [
        *(remark for remark in of_values if remark.code != "number" or remark.column not in formats),
        *(remark for remark in of_scan if remark.code != "number_format" or remark.column not in dates),
    ]


def _noted_row(number: int, cells: list[str], remarks: list[Remark]) -> Row | None:
    """The row with its remarks; None where nothing stands in it and nothing should."""
    for remark in remarks:
        if remark.code == "error_value":
            cells[remark.column] = remark.detail
    if is_blank(cells) and not any(remark.code == "formula_without_value" for remark in remarks):
        return None
    return Row(number, tuple(cells), tuple(remarks))


def _clipped(cells: CellRange, header_row: int, last_row: int, width: int) -> CellRange | None:
    """The part of a range that lies below the header and within the table; its reference stays."""
    last_row = min(cells.last_row, last_row)
    last_column = min(cells.last_column, width - 1)
    if cells.last_row <= header_row or cells.first_row > last_row or cells.first_column > last_column:
        return None
    return replace(cells, last_row=last_row, last_column=last_column)


def _size(cells: CellRange) -> int:
    return (cells.last_row - cells.first_row + 1) * (cells.last_column - cells.first_column + 1)


def _spread(cells: CellRange, header_row: int, code: str, detail: str) -> Iterator[tuple[int, Remark]]:
    """One remark per cell of a range below the header, row by row; the first cell of merged ones has its own value."""
    corner = (cells.first_row, cells.first_column) if code == "merged" else None
    for row in range(max(cells.first_row, header_row + 1), cells.last_row + 1):
        for column in range(cells.first_column, cells.last_column + 1):
            if (row, column) != corner:
                yield row, Remark(column, code, detail)


def text_and_code(value: object) -> tuple[str, str]:
    """The text of a value and the remark's code: ``digits_lost``, ``date``, ``boolean``, or nothing."""
    match value:
        case str():
            return value, ""
        case None:
            return "", ""
        case bool():
            return ("TRUE" if value else "FALSE"), "boolean"
        case float() | int():
            text = number_text(value) if isinstance(value, float) else str(value)
            return text, ("digits_lost" if abs(value) >= DIGITS_ARE_LOST_FROM else "")
        case dt.date() | dt.time():
            return _date_text(value), "date"
        case dt.timedelta():
            return _duration_text(value), "date"
        case _:
            return str(value), ""


def _date_text(value: dt.date | dt.time) -> str:
    match value:
        case dt.datetime():
            return value.replace(microsecond=0, tzinfo=None).isoformat(" ")
        case dt.time():
            return value.replace(microsecond=0).isoformat()
        case _:
            return value.isoformat()


def _duration_text(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
