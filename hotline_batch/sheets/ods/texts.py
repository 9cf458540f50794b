"""A cell of an OpenDocument spreadsheet -> its own text with its tabs and line breaks, and the link behind it.

White space is that of OpenDocument: several blanks in the XML are one, and blanks that count are elements.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.language.words import words
from hotline_batch.sheets.ods.names import HREF, TEXT
from hotline_batch.sheets.zip_safety import suspicious

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
        text = _WHITE_SPACE.sub(" ", data or "")
        if self._after_space:
            text = text.removeprefix(" ")
        if text:
            self._add(text)
            self._after_space = text.endswith(" ")

    def _add(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise suspicious(self._file, words("one of its cells holds a text of more than four million characters"))
        self._pieces.append(text)
        self._after_space = False
