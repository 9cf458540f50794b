"""Hours of a plan -> as a person reads them."""

from __future__ import annotations

from datetime import date, timedelta

from hotline_batch.language.formats import list_of, reader_locale
from hotline_batch.language.words import words
from hotline_batch.opening_hours.week import Week

_MONDAY = date(2026, 11, 30)


def hours_words(week: Week) -> str:
    """Such as ``09:00-18:00; Mon, Tue and Wed; not on holidays (DE-BY)``."""
    parts = [list_of([str(window).replace("-", "–") for window in week.windows])] if week.windows else []
    parts += [days_words(week.days)] if week.days is not None else []
    if week.holidays is not None and week.holidays.country:
        parts.append(words("not on holidays ({country})", country=week.holidays))
    return "; ".join(parts)


def days_words(days: frozenset[int]) -> str:
    """Such as ``Mon–Fri`` or ``Mon, Wed and Sat``."""
    chosen = sorted(days)
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return f"{_day(chosen[0])}–{_day(chosen[-1])}"
    return list_of([_day(day) for day in chosen])


def _day(number: int) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - what names no day goes without

    return format_date(_MONDAY + timedelta(days=number), "EEE", locale=reader_locale())
