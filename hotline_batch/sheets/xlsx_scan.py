"""The XML of one worksheet -> what the values do not tell: hidden rows, formulas, errors, formats, links, merges, size.

A streaming parse that keeps eight bytes per noteworthy cell; rows that are like one before them need none. Links and
merges stand after the rows in the file, hence the scan comes before the rows are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from xml.parsers import expat

from hotline_batch.sheets.package import damaged, suspicious
from hotline_batch.sheets.row_patterns import ROW_END, RowPattern, RowPatterns, is_one_row
from hotline_batch.sheets.worksheet_facts import (
    ERROR_VALUE,
    FORMULA,
    FORMULA_LINK,
    FORMULA_WITHOUT_VALUE,
    LAST_COLUMN,
    LAST_ROW,
    NUMBER_FORMAT,
    Hyperlink,
    WorksheetFacts,
    cell_name,
    cell_range,
    column_index,
    unpacked,
)

_DIGITS: Final = "0123456789"
_LONGEST_ROW_BYTES: Final = 2 * 1024**2
_TRUE: Final = frozenset({"1", "true"})
_NUMBER_KINDS: Final = frozenset({None, "n"})
_HYPERLINK: Final = re.compile(r'\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*[,)]', re.IGNORECASE)


def scan_worksheet(
    chunks: Iterable[bytes], name: str, formatted_styles: frozenset[int] = frozenset()
) -> WorksheetFacts:
    """Scan the XML of one worksheet; ``formatted_styles`` are those that show something else than a number.

    SheetError where it is not well formed, declares entities, or has a row or a cell twice.
    """
    scanner = _Scanner(name, frozenset(map(str, formatted_styles)))
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = scanner.root
    parser.StartDoctypeDeclHandler = scanner.document_type
    scanner.parser = parser
    try:
        scanner.read(chunks)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        raise damaged(name, "the XML of its worksheet is not valid") from error
    return scanner.finish()


class _Scanner:
    """Handlers of one parse. Only elements' starts are looked at; text only within formulas and errors."""

    parser: expat.XMLParserType

    def __init__(self, name: str, formatted_styles: frozenset[str]) -> None:
        self._name = name
        self._formatted_styles = formatted_styles
        self._facts = WorksheetFacts()
        self._columns: dict[str, int] = {}
        self._used_rows = bytearray(LAST_ROW + 1)
        self._taken_columns: set[int] = set()
        self._row = 0
        self._rows_started = 0
        self._row_text = ""
        self._row_hidden = False
        self._row_used = False
        self._column = -1
        self._is_error = False
        self._pending = False
        self._has_formula = False
        self._is_text = False
        self._is_formatted = False
        self._formula: list[str] = []
        self._value: list[str] | None = None

    def read(self, chunks: Iterable[bytes]) -> None:
        """Parse what is not known: rows that are like one before it need no parse."""
        patterns = RowPatterns()
        is_between_rows = False
        rest = b""
        for chunk in chunks:
            *rows, rest = (rest + chunk).split(ROW_END) if patterns.is_worth_looking else (rest + chunk,)
            for row in rows:
                found = patterns.find(row) if is_between_rows else None
                if found is not None:
                    self._repeat(*found)
                else:
                    is_between_rows = self._parse_row(row, patterns)
            if len(rest) > _LONGEST_ROW_BYTES or not patterns.is_worth_looking:
                self.parser.Parse(rest, False)
                is_between_rows, rest = False, b""
        self.parser.Parse(rest, False)

    def _parse_row(self, row: bytes, patterns: RowPatterns) -> bool:
        """Parse what ends with a row's end; whether that was one whole row, so that another may stand behind it."""
        facts, rows, marked = self._facts, self._rows_started, len(self._facts.marks)
        others = len(facts.merged) + len(facts.links)
        self.parser.Parse(row + ROW_END, False)
        is_row = self._rows_started == rows + 1 and is_one_row(row)
        if self._pending:
            self._end_special_cell()
        marks = facts.marks[marked:]
        has_details = any(mark in facts.details for mark in marks)
        if is_row and not has_details and others == len(facts.merged) + len(facts.links):
            patterns.learn(
                row,
                self._row,
                is_used=self._row_used,
                is_hidden=self._row_hidden,
                marks=[(column, code) for number, column, code in map(unpacked, marks) if number == self._row],
            )
        return is_row

    def _repeat(self, number: int, pattern: RowPattern) -> None:
        self._start_row(number)
        self._row_used, self._row_hidden = pattern.is_used, pattern.is_hidden
        for column, code in pattern.marks:
            self._facts.mark(number, column, code)

    def document_type(self, *_: object) -> None:
        raise suspicious(self._name, "its worksheet declares XML entities")

    def root(self, name: str, _: dict[str, str]) -> None:
        """The root's prefix is that of every element of ours; some programs write ``x:row``."""
        prefix, colon, word = name.rpartition(":")
        if word != "worksheet":
            raise damaged(self._name, "its worksheet is something else")
        handlers: dict[str, Callable[[dict[str, str]], None]] = {
            f"{prefix}{colon}{tag}": handler
            for tag, handler in (
                ("c", self._cell_starts),
                ("v", self._value_starts),
                ("is", self._value_starts),
                ("f", self._formula_starts),
                ("row", self._row_starts),
                ("mergeCell", self._merge),
                ("hyperlink", self._link),
            )
        }
        find = handlers.get

        def start(name: str, attributes: dict[str, str]) -> None:
            handler = find(name)
            if handler is not None:
                handler(attributes)

        self.parser.StartElementHandler = start

    def finish(self) -> WorksheetFacts:
        self._end_row()
        self._facts.put_in_order()
        return self._facts

    def _start_row(self, number: int) -> None:
        self._end_row()
        self._row = number
        if not 0 < number <= LAST_ROW:
            raise damaged(self._name, f"it has a row {str(number)[:20]}")

    def _row_starts(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        self._start_row(int(given) if given else self._row + 1)
        self._rows_started += 1
        self._row_text = str(self._row)
        self._column = -1
        self._taken_columns.clear()
        height = attributes.get("ht")
        self._row_hidden = attributes.get("hidden") in _TRUE or (height is not None and float(height) == 0)

    def _end_row(self) -> None:
        if self._pending:
            self._end_special_cell()
        facts = self._facts
        if self._row_used:
            if self._used_rows[self._row]:
                raise damaged(self._name, f"row {self._row} stands in it twice")
            self._used_rows[self._row] = 1
            facts.last_row = max(facts.last_row, self._row)
            if not facts.first_row or self._row < facts.first_row:
                facts.first_row = self._row
            if self._row_hidden:
                facts.hidden_rows.append(self._row)
        self._row_used = False

    def _cell_starts(self, attributes: dict[str, str]) -> None:
        if self._pending:
            self._end_special_cell()
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
            if self._column >= LAST_COLUMN:
                raise damaged(self._name, f"row {self._row} has too many cells")
        else:
            letters = reference.rstrip(_DIGITS)
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_index(letters)
            if reference[len(letters) :] != self._row_text:
                raise damaged(self._name, f"cell {reference[:20]} stands in row {self._row}")
            self._column = column
        if self._column in self._taken_columns:
            raise damaged(self._name, f"cell {cell_name(self._row, self._column)} stands in it twice")
        self._taken_columns.add(self._column)
        kind = attributes.get("t")
        self._is_error = kind == "e"
        self._is_text = kind == "str"
        if self._formatted_styles:
            self._is_formatted = attributes.get("s") in self._formatted_styles and kind in _NUMBER_KINDS

    def _value_starts(self, _: dict[str, str]) -> None:
        self._row_used = True
        if not self._facts.first_column <= self._column <= self._facts.last_column:
            self._facts.first_column = min(self._facts.first_column, self._column)
            self._facts.last_column = max(self._facts.last_column, self._column)
        if self._pending:
            self._value = []
        elif self._is_error:
            self._start_special_cell()
            self._value = []
        elif self._is_formatted:
            self._mark(NUMBER_FORMAT)

    def _formula_starts(self, _: dict[str, str]) -> None:
        self._row_used = True
        if not self._pending:
            self._start_special_cell()
        self._has_formula = True

    def _start_special_cell(self) -> None:
        self._pending = True
        self._has_formula = False
        self._formula = []
        self._value = None
        self.parser.CharacterDataHandler = self._text

    def _text(self, text: str) -> None:
        (self._formula if self._value is None else self._value).append(text)

    def _end_special_cell(self) -> None:
        self.parser.CharacterDataHandler = None
        self._pending = False
        value = None if self._value is None else "".join(self._value).strip()
        if self._is_error:
            self._mark(ERROR_VALUE, value or "#ERROR!")
        elif self._has_formula:
            without = value is None or (not value and not self._is_text)
            self._mark(FORMULA_WITHOUT_VALUE if without else FORMULA)
            link = _HYPERLINK.match("".join(self._formula))
            if link:
                self._mark(FORMULA_LINK, link.group(1).replace('""', '"'))
            if self._is_formatted and not without:
                self._mark(NUMBER_FORMAT)

    def _mark(self, code: int, detail: str = "") -> None:
        self._facts.mark(self._row, self._column, code, detail)

    def _merge(self, attributes: dict[str, str]) -> None:
        cells = cell_range(attributes.get("ref", ""))
        if cells:
            self._facts.merged.append(cells)

    def _link(self, attributes: dict[str, str]) -> None:
        cells = cell_range(attributes.get("ref", ""))
        relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        if cells:
            self._facts.links.append(Hyperlink(cells, relation, attributes.get("location", "")))
