"""What the XML of a worksheet says of one cell -> the cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hotline_batch.model import CellKind
from hotline_batch.sheets.cell import Cell, Content, counted_from_1900, link_of_formula, number_cell
from hotline_batch.sheets.error_words import is_error_word
from hotline_batch.sheets.excel.number_formats import NumberFormats
from hotline_batch.sheets.excel.texts import unescaped
from hotline_batch.sheets.iso_dates import iso_cell

_TEXT_KINDS: Final = frozenset({"str", "inlineStr"})
_TEXTS: Final = _TEXT_KINDS | {"s"}
_FALSE: Final = frozenset({"0", "false", "off"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


class CellReader:
    """Knows what cells of one workbook refer to: shared texts, and styles; both are loaded when they are wanted.

    ``missing`` makes the error for a text that is not in the table.
    """

    def __init__(
        self,
        shared_strings: Callable[[], Sequence[str]],
        formats: Callable[[], NumberFormats],
        missing: Callable[[], Exception],
        *,
        counts_from_1904: bool = False,
    ) -> None:
        self._load_shared_strings = shared_strings
        self._shared: Sequence[str] | None = None
        self._load_formats = formats
        self._formats: NumberFormats | None = None
        self._missing = missing
        self._counts_from_1904 = counts_from_1904

    def content(
        self, attributes: Mapping[str, str], value: str | None, inline: str | None, formula: str | None
    ) -> Content:
        """The cell; ``value``, ``inline`` and ``formula`` are what its elements hold, None where they are not there."""
        kind = attributes.get("t")
        if formula is None:
            if kind == "s":
                return self._shared_text(value)
            if kind in _TEXT_KINDS:
                # An old LibreOffice writes inline texts where values stand.
                return unescaped(inline if inline is not None else value or "")
            return self._value(attributes, kind, inline if value is None else value)
        return self._computed(attributes, kind, value, inline, formula)

    def _computed(
        self, attributes: Mapping[str, str], kind: str | None, value: str | None, inline: str | None, formula: str
    ) -> Content:
        stored = value if inline is None else inline
        link = link_of_formula(formula)
        if stored is None or (not stored.strip() and kind not in _TEXTS):
            return Cell(CellKind.EMPTY, link=link, is_formula=True)
        if kind in _TEXTS:
            text = self._shared_text(value) if kind == "s" else unescaped(stored)
            is_error = is_error_word(text)
            return Cell(CellKind.ERROR if is_error else CellKind.TEXT, text, link=link, is_formula=True)
        content = self._value(attributes, kind, stored)
        return content if isinstance(content, str) else content._replace(is_formula=True, link=link)

    def _value(self, attributes: Mapping[str, str], kind: str | None, stored: str | None) -> Content:
        """Numbers, dates, truths and errors."""
        text = (stored or "").strip()
        if not text:
            return Cell(CellKind.ERROR, "#ERROR!") if kind == "e" else ""
        if kind is None or kind == "n":
            return self._number(text, attributes)
        if kind == "b":
            return Cell(CellKind.BOOLEAN, "FALSE" if text.lower() in _FALSE else "TRUE")
        if kind == "d":
            return iso_cell(text, self._format_of(attributes))
        if kind == "e" or not _NUMBER.fullmatch(text):
            return Cell(CellKind.ERROR, text)
        return self._number(text, attributes)

    def _number(self, text: str, attributes: Mapping[str, str]) -> Cell:
        number_format = self._format_of(attributes)
        if not _NUMBER.fullmatch(text):
            # No program would write it; whoever needs the cell must be told that there is no number.
            return Cell(CellKind.ERROR, text)
        cell = number_cell(float(text), number_format)
        return counted_from_1900(cell) if self._counts_from_1904 else cell

    def _format_of(self, attributes: Mapping[str, str]) -> str:
        if self._formats is None:
            self._formats = self._load_formats()
        return self._formats[attributes.get("s", "0")]

    def _shared_text(self, value: str | None) -> str:
        if self._shared is None:
            self._shared = self._load_shared_strings()
        if not value or value.isspace():
            return ""
        index = int(value)
        if not 0 <= index < len(self._shared):
            raise self._missing()
        return self._shared[index]
