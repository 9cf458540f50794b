"""The styles of an OpenDocument spreadsheet -> formats of cells as Excel has them, hidden tables, widths of columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from hotline_batch.sheets.ods.names import DISPLAY, NUMBER, STYLE

_NUMBER_STYLES: Final = frozenset(
    f"{NUMBER}{kind}-style" for kind in ("number", "percentage", "currency", "date", "time", "boolean", "text")
)
STYLES: Final = _NUMBER_STYLES | {f"{STYLE}style", f"{STYLE}default-style"}
"""The elements that hold styles."""
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
_UNITS_OF_TIME: Final = frozenset(f"{NUMBER}{unit}" for unit in ("hours", "minutes", "seconds"))
_COLOUR: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}color"
_BY_SIGN: Final = ((">=0",), (">0", "<0"), (">0", "<0", "=0"))
"""Conditions for which formats of Excel have places instead of words."""
_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "#ff0000": "[Red]",
        "#0000ff": "[Blue]",
        "#00ff00": "[Green]",
        "#ffff00": "[Yellow]",
        "#00ffff": "[Cyan]",
        "#ff00ff": "[Magenta]",
        "#ffffff": "[White]",
        "#000000": "[Black]",
    }
)
_LENGTH: Final = re.compile(r"([0-9.]+)(cm|mm|in|pt)")
_PER_INCH: Final = MappingProxyType({"cm": 2.54, "mm": 25.4, "in": 1.0, "pt": 72.0})
_CHARACTERS_PER_INCH: Final = 96 / 7
"""Widths of columns count characters of seven pixels."""
_PLAIN_LETTERS: Final = frozenset(" -/.:()")


class OdsStyles:
    """Takes styles one by one, those of ``styles.xml`` first."""

    def __init__(self) -> None:
        self.hidden_tables: set[str] = set()
        self.widths: dict[str, float] = {}
        self._codes: dict[str, str] = {}
        self._where: dict[str, tuple[tuple[str, str], ...]] = {}
        self._of_cells: dict[str, tuple[str, str]] = {}

    def code_of(self, style: str) -> str:
        """The number format of a cell's style, empty where it has none; styles inherit."""
        for _ in range(20):
            parent, data_style = self._of_cells.get(style, ("", ""))
            if data_style:
                return self._whole_code(data_style)
            style = parent
        return ""

    def _whole_code(self, data_style: str) -> str:
        """A style's own format stands for the values that none of its conditions sends to another style."""
        own, where = self._codes.get(data_style, ""), self._where.get(data_style, ())
        others = [self._codes.get(other, "") for _, other in where]
        if not own or not all(others):
            return "" if where else own
        conditions = tuple(condition for condition, _ in where)
        if conditions not in _BY_SIGN:
            others = [f"[{condition}]{code}" for condition, code in zip(conditions, others, strict=True)]
        return ";".join([*others, own])

    def add(self, style: Element) -> None:
        """Note what a style says of cells, columns, tables or numbers."""
        name = style.get(f"{STYLE}name", "")
        if style.tag in _NUMBER_STYLES:
            self._codes[name] = _code(style)
            self._where[name] = tuple(_conditions(style))
            return
        if style.get(f"{STYLE}family") == "table-cell":
            parent = style.get(f"{STYLE}parent-style-name", "")
            self._of_cells[name] = (parent, style.get(f"{STYLE}data-style-name", ""))
        for properties in style:
            if properties.tag == f"{STYLE}table-properties" and properties.get(DISPLAY) == "false":
                self.hidden_tables.add(name)
            elif found := _LENGTH.fullmatch(properties.get(f"{STYLE}column-width", "")):
                inches = float(found[1]) / _PER_INCH[found[2]]
                self.widths[name] = round(inches * _CHARACTERS_PER_INCH, 2)


def _code(style: Element) -> str:
    """The format of numbers as Excel writes it."""
    parts = list(map(_part, style))
    if style.get(f"{NUMBER}truncate-on-overflow") == "false":
        # Its largest unit goes on counting where a day, an hour or a minute is full.
        largest = next((at for at, element in enumerate(style) if element.tag in _UNITS_OF_TIME), None)
        if largest is not None:
            parts[largest] = f"[{parts[largest]}]"
    code = "".join(parts).replace('""', "")
    if style.tag == f"{NUMBER}percentage-style" and "%" not in code:
        code += "%"
    return code.replace('"%"', "%")


def _conditions(style: Element) -> Iterator[tuple[str, str]]:
    """Which values, such as ``>=0``, have the format of which other style."""
    for element in style.iter(f"{STYLE}map"):
        condition = element.get(f"{STYLE}condition", "").replace(" ", "").removeprefix("value()").replace("!=", "<>")
        yield condition, element.get(f"{STYLE}apply-style-name", "")


def _part(element: Element) -> str:
    word = element.tag.removeprefix(NUMBER)
    match word:
        case _ if element.tag == f"{STYLE}text-properties":
            return _COLOURS.get(element.get(_COLOUR, "").casefold(), "")
        case "text" | "currency-symbol":
            text = element.text or ""
            return "".join(c if c in _PLAIN_LETTERS else f'"{c}"' if c != '"' else '\\"' for c in text)
        case "number":
            return _digits(element)
        case "scientific-number":
            return f"{_digits(element)}E+00"
        case "fraction":
            return "# ?/?"
        case "text-content":
            return "@"
    if word not in _DATE_PARTS:
        return ""
    short, long = _DATE_PARTS[word]
    part = long if element.get(f"{NUMBER}style") == "long" else short
    if word == "month" and element.get(f"{NUMBER}textual") == "true":
        part = "mmmm" if part == "mm" else "mmm"
    return part


def _digits(element: Element) -> str:
    """``#,##0.00`` and the like; General where the number of decimals is left open."""
    places, whole = element.get(f"{NUMBER}decimal-places"), element.get(f"{NUMBER}min-integer-digits", "1")
    if places is None and element.get(f"{NUMBER}grouping") != "true" and whole in {"0", "1"}:
        return "General"
    digits = "0" * min(int(whole), 30)
    if element.get(f"{NUMBER}grouping") == "true":
        digits = f"#,{digits.rjust(3, '#')}"
    return f"{digits}.{'0' * min(int(places), 30)}" if places and int(places) else digits
