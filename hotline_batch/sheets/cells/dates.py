"""Numbers, and dates: whether a number's format shows one, its text, and those that a workbook writes as such.

openpyxl knows the formats and Excel's days. It takes a fifth of a second to load, and most sheets have no such formats,
so the functions that need it load it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache
from typing import Final

from hotline_batch.model.sheets import CellKind
from hotline_batch.sheets.cells.cell import Cell

_SECONDS_PER_DAY: Final = 86_400
_LAST_SECOND: Final = 2_958_466 * _SECONDS_PER_DAY - 1
"""Of 9999-12-31: no spreadsheet program shows this number's successor, or a larger one, as a date."""
_FIRST_DAY: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no zones
_DAYS_TO_1904: Final = 1462
_PLAIN_FORMATS: Final = frozenset({"", "general", "standard", "0", "@"})
_DURATION: Final = re.compile(
    r"(-?)P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?)?", re.ASCII
)


@lru_cache(1000)
def is_plain(number_format: str) -> bool:
    """Whether cells of this format show their number as it is.

    >>> is_plain("General"), is_plain("0"), is_plain("0%"), is_plain('"Nr. "0')
    (True, True, False, False)
    """
    return number_format in _PLAIN_FORMATS or number_format.strip().casefold() in _PLAIN_FORMATS


def number_cell(value: float, number_format: str = "", *, is_formula: bool = False, link: str = "") -> Cell:
    """A number in a format: a date where the format shows one and the number can be one, else a number.

    A user id that stands in a date's format is still a user id: no program shows a date for it.
    """
    if not math.isfinite(value):
        return Cell(CellKind.ERROR, "#NUM!", is_formula=is_formula)
    is_date = not is_plain(number_format) and _shows_date(value, number_format)
    return Cell(CellKind.DATE if is_date else CellKind.NUMBER, "", value, number_format, link, is_formula)


def counted_from_1900(cell: Cell) -> Cell:
    """A date of a workbook whose days are numbered as in old programs of the Macintosh; durations and times stay."""
    if cell.kind is not CellKind.DATE or cell.value is None or cell.value < 1 or _is_duration(cell.number_format):
        return cell
    return number_cell(cell.value + _DAYS_TO_1904, cell.number_format, is_formula=cell.is_formula, link=cell.link)


def date_text(value: float, number_format: str) -> str:
    """ISO 8601 as people write it, to the second; durations in hours.

    >>> date_text(45939.5, "dd.mm.yyyy"), date_text(45939, "dd.mm.yyyy"), date_text(1.25, "[h]:mm")
    ('2025-10-09 12:00:00', '2025-10-09', '30:00:00')
    """
    from openpyxl.utils.datetime import from_excel  # noqa: PLC0415 - see above

    seconds = round(value * _SECONDS_PER_DAY)
    if _is_duration(number_format):
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if 0 <= value < 1:
        return _time_of_day(_within_a_day(seconds))
    found = from_excel(seconds / _SECONDS_PER_DAY)
    if isinstance(found, dt.datetime):
        is_midnight = seconds % _SECONDS_PER_DAY == 0
        return found.date().isoformat() if is_midnight else found.replace(microsecond=0).isoformat(" ")
    return str(found)


def _shows_date(value: float, number_format: str) -> bool:
    """Whether a program shows a date, a time or a duration for this number. Before the first day there is no date."""
    seconds = round(value * _SECONDS_PER_DAY)
    first = -_LAST_SECOND if _is_duration(number_format) else 0
    return _is_date(number_format) and first <= seconds <= _LAST_SECOND


@lru_cache(1000)
def _is_date(number_format: str) -> bool:
    from openpyxl.styles.numbers import is_date_format  # noqa: PLC0415 - see above

    return is_date_format(number_format)


@lru_cache(1000)
def _is_duration(number_format: str) -> bool:
    """Whether a format shows hours, minutes or seconds that count on beyond their bounds."""
    from openpyxl.styles.numbers import is_timedelta_format  # noqa: PLC0415 - see above

    return is_timedelta_format(number_format)


def iso_cell(text: str, number_format: str = "") -> Cell:
    """``2026-11-26``, ``2026-11-26T10:00:00Z``, ``T10:00:00``, ``PT24H0M0.000S``; always a DATE, to the nearest second,
    whose text is that of the same moment in a workbook that stores numbers.

    What is none of these stays as it is written. ``number_format`` is the cell's own, one for dates where it has none.
    """
    said, days, usual = _read(text.strip(), number_format)
    return Cell(CellKind.DATE, said, days, number_format or usual)


def _read(text: str, number_format: str) -> tuple[str, float | None, str]:
    """The text as people write it, the number of days, and a format that shows it."""
    found = _DURATION.fullmatch(text)
    if found and any(found.groups()[1:]):
        return _read_duration(number_format, *found.groups())
    try:
        if text.startswith("T") or text[2:3] == ":":
            time = dt.time.fromisoformat(text.removeprefix("T"))
            seconds = _within_a_day(time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6)
            return _time_of_day(seconds), seconds / _SECONDS_PER_DAY, "hh:mm:ss"
        exact = dt.datetime.fromisoformat(text).replace(tzinfo=None)
        moment = exact.replace(microsecond=0) + dt.timedelta(seconds=round(exact.microsecond / 1e6))
    except (ValueError, OverflowError):
        return text, None, ""
    days = (moment - _FIRST_DAY).total_seconds() / _SECONDS_PER_DAY
    stored = days if days >= 1 else None
    usual = "yyyy-mm-dd hh:mm:ss" if "T" in text or ":" in text else "yyyy-mm-dd"
    is_midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
    return moment.date().isoformat() if is_midnight else moment.isoformat(" "), stored, usual


def _read_duration(
    number_format: str,
    sign: str,
    days: str | None,
    hours: str | None,
    minutes: str | None,
    seconds: str | None,
    fraction: str | None,
) -> tuple[str, float, str]:
    """OpenDocument writes a time of day as a duration, too; the cell's format tells which of both it is."""
    whole = int(days or 0) * _SECONDS_PER_DAY + int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    total = round(whole + float(f"0.{fraction or 0}"))
    if not sign and whole < _SECONDS_PER_DAY and not _is_duration(number_format):
        total = _within_a_day(total)
        return _time_of_day(total), total / _SECONDS_PER_DAY, "hh:mm:ss"
    text = f"{sign}{total // 3600}:{total // 60 % 60:02}:{total % 60:02}"
    return text, (-total if sign else total) / _SECONDS_PER_DAY, "[h]:mm:ss"


def _within_a_day(seconds: float) -> int:
    """To the second, and never the next day's: a formula may leave a trace less than a whole day."""
    return min(round(seconds), _SECONDS_PER_DAY - 1)


def _time_of_day(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
