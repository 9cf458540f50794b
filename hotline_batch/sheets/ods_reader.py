"""A snapshot of an .ods -> rows, as its content.xml flows by: every text with its tabs and line breaks.

The file is parsed twice: first to choose the table and to count what it unfolds to, then for the rows themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from hotline_batch.errors import SheetError
from hotline_batch.model import Dialect, Remark, Row
from hotline_batch.sheets.ods_cells import COVERED, EMPTY, Content, cell_content
from hotline_batch.sheets.ods_scan import CELLS, OdsTable, invalid_content, repeats, scan_tables
from hotline_batch.sheets.package import Package, locked, suspicious
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table, find_header, is_blank, nameless, without_empty_end
from hotline_batch.sheets.workbook import only_filled_worksheet

LARGEST_FILE_BYTES = 200 * 1024**2
_CONTENT = "content.xml"
_LONGEST_TEXT = 4 * 1024**2
_NOT_THE_TEXT = frozenset({"text:note", "text:ruby-text"})
_WHITE_SPACE = re.compile("[ \t\r\n]+")


def open_ods(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the only visible one that is not empty.

    SheetError for damaged and password-protected files, unknown and empty worksheets, and where several could be meant.
    """
    if snapshot.size > LARGEST_FILE_BYTES:
        raise SheetError(f"{snapshot.name} is too large for this format. Save it as XLSX or CSV.")
    with snapshot.open() as file:
        package = Package(file, snapshot.name)
        if b"encryption-data" in b"".join(package.chunks("META-INF/manifest.xml")):
            raise locked(snapshot.name)
        package.check()
        tables = {table.name: table for table in scan_tables(package.chunks(_CONTENT), snapshot.name)}
    visible = [name for name, table in tables.items() if table.is_visible]
    chosen = tables[
        only_filled_worksheet(list(tables), visible, worksheet, lambda name: tables[name].last_row > 0, snapshot.name)
    ]
    values = _OdsValues(snapshot, chosen)
    where = f"Worksheet '{chosen.name}' of {snapshot.name}"
    number, cells = find_header(values.numbered_cells(), header_row, where)
    named = nameless(chosen.last_column) if header_row == 0 else without_empty_end(cells)
    header = (*named, *[""] * (chosen.last_column - len(named)))
    return Table(
        Dialect("ods"),
        header,
        number,
        lambda: values.rows(number),
        worksheet=chosen.name,
        notices=(f"Worksheet '{chosen.name}'",),
        hidden_rows=sum(1 for row in chosen.hidden_rows if row > number),
    )


@dataclass(frozen=True, slots=True)
class _OdsValues:
    """One table of a file, which is parsed anew for each reading."""

    snapshot: Snapshot
    table: OdsTable

    def numbered_cells(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Every row up to the last one with a value, as text, from row 1."""
        last = 0
        for count, contents in self._unfolded():
            first, last = last + 1, min(last + count, self.table.last_row)
            cells = tuple(content.text for content in contents)
            yield from ((number, cells) for number in range(first, last + 1))

    def rows(self, header_row: int) -> Iterator[Row]:
        """The rows below the header with all remarks; rows without any text are left out."""
        hidden = set(self.table.hidden_rows)
        told: set[int] = set()
        last = 0
        for count, contents in self._unfolded():
            first, last = last + 1, min(last + count, self.table.last_row)
            cells = tuple(content.text for content in contents)
            if is_blank(cells) and not any("formula_without_value" in dict(each.remarks) for each in contents):
                continue
            remarks = tuple(_remarks(contents, told))
            for number in range(max(first, header_row + 1), last + 1):
                yield Row(number, cells, (Remark(-1, "hidden_row"), *remarks) if number in hidden else remarks)

    def _unfolded(self) -> Iterator[tuple[int, list[Content]]]:
        """Each row of the XML: how often it stands there, and its cells up to the table's last column."""
        walk = _Walk(self.snapshot.name, self.table)
        with self.snapshot.open() as file:
            try:
                for chunk in Package(file, self.snapshot.name).chunks(_CONTENT):
                    walk.parser.Parse(chunk, False)
                    yield from walk.finished
                    walk.finished.clear()
                    if walk.is_over:
                        return
            except (expat.ExpatError, ValueError, LookupError) as error:
                raise invalid_content(self.snapshot.name) from error


def _remarks(contents: list[Content], told: set[int]) -> Iterator[Remark]:
    """The remarks of a row; one of a column's whole numbers and one of its fractions stand for all of them."""
    for column, (text, found) in enumerate(contents):
        for code, detail in found:
            if code == "number":
                kind = ~column if "." in text else column
                if kind in told:
                    continue
                told.add(kind)
            yield Remark(column, code, detail)


class _Walk:
    """Handlers of one parse, interested in the rows of one table. ``finished`` are those that the parser came past.

    White space is that of OpenDocument: several blanks in the XML are one, and blanks that count are elements.
    """

    def __init__(self, name: str, table: OdsTable) -> None:
        self.finished: list[tuple[int, list[Content]]] = []
        self.is_over = False
        self._name = name
        self._table = table
        self._tables = 0
        self._is_inside = False
        self._skipped = 0
        self._row_repeats = 1
        self._row: list[Content] = []
        self._cell: dict[str, str] | None = None
        self._is_in_paragraph = False
        self._text: list[str] | None = None
        self._length = 0
        self._link = ""
        self._after_space = True
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._skipped:
            self._skipped += 1
        elif self._cell is not None:
            self._start_in_cell(name, attributes)
        elif not self._is_inside:
            if name == "table:table":
                self._is_inside = self._tables == self._table.index
                self._tables += 1
        elif name in CELLS:
            self._cell = attributes
            self._text, self._length, self._link = None, 0, ""
        elif name == "table:table-row":
            self._row_repeats = repeats(attributes, "rows")
            self._row = []

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p":
            if self._text is None:
                self._text = []
            else:
                self._add("\n")
            self._is_in_paragraph = self._after_space = True
            self.parser.CharacterDataHandler = self._characters
        elif not self._is_in_paragraph or not name.startswith("text:") or name in _NOT_THE_TEXT:
            # A comment, a drawing, a footnote: it has paragraphs of its own.
            self._skipped = 1
            self.parser.CharacterDataHandler = None
        elif name == "text:s":
            self._add(" " * min(int(attributes.get("text:c", "1")), _LONGEST_TEXT))
        elif name == "text:tab":
            self._add("\t")
        elif name == "text:line-break":
            self._add("\n")
        elif name == "text:a":
            self._link = self._link or attributes.get("xlink:href", "")

    def _characters(self, data: str) -> None:
        text = _WHITE_SPACE.sub(" ", data)
        if self._after_space and text.startswith(" "):
            text = text[1:]
        if text:
            self._add(text)
            self._after_space = text.endswith(" ")

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > _LONGEST_TEXT:
            raise suspicious(self._name, "one of its cells holds a text of more than four million characters")
        if self._text is not None:
            self._text.append(text)
        self._after_space = False

    def _end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            if not self._skipped and self._is_in_paragraph:
                self.parser.CharacterDataHandler = self._characters
        elif self._cell is not None:
            if name == "text:p":
                self._is_in_paragraph = False
                self.parser.CharacterDataHandler = None
            elif name in CELLS:
                self._end_cell(name, self._cell)
        elif self._is_inside and name == "table:table-row":
            missing = self._table.last_column - len(self._row)
            self.finished.append((self._row_repeats, self._row + [EMPTY] * missing))
        elif self._is_inside and name == "table:table":
            self._is_inside = False
            self.is_over = True

    def _end_cell(self, name: str, attributes: dict[str, str]) -> None:
        self._cell = None
        room = self._table.last_column - len(self._row)
        if room <= 0:
            return
        shown = None if self._text is None else "".join(self._text)
        is_covered = name == "table:covered-table-cell"
        content = COVERED if is_covered else cell_content(attributes, shown, self._link)
        self._row.extend([content] * min(repeats(attributes, "columns"), room))
