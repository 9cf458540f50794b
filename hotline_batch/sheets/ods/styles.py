"""The styles of an OpenDocument spreadsheet -> formats of cells as Excel has them, hidden tables, widths of columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hotline_batch.sheets.ods.names import DISPLAY, NUMBER, STYLE, TEXT

_KINDS: Final = frozenset(
    f"{NUMBER}{kind}-style" for kind in ("number", "percentage", "currency", "date", "time", "boolean", "text")
)
_DATE_PARTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "year": ("yy", "yyyy"),
        "month": ("m", "mm"),
        "day": ("d", "dd"),
        "day-of-week": ("ddd", "dddd"),
        "hours": ("h", "hh"),
        "minutes": ("m", "mm"),
        "seconds": ("s", "ss"),
        "am-pm": ("AM/PM", "AM/PM"),
    }
)
_LENGTH: Final = re.compile(r"([0-9.]+)(cm|mm|in|pt)")
_PER_INCH: Final = MappingProxyType({"cm": 2.54, "mm": 25.4, "in": 1.0, "pt": 72.0})
_CHARACTERS_PER_INCH: Final = 96 / 7
"""Widths of columns count characters of seven pixels."""
_PLAIN_LETTERS: Final = frozenset(" -/.:()")


class OdsStyles:
    """Takes the elements of styles as the parser comes past them, those of ``styles.xml`` first."""

    def __init__(self) -> None:
        self.hidden_tables: set[str] = set()
        self.widths: dict[str, float] = {}
        self._codes: dict[str, str] = {}
        self._of_cells: dict[str, tuple[str, str]] = {}
        self._style = ""
        self._pieces: list[str] | None = None
        self._code_name = ""
        self._is_text = False

    def code_of(self, style: str) -> str:
        """The number format of a cell's style, empty where it has none; styles inherit."""
        for _ in range(20):
            parent, data_style = self._of_cells.get(style, ("", ""))
            if data_style:
                return self._codes.get(data_style, "")
            style = parent
        return ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name == f"{STYLE}style":
            self._style = attributes.get(f"{STYLE}name", "")
            if attributes.get(f"{STYLE}family") == "table-cell":
                parent = attributes.get(f"{STYLE}parent-style-name", "")
                self._of_cells[self._style] = (parent, attributes.get(f"{STYLE}data-style-name", ""))
        elif name == f"{STYLE}default-style" and attributes.get(f"{STYLE}family") == "table-cell":
            self._of_cells[""] = ("", attributes.get(f"{STYLE}data-style-name", ""))
        elif name == f"{STYLE}table-properties" and attributes.get(DISPLAY) == "false":
            self.hidden_tables.add(self._style)
        elif name == f"{STYLE}table-column-properties":
            if found := _LENGTH.fullmatch(attributes.get(f"{STYLE}column-width", "")):
                inches = float(found[1]) / _PER_INCH[found[2]]
                self.widths[self._style] = round(inches * _CHARACTERS_PER_INCH, 2)
        elif name in _KINDS:
            self._pieces, self._code_name = [], attributes.get(f"{STYLE}name", "")
        elif self._pieces is not None:
            self._add_part(name, attributes)

    def text(self, data: str) -> None:
        """Characters between elements."""
        if self._pieces is not None and self._is_text:
            self._pieces.append("".join(c if c in _PLAIN_LETTERS else f'"{c}"' if c != '"' else '\\"' for c in data))

    def end(self, name: str) -> None:
        """An element ends."""
        self._is_text = False
        if name in _KINDS and self._pieces is not None:
            code = "".join(self._pieces).replace('""', "")
            if name == f"{NUMBER}percentage-style" and "%" not in code:
                code += "%"
            self._codes[self._code_name] = code.replace('"%"', "%")
            self._pieces = None

    def _add_part(self, name: str, attributes: Mapping[str, str]) -> None:
        pieces = self._pieces if self._pieces is not None else []
        word = name.removeprefix(NUMBER)
        if word in {"text", "currency-symbol"}:
            self._is_text = True
        elif word in _DATE_PARTS:
            short, long = _DATE_PARTS[word]
            part = long if attributes.get(f"{NUMBER}style") == "long" else short
            if word == "month" and attributes.get(f"{NUMBER}textual") == "true":
                part = "mmmm" if part == "mm" else "mmm"
            # Hours beyond a day's are shown as such.
            is_total = word == "hours" and attributes.get(f"{NUMBER}truncate-on-overflow") == "false"
            pieces.append(f"[{part}]" if is_total else part)
        elif word == "number":
            pieces.append(_digits(attributes))
        elif word == "scientific-number":
            pieces.append(f"{_digits(attributes)}E+00")
        elif word == "fraction":
            pieces.append("# ?/?")
        elif word == "text-content" or name == f"{TEXT}content":
            pieces.append("@")


def _digits(attributes: Mapping[str, str]) -> str:
    """``#,##0.00`` and the like; General where the number of decimals is left open."""
    places, whole = attributes.get(f"{NUMBER}decimal-places"), attributes.get(f"{NUMBER}min-integer-digits", "1")
    if places is None and attributes.get(f"{NUMBER}grouping") != "true" and whole in {"0", "1"}:
        return "General"
    digits = "0" * min(int(whole), 30)
    if attributes.get(f"{NUMBER}grouping") == "true":
        digits = f"#,{digits.rjust(3, '#')}"
    return f"{digits}.{'0' * min(int(places), 30)}" if places and int(places) else digits
