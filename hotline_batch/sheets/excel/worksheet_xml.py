"""The XML of one worksheet -> its rows with all that is said of each cell, and what lies over them. One pass.

Expat calls the handlers for each element; openpyxl's own reader of worksheets is not used, since it stops at what real
files hold: durations of strict Open XML, big numbers in the formats of dates, texts in cells of a number's type. What
openpyxl knows of number formats and dates is used, in ``dates``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hotline_batch.model import ColumnLook
from hotline_batch.sheets.areas import area_of, column_index
from hotline_batch.sheets.cell import LAST_COLUMN, LAST_ROW, Area, Content, SheetRow, cell_name
from hotline_batch.sheets.excel.cell_xml import CellReader
from hotline_batch.sheets.excel.xml_stream import XmlStream
from hotline_batch.sheets.zip_safety import damaged

_DIGITS: Final = "0123456789"
_TRUE: Final = frozenset({"1", "true", "on"})


@dataclass(frozen=True, slots=True)
class LaidLink:
    """A link over cells: ``relation`` names its target among the worksheet's relations, ``place`` a spot within."""

    area: Area
    relation: str
    place: str


class WorksheetXml:
    """One worksheet, parsed once. ``links`` and the like are complete when the last row was taken."""

    def __init__(self, file: str, part: str, chunks: Iterable[bytes], cells: CellReader) -> None:
        self.merged: list[Area] = []
        self.laid_links: list[LaidLink] = []
        self.columns: list[ColumnLook] = []
        self._file = file
        self._part = part
        self._chunks = chunks
        self._cells = cells

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that has a cell with something in it, in the order of the file."""
        handlers = _Handlers(self, self._file, self._cells)
        for _ in XmlStream(handlers, self._file, self._part).feed(self._chunks):
            yield from handlers.finished
            handlers.finished.clear()


class _Handlers:
    """Handlers of one parse; ``finished`` are the rows that the parser came past."""

    stream: XmlStream

    def __init__(self, worksheet: WorksheetXml, file: str, cells: CellReader) -> None:
        self.finished: list[SheetRow] = []
        self._worksheet = worksheet
        self._file = file
        self._cells = cells
        self._indexes: dict[str, int] = {}
        self._row = 0
        self._row_text = ""
        self._is_hidden = False
        self._contents: list[Content] = []
        self._taken: set[int] = set()
        self._column = -1
        self._is_in_cell = False
        self._is_reading = False
        self._attributes: dict[str, str] = {}
        self._value: list[str] | None = None
        self._inline: list[str] | None = None
        self._formula: list[str] | None = None
        self._others: dict[str, Callable[[dict[str, str]], None]] = {}

    def begin(self, root: str, prefix: str) -> None:
        """SheetError where the part holds something else than a worksheet."""
        if root != "worksheet":
            raise damaged(self._file, "its worksheet is something else")
        self._c, self._v, self._f = f"{prefix}c", f"{prefix}v", f"{prefix}f"
        self._t, self._is, self._ph = f"{prefix}t", f"{prefix}is", f"{prefix}rPh"
        self._texts = frozenset({self._v, self._f, self._t})
        self._tag_of_row = f"{prefix}row"
        self._others = {
            f"{prefix}mergeCell": self._merge,
            f"{prefix}hyperlink": self._link,
            f"{prefix}col": self._columns_look,
        }

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._start_cell(attributes)
        elif name == self._tag_of_row:
            self._start_row(attributes)
        elif not self._is_in_cell:
            if handler := self._others.get(name):
                handler(attributes)
            else:
                self.stream.start(name, attributes)
        elif name == self._v:
            self._value = []
            self.stream.parser.CharacterDataHandler = self._value.append
        elif name == self._f:
            self._formula = []
            self.stream.parser.CharacterDataHandler = self._formula.append
        elif name == self._t:
            if self._inline is not None and not self._is_reading:
                self.stream.parser.CharacterDataHandler = self._inline.append
        elif name == self._is:
            self._inline = []
        elif name == self._ph:
            self._is_reading = True
        else:
            self.stream.start(name, attributes)

    def end(self, name: str) -> None:
        if name in self._texts:
            self.stream.parser.CharacterDataHandler = None
        elif name == self._c:
            self._end_cell()
        elif name == self._tag_of_row:
            self._end_row()
        elif name == self._ph:
            self._is_reading = False
        else:
            self.stream.end(name)

    def _start_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        self._row = number = int(given) if given else self._row + 1
        if not 0 < number <= LAST_ROW:
            raise damaged(self._file, f"it has a row {str(number)[:20]}")
        self._row_text = str(number)
        self._column = -1
        self._contents = []
        self._taken.clear()
        height = attributes.get("ht")
        self._is_hidden = attributes.get("hidden") in _TRUE or (height is not None and float(height) == 0)

    def _end_row(self) -> None:
        if self._contents:
            self.finished.append(SheetRow(self._row, self._contents, self._is_hidden))
            self._contents = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            column = self._column + 1
            if column >= LAST_COLUMN:
                raise damaged(self._file, f"row {self._row} has too many cells")
        else:
            letters = reference.rstrip(_DIGITS)
            found = self._indexes.get(letters)
            column = self._indexes.setdefault(letters, column_index(letters)) if found is None else found
            if reference[len(letters) :] != self._row_text:
                raise damaged(self._file, f"cell {reference[:20]} stands in row {self._row}")
        if column <= self._column and column in self._taken:
            raise damaged(self._file, f"cell {cell_name(self._row, column)} stands in it twice")
        self._taken.add(column)
        self._column = column
        self._attributes = attributes
        self._value = self._inline = self._formula = None
        self._is_in_cell = True

    def _end_cell(self) -> None:
        self._is_in_cell = False
        value, inline, formula = self._value, self._inline, self._formula
        if value is None and inline is None and formula is None:
            return
        content = self._cells.content(
            self._attributes,
            None if value is None else "".join(value),
            None if inline is None else "".join(inline),
            None if formula is None else "".join(formula),
        )
        contents, column = self._contents, self._column
        missing = column - len(contents)
        if not missing:
            contents.append(content)
        elif missing > 0:
            contents.extend([""] * missing)
            contents.append(content)
        else:
            contents[column] = content

    def _merge(self, attributes: dict[str, str]) -> None:
        self._worksheet.merged.extend(_areas(attributes))

    def _link(self, attributes: dict[str, str]) -> None:
        relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
        place = attributes.get("location", "")
        self._worksheet.laid_links.extend(LaidLink(area, relation, place) for area in _areas(attributes))

    def _columns_look(self, attributes: dict[str, str]) -> None:
        is_hidden, width = attributes.get("hidden") in _TRUE, attributes.get("width")
        first, last = int(attributes.get("min", "1")), min(int(attributes.get("max", "0")), LAST_COLUMN)
        # Some programs write a width for all columns to the last.
        if len(self._worksheet.columns) <= LAST_COLUMN and first > 0:
            self._worksheet.columns.extend(
                ColumnLook(column, None if width is None else float(width), is_hidden)
                for column in range(first - 1, last)
            )


def _areas(attributes: dict[str, str]) -> Sequence[Area]:
    return [area for reference in attributes.get("ref", "").split() if (area := area_of(reference))]
