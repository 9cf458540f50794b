"""The number of a date, and its format -> whether it is one, and its text: openpyxl's knowledge of both."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

_SECONDS_PER_DAY = 86_400
_LAST_SECOND = 2_958_466 * _SECONDS_PER_DAY - 1
"""Of 9999-12-31: no spreadsheet program shows this number's successor, or a larger one, as a date."""


@lru_cache(1000)
def _is_date(number_format: str) -> bool:
    return is_date_format(number_format)


@lru_cache(1000)
def is_duration(number_format: str) -> bool:
    """Whether a format shows hours, minutes or seconds that count on beyond their bounds."""
    return is_timedelta_format(number_format)


def is_date_or_duration(value: float, number_format: str) -> bool:
    """Whether a program shows a date, a time or a duration for this number. Before the first day there is no date."""
    seconds = round(value * _SECONDS_PER_DAY)
    return (
        _is_date(number_format) and (0 if not is_duration(number_format) else -_LAST_SECOND) <= seconds <= _LAST_SECOND
    )


def date_text(value: float, number_format: str) -> str:
    """ISO 8601 as people write it, to the second; durations in hours.

    >>> date_text(45939.5, "dd.mm.yyyy"), date_text(45939, "dd.mm.yyyy"), date_text(1.25, "[h]:mm")
    ('2025-10-09 12:00:00', '2025-10-09', '30:00:00')
    """
    seconds = round(value * _SECONDS_PER_DAY)
    if is_duration(number_format):
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    found = from_excel(seconds / _SECONDS_PER_DAY)
    if isinstance(found, dt.datetime):
        is_midnight = seconds % _SECONDS_PER_DAY == 0
        return found.date().isoformat() if is_midnight else found.replace(microsecond=0).isoformat(" ")
    return found.replace(microsecond=0).isoformat() if isinstance(found, dt.time) else str(found)
