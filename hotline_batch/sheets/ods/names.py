"""The names of OpenDocument as a parser with namespaces gives them."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

_ODS: Final = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE: Final = f"{{{_ODS}:office:1.0}}"
TABLE: Final = f"{{{_ODS}:table:1.0}}"
TEXT: Final = f"{{{_ODS}:text:1.0}}"
STYLE: Final = f"{{{_ODS}:style:1.0}}"
NUMBER: Final = f"{{{_ODS}:datastyle:1.0}}"
CALC: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"

A_TABLE: Final = f"{TABLE}table"
A_ROW: Final = f"{TABLE}table-row"
A_ROW_GROUP: Final = f"{TABLE}table-row-group"
A_COLUMN: Final = f"{TABLE}table-column"
A_CELL: Final = f"{TABLE}table-cell"
A_COVERED_CELL: Final = f"{TABLE}covered-table-cell"
TABLE_NAME: Final = f"{TABLE}name"
STYLE_NAME: Final = f"{TABLE}style-name"
VISIBILITY: Final = f"{TABLE}visibility"
DISPLAY: Final = f"{TABLE}display"
"""``false`` closes a group of rows, and hides a table."""
HIDDEN: Final = frozenset({"collapse", "filter"})


def repeats(element: Element, what: str) -> int:
    """How often a row, column or cell stands there. ValueError for what is no number."""
    return max(int(element.get(f"{TABLE}number-{what}-repeated", "1")), 1)
