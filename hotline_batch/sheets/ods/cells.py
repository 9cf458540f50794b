"""What an OpenDocument spreadsheet says of one cell -> the cell.

It keeps both the value and the text as the program showed it last, so a number whose format shows something else is
known by its look where its style does not tell. White space with line breaks in the XML is layout, and stands for one
blank at most. Blanks alone are the person's: LibreOffice writes them as they are into cells of several lines, and shows
them in any file, though OpenDocument has elements for them (part 3, 6.1.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import Cell, Content, is_error_word, link_of_formula
from hotline_batch.sheets.cells.cell_text import number_text
from hotline_batch.sheets.cells.dates import is_plain, iso_cell, number_cell
from hotline_batch.sheets.ods.names import CALC, HREF, OFFICE, TABLE, TEXT
from hotline_batch.sheets.refusals import suspicious

LONGEST_TEXT: Final = 4 * 1024**2

_PARAGRAPH: Final = f"{TEXT}p"
_NOT_THE_TEXT: Final = frozenset({f"{TEXT}note", f"{TEXT}ruby-text"})
_WHITE_SPACE: Final = re.compile("[ \t\r\n]+")


class CellText:
    """The text of one cell; ``shown`` is None where it has no paragraph, ``link`` the first address in it.

    A comment, a drawing, a footnote and a table in the cell have paragraphs of their own, which are no text of it.
    ``file`` is named where the text is endless.
    """

    def __init__(self, cell: Element, file: str) -> None:
        self.link = ""
        self._file = file
        self._pieces: list[str] = []
        self._length = 0
        paragraphs = cell.findall(_PARAGRAPH)
        for number, paragraph in enumerate(paragraphs):
            if number:
                self._add("\n")
            self._after_space = True
            self._add_contents(paragraph)
        self.shown = "".join(self._pieces) if paragraphs else None

    def _add_contents(self, element: Element) -> None:
        self._add_characters(element.text)
        for child in element:
            match child.tag.removeprefix(TEXT):
                case "s":
                    self._add(" " * min(int(child.get(f"{TEXT}c", "1")), LONGEST_TEXT))
                case "tab":
                    self._add("\t")
                case "line-break":
                    self._add("\n")
                case _ if child.tag.startswith(TEXT) and child.tag not in _NOT_THE_TEXT:
                    self.link = self.link or child.get(HREF, "")
                    self._add_contents(child)
            self._add_characters(child.tail)

    def _add_characters(self, data: str | None) -> None:
        text = data or ""
        first = _WHITE_SPACE.match(text)
        if first and self._after_space and _without_layout(first) != first[0]:
            text = text[first.end() :]
        text = _WHITE_SPACE.sub(_without_layout, text)
        if text:
            self._add(text)
            self._after_space = text.endswith(" ")

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise suspicious(self._file, words("one of its cells holds a text of more than four million characters"))
        self._pieces.append(text)
        self._after_space = False


def _without_layout(white_space: re.Match[str]) -> str:
    return " " if white_space[0].strip(" ") else white_space[0]


_TRUE: Final = frozenset({"TRUE", "WAHR", "ИСТИНА", "VERDADERO"})
_FALSE: Final = frozenset({"FALSE", "FALSCH", "ЛОЖЬ", "FALSO"})
_UNKNOWN_FORMATS: Final = {"percentage": "0.00%", "currency": "#,##0.00"}
_VALUE_TYPE: Final = f"{OFFICE}value-type"


def cell_content(attributes: Mapping[str, str], shown: str | None, link: str, number_format: str) -> Content:
    """The cell; ``shown`` is its own text, None where it has none, ``link`` the address laid over that."""
    formula = attributes.get(f"{TABLE}formula")
    text = shown or ""
    if formula is None:
        content = _value(attributes, text, number_format)
        if not link:
            return content
        return Cell(CellKind.TEXT, content, link=link) if isinstance(content, str) else content._replace(link=link)
    link = link or link_of_formula(formula)
    if shown is None and _VALUE_TYPE not in attributes:
        return Cell(CellKind.EMPTY, link=link, is_formula=True)
    if is_error_word(text):
        return Cell(CellKind.ERROR, text.strip(), link=link, is_formula=True)
    content = _value(attributes, text, number_format)
    if isinstance(content, str):
        return Cell(CellKind.TEXT, content, link=link, is_formula=True)
    return content._replace(link=link, is_formula=True)


def _value(attributes: Mapping[str, str], shown: str, number_format: str) -> Content:
    if attributes.get(f"{CALC}value-type") == "error":
        return Cell(CellKind.ERROR, shown.strip() or "#ERROR!")
    kind = attributes.get(_VALUE_TYPE, "string")
    match kind:
        case "float" | "percentage" | "currency":
            return _number(attributes.get(f"{OFFICE}value", ""), shown, number_format, kind)
        case "date":
            return iso_cell(attributes.get(f"{OFFICE}date-value", shown), number_format)
        case "time":
            return iso_cell(attributes.get(f"{OFFICE}time-value", shown), number_format)
        case "boolean":
            return Cell(CellKind.BOOLEAN, attributes.get(f"{OFFICE}boolean-value", shown).upper())
        case _:
            stored = attributes.get(f"{OFFICE}string-value", "")
            # Line breaks do not survive in an attribute; the paragraphs have them.
            return stored if stored and stored.split() != shown.split() else shown


def _number(stored: str, shown: str, number_format: str, kind: str) -> Cell:
    look = shown.strip()
    try:
        value = float(stored)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return Cell(CellKind.ERROR, look or stored or "#ERROR!")
    if look.upper() in _TRUE | _FALSE:
        # LibreOffice keeps what =TRUE() gives as the number 1.
        return Cell(CellKind.BOOLEAN, "TRUE" if look.upper() in _TRUE else "FALSE")
    if is_plain(number_format):
        text = number_text(value)
        looks_otherwise = bool(look) and text not in {look, look.replace(",", ".")}
        fallback = _UNKNOWN_FORMATS.get(kind, "#,##0.###" if looks_otherwise and abs(value) < 1e15 else "")
        return Cell(CellKind.NUMBER, "", value, fallback)
    return number_cell(value, number_format)
