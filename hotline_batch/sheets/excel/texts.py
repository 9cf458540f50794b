"""The texts of an Open XML workbook: what its escapes mean, rich ones, and the table of those that cells share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.sheets.xml_stream import XmlStream

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
