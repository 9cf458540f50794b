"""The content.xml of an .ods -> its tables: which are visible, how far their values reach, which rows are hidden.

A cell or a row may say that it is repeated a million times, so two lines of XML can stand for 17 billion cells: what a
table unfolds to is counted before anybody reads it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.parsers import expat

from hotline_batch.errors import SheetError
from hotline_batch.sheets.package import damaged, suspicious
from hotline_batch.sheets.worksheet_facts import LAST_ROW, MOST_CELLS

CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
HIDDEN = frozenset({"collapse", "filter"})
"""What ``table:visibility`` says of rows that are hidden by hand, or by a filter."""


@dataclass(slots=True)
class OdsTable:
    """One table, the ``index``-th of the file; its rows and columns are counted from 1, repetitions included."""

    index: int
    name: str
    is_visible: bool
    last_row: int = 0
    last_column: int = 0
    hidden_rows: array[int] = field(default_factory=lambda: array("L"))


def scan_tables(chunks: Iterable[bytes], name: str) -> list[OdsTable]:
    """The tables in the order of their tabs; ``name`` is the file's.

    SheetError where that is not XML, or where a table is too large to be read.
    """
    scan = _Scan(name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.StartDoctypeDeclHandler = scan.document_type
    parse_all(parser, chunks, name)
    return scan.tables


def parse_all(parser: expat.XMLParserType, chunks: Iterable[bytes], name: str) -> None:
    """Feed a parser to the end. SheetError where the content is not valid."""
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise invalid_content(name) from error


def invalid_content(name: str) -> SheetError:
    """The error for an .ods whose content cannot be parsed."""
    return damaged(name, "its content is not valid XML")


def repeats(attributes: dict[str, str], what: str) -> int:
    """How often a row or a cell stands there. ValueError for what is no number."""
    text = attributes.get(f"table:number-{what}-repeated")
    return 1 if text is None else max(int(text), 1)


class _Scan:
    """Handlers of one parse. Tables within a table's cells are drawings of theirs, not rows of ours."""

    def __init__(self, name: str) -> None:
        self.tables: list[OdsTable] = []
        self._name = name
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._depth = 0
        self._hidden_groups: list[bool] = []
        self._row = self._row_repeats = self._column = 0
        self._row_is_hidden = self._row_is_used = self._cell_is_open = False

    def document_type(self, *_: object) -> None:
        raise suspicious(self._name, "its content declares XML entities")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._start_table(attributes)
        elif self._depth == 1:
            self._start_in_table(name, attributes)
        elif name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def _start_table(self, attributes: dict[str, str]) -> None:
        is_visible = attributes.get("table:style-name", "") not in self._hidden_styles
        self.tables.append(OdsTable(len(self.tables), attributes.get("table:name", ""), is_visible))
        self._hidden_groups.clear()
        self._row = 0

    def _start_in_table(self, name: str, attributes: dict[str, str]) -> None:
        if name in CELLS:
            self._column += repeats(attributes, "columns")
            self._cell_is_open = True
            if "office:value-type" in attributes or "table:formula" in attributes:
                self._use_cell()
        elif name == "text:p" and self._cell_is_open:
            self._use_cell()
        elif name == "table:table-row":
            self._row_repeats = repeats(attributes, "rows")
            self._row += self._row_repeats
            self._column = 0
            self._row_is_used = False
            self._row_is_hidden = attributes.get("table:visibility") in HIDDEN or any(self._hidden_groups)
        elif name == "table:table-row-group":
            self._hidden_groups.append(attributes.get("table:display") == "false")
        elif self._cell_is_open:
            # A note or a drawing, whose paragraphs are not the cell's.
            self._cell_is_open = name.startswith("text:")

    def _use_cell(self) -> None:
        table = self.tables[-1]
        self._row_is_used = True
        table.last_row = self._row
        table.last_column = max(table.last_column, self._column)

    def end(self, name: str) -> None:
        if name == "table:table":
            self._depth -= 1
        elif self._depth != 1:
            return
        elif name in CELLS:
            self._cell_is_open = False
        elif name == "table:table-row-group":
            self._hidden_groups.pop()
        elif name == "table:table-row" and self._row_is_used:
            self._end_used_row()

    def _end_used_row(self) -> None:
        table = self.tables[-1]
        if table.last_row > LAST_ROW or table.last_row * table.last_column > MOST_CELLS:
            raise SheetError(
                f"{self._name}: the used area of table '{table.name}' reaches to row {table.last_row}, column "
                f"{table.last_column}, which is too large to read. Delete stray cells far from the table, or save the "
                "sheet as CSV."
            )
        if self._row_is_hidden:
            table.hidden_rows.extend(range(self._row - self._row_repeats + 1, self._row + 1))
