"""The texts of a workbook: what its escapes mean, and the table of those that cells share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hotline_batch.sheets.excel.xml_stream import XmlStream

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


def shared_strings(chunks: Iterable[bytes], file: str, part: str) -> list[str]:
    """The texts in their order, without formatting and without the readings of Japanese words."""
    table = _SharedStrings()
    for _ in XmlStream(table, file, part).feed(chunks):
        pass
    return table.found


class _SharedStrings:
    """Handlers of one parse."""

    stream: XmlStream

    def __init__(self) -> None:
        self.found: list[str] = []
        self._text: list[str] = []
        self._is_reading = False

    def begin(self, _: str, prefix: str) -> None:
        self._item, self._piece, self._reading = f"{prefix}si", f"{prefix}t", f"{prefix}rPh"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._piece:
            if not self._is_reading:
                self.stream.parser.CharacterDataHandler = self._text.append
        elif name == self._reading:
            self._is_reading = True
        elif name == self._item:
            self._text = []
        else:
            self.stream.start(name, attributes)

    def end(self, name: str) -> None:
        if name == self._piece:
            self.stream.parser.CharacterDataHandler = None
        elif name == self._item:
            self.found.append(unescaped("".join(self._text)))
        elif name == self._reading:
            self._is_reading = False
        else:
            self.stream.end(name)
