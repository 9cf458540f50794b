"""What an .ods says of one cell -> its text, and what is to be told of it.

An .ods keeps both the value and the text as the program showed it last, so a number whose format shows something else
is known by its look.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from hotline_batch.sheets.cell_text import DIGITS_ARE_LOST_FROM, number_text

_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:[0-9]{3}")
_HYPERLINK = re.compile(r'(?:[a-z]+:)?=?\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*[;,)]', re.IGNORECASE)
_DURATION = re.compile(r"(-?)PT([0-9]+)H([0-9]{1,2})M([0-9]{1,2})(?:[.,][0-9]+)?S", re.ASCII)
_TRUE = frozenset({"TRUE", "WAHR", "ИСТИНА", "VERDADERO"})
_FALSE = frozenset({"FALSE", "FALSCH", "ЛОЖЬ", "FALSO"})
_FORMATTED_KINDS = frozenset({"percentage", "currency"})


class Content(NamedTuple):
    """A cell's text, and its remarks as code and detail."""

    text: str
    remarks: tuple[tuple[str, str], ...] = ()


EMPTY = Content("")
COVERED = Content("", (("merged", ""),))
"""A cell under a merged one. What it may hold is not shown."""


def cell_content(attributes: Mapping[str, str], shown: str | None, link: str) -> Content:
    """The content of a cell; ``shown`` is its own text, None where it has none, ``link`` the target laid over that."""
    formula = attributes.get("table:formula")
    if formula is None:
        text, code = _value(attributes, shown or "")
        if not code and not link:
            return Content(text) if text else EMPTY
        return Content(text, _remarks((code, text if code == "error_value" else ""), ("link_target", link)))
    if shown is None and attributes.get("office:value-type") is None:
        text, code = "", "formula_without_value"
    elif _ERROR.fullmatch((shown or "").strip()):
        text, code = (shown or "").strip(), "error_value"
    else:
        text, code = _value(attributes, shown or "")
    link_formula = _HYPERLINK.match(formula)
    target = link or (link_formula[1].replace('""', '"') if link_formula else "")
    without = ("formula", "") if code != "formula_without_value" else ("", "")
    return Content(text, _remarks(without, (code, text if code == "error_value" else ""), ("link_target", target)))


def _remarks(*found: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The remarks that say something: a link without a target is none."""
    return tuple((code, detail) for code, detail in found if code and (detail or code != "link_target"))


def _value(attributes: Mapping[str, str], shown: str) -> tuple[str, str]:
    """The text of the stored value, and the code of what is to be told."""
    if attributes.get("calcext:value-type") == "error":
        return shown.strip() or "#ERROR!", "error_value"
    kind = attributes.get("office:value-type", "string")
    match kind:
        case "float" | "percentage" | "currency":
            return _number(attributes.get("office:value", ""), shown, is_formatted=kind in _FORMATTED_KINDS)
        case "date":
            return attributes.get("office:date-value", shown).replace("T", " ").partition(".")[0], "date"
        case "time":
            return _duration(attributes.get("office:time-value", shown)), "date"
        case "boolean":
            return attributes.get("office:boolean-value", shown).upper(), "boolean"
        case _:
            stored = attributes.get("office:string-value", "")
            # Line breaks do not survive in an attribute; the paragraphs have them.
            return (stored if stored and stored.split() != shown.split() else shown), ""


def _number(stored: str, shown: str, *, is_formatted: bool) -> tuple[str, str]:
    try:
        value = float(stored)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return shown.strip() or stored or "#ERROR!", "error_value"
    text = number_text(value)
    if abs(value) >= DIGITS_ARE_LOST_FROM:
        return text, "digits_lost"
    look = shown.strip()
    if look in _TRUE or look in _FALSE:
        # LibreOffice keeps what =TRUE() gives as the number 1.
        return ("TRUE" if look in _TRUE else "FALSE"), "boolean"
    if is_formatted or (look and text not in {look, look.replace(",", ".")}):
        return text, "number_format"
    return text, "number"


def _duration(stored: str) -> str:
    found = _DURATION.fullmatch(stored)
    if found is None:
        return stored
    sign, hours, minutes, seconds = found.groups()
    return f"{sign}{int(hours)}:{minutes:0>2}:{seconds:0>2}"
