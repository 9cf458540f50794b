"""What the XML of an Open XML workbook says of one cell -> the cell; and the texts that cells share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import Cell, Content, is_error_word, link_of_formula
from hotline_batch.sheets.cells.dates import counted_from_1900, iso_cell, number_cell
from hotline_batch.sheets.excel.values import NumberFormats
from hotline_batch.sheets.excel.workbook_parts import WorkbookParts, number_formats
from hotline_batch.sheets.refusals import damaged
from hotline_batch.sheets.xml_stream import XmlStream
from hotline_batch.sheets.zip_safety import Package

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def unescaped(text: str) -> str:
    """``_x000D_`` is a carriage return, ``_x005F_`` an underscore; two halves of a character become one.

    >>> unescaped("a_x000D_ _x005F_x000D_ _xD83D__xDC4D_")
    'a\\r _x000D_ 👍'
    """
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _SURROGATE.search(text) else text


def rich_text(element: Element, namespace: str) -> str:
    """A text in pieces of different looks, without these and without the readings of Japanese words."""
    piece, run = f"{namespace}t", f"{namespace}r"
    texts: list[str] = []
    for child in element:
        if child.tag == piece:
            texts.append(child.text or "")
        elif child.tag == run:
            texts.extend(found.text or "" for found in child.iterfind(piece))
    return "".join(texts)


def shared_strings(chunks: Iterable[bytes], file: str, part: str) -> list[str]:
    """The texts in their order."""
    items = XmlStream(chunks, file, part).elements({"si"})
    return [unescaped(rich_text(item, item.tag.removesuffix("si"))) for item in items]


_TEXT_KINDS: Final = frozenset({"str", "inlineStr"})
_TEXTS: Final = _TEXT_KINDS | {"s"}
_FALSE: Final = frozenset({"0", "false", "off"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


class CellTags:
    """The names of a cell's elements; ``namespace`` stands before each."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.cell, self.value, self.formula = f"{namespace}c", f"{namespace}v", f"{namespace}f"
        self.inline_text = f"{namespace}is"


class CellReader:
    """Knows what cells of one workbook refer to: shared texts and styles, read when the first cell wants them."""

    def __init__(self, package: Package, parts: WorkbookParts) -> None:
        self._package = package
        self._parts = parts

    @cached_property
    def _shared(self) -> Sequence[str]:
        part = self._parts.shared_strings
        return shared_strings(self._package.xml_chunks(part), self._package.name, part) if part else []

    @cached_property
    def _formats(self) -> NumberFormats:
        return number_formats(self._package, self._parts.styles)

    def content(self, cell: Element, tags: CellTags) -> Content:
        """What a cell's element says."""
        value = inline = formula = None
        for child in cell:
            if child.tag == tags.value:
                value = child.text or ""
            elif child.tag == tags.formula:
                formula = child.text or ""
            elif child.tag == tags.inline_text:
                inline = rich_text(child, tags.namespace)
        kind = cell.get("t")
        if formula is not None:
            return self._computed(cell, kind, value, inline, formula)
        if kind == "s":
            return self._shared_text(value)
        if kind in _TEXT_KINDS:
            # An old LibreOffice writes inline texts where values stand.
            return unescaped(inline if inline is not None else value or "")
        stored = ((inline if value is None else value) or "").strip()
        if stored:
            return self._value(cell, kind, stored)
        return Cell(CellKind.ERROR, "#ERROR!") if kind == "e" else ""

    def _computed(self, cell: Element, kind: str | None, value: str | None, inline: str | None, formula: str) -> Cell:
        stored = value if inline is None else inline
        link = link_of_formula(formula)
        if stored is None or (not stored.strip() and kind not in _TEXTS):
            return Cell(CellKind.EMPTY, link=link, is_formula=True)
        if kind in _TEXTS:
            text = self._shared_text(value) if kind == "s" else unescaped(stored)
            is_error = is_error_word(text)
            return Cell(CellKind.ERROR if is_error else CellKind.TEXT, text, link=link, is_formula=True)
        return self._value(cell, kind, stored.strip())._replace(is_formula=True, link=link)

    def _value(self, cell: Element, kind: str | None, text: str) -> Cell:
        """A number, date, truth or error."""
        if kind == "b":
            return Cell(CellKind.BOOLEAN, "FALSE" if text.lower() in _FALSE else "TRUE")
        if kind == "d":
            return iso_cell(text, self._formats[cell.get("s", "0")])
        if kind == "e" or not _NUMBER.fullmatch(text):
            # No program would write it as a number; whoever needs the cell must be told that there is none.
            return Cell(CellKind.ERROR, text)
        number = number_cell(float(text), self._formats[cell.get("s", "0")])
        return counted_from_1900(number) if self._parts.counts_from_1904 else number

    def _shared_text(self, value: str | None) -> str:
        if not value or value.isspace():
            return ""
        index = int(value)
        if not 0 <= index < len(self._shared):
            raise damaged(self._package.name, words("a cell refers to a text that is not there"))
        return self._shared[index]
