"""A cell's value as a workbook stores it -> its text, and a word of warning where the text is not what was typed."""

from __future__ import annotations

import datetime as dt

DIGITS_ARE_LOST_FROM = 10**15
"""Spreadsheet programs keep 15 significant digits of a number."""

_SIGNIFICANT_DIGITS = 15
# From here on a whole number is shorter in scientific notation, as spreadsheet programs show it.
_SCIENTIFIC_FROM = 10**21


def number_text(value: float) -> str:
    """``987654321.0`` -> ``987654321``; others as the shortest text, with the 15 digits that programs show.

    >>> number_text(987654321.0), number_text(59.97), number_text(0.1 + 0.2)
    ('987654321', '59.97', '0.3')
    """
    if value.is_integer() and -_SCIENTIFIC_FROM < value < _SCIENTIFIC_FROM:
        return str(int(value))
    text = repr(value)
    return text if len(text) <= _SIGNIFICANT_DIGITS else f"{value:.{_SIGNIFICANT_DIGITS}g}"


def text_and_code(value: object) -> tuple[str, str]:
    """The text of a value and the remark's code: ``digits_lost``, ``date``, ``boolean``, or nothing."""
    match value:
        case str():
            return value, ""
        case None:
            return "", ""
        case bool():
            return ("TRUE" if value else "FALSE"), "boolean"
        case float() | int():
            text = number_text(value) if isinstance(value, float) else str(value)
            return text, ("digits_lost" if abs(value) >= DIGITS_ARE_LOST_FROM else "")
        case dt.date() | dt.time():
            return _date_text(value), "date"
        case dt.timedelta():
            return _duration_text(value), "date"
        case _:
            return str(value), ""


def _date_text(value: dt.date | dt.time) -> str:
    match value:
        case dt.datetime():
            return value.replace(microsecond=0, tzinfo=None).isoformat(" ")
        case dt.time():
            return value.replace(microsecond=0).isoformat()
        case _:
            return value.isoformat()


def _duration_text(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
