"""Hours of the day, days of the week and holidays as a person writes them -> when that is.

A window over midnight belongs to the day on which it begins: with ``22:00-06:00`` and ``fri``, Saturday's small hours
are open too, and on a holiday none begins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import reduce
from typing import Final

from hotline_batch.errors import SettingsError
from hotline_batch.language.formats import list_of, reader_locale
from hotline_batch.language.words import words
from hotline_batch.opening_hours.holidays import Holidays
from hotline_batch.opening_hours.wall_clock import Stretch, on_the_wall, stretches_between

_MINUTES_OF_A_DAY: Final = 1_440
_MOST_DAYS: Final = 400
"""What is not open within so many days is never open."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(len(_DAYS)))
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Some minutes of a day, from ``begin`` until right before ``end``; past 1440 that is on the next day."""

    begin: int
    end: int

    def on(self, day: date, zone: tzinfo | None) -> Iterator[Stretch]:
        """When that is on a day."""
        midnight = datetime.combine(day, time())
        begin, end = midnight + timedelta(minutes=self.begin), midnight + timedelta(minutes=self.end)
        return stretches_between(begin, end, zone)

    def __str__(self) -> str:
        return f"{_clock(self.begin)}-{_clock(self.end if self.end <= _MINUTES_OF_A_DAY else self.end % 1_440)}"


WHOLE_DAY: Final = Window(0, _MINUTES_OF_A_DAY)


@dataclass(frozen=True, slots=True)
class Week:
    """When it is open. What is None is not restricted."""

    windows: tuple[Window, ...] | None = None
    days: frozenset[int] | None = None
    holidays: Holidays | None = None

    @classmethod
    def parse(cls, between: str | None, days: str | None, holidays: str | None, where: str = "") -> Week:
        """Read ``09:00-18:00``, ``mon-fri`` and ``DE-BY``. SettingsError otherwise; ``where`` stands before the names.

        Several windows or days are separated by commas.
        """
        return cls(
            _windows(between, f"{where}between") if between else None,
            _weekdays(days, f"{where}days") if days else None,
            Holidays.parse(holidays, f"{where}holidays") if holidays else None,
        )

    def over(self, usual: Week) -> Week:
        """This, and where nothing is said here, what is usual."""
        return Week(
            usual.windows if self.windows is None else self.windows,
            usual.days if self.days is None else self.days,
            usual.holidays if self.holidays is None else self.holidays,
        )

    def check(self) -> None:
        """SettingsError where it cannot be told which days are holidays."""
        if self.holidays:
            self.holidays.check()

    @property
    def is_always(self) -> bool:
        """Whether it is open at any time."""
        has_holidays = self.holidays is not None and bool(self.holidays.country)
        return self.windows in (None, (WHOLE_DAY,)) and self.days in (None, _EVERY_DAY) and not has_holidays

    def stretches(self, since: float, zone: tzinfo | None) -> Iterator[Stretch]:
        """When it is open, from the stretch on that ends after a moment; each as long as it can be, none beside it."""
        if self.is_always:
            yield float("-inf"), float("inf")
            return
        yield from (found for found in _joined(self._by_day(since, zone)) if found[1] > since)

    def _by_day(self, since: float, zone: tzinfo | None) -> Iterator[Stretch]:
        first = on_the_wall(since, zone).date() - timedelta(days=2)
        for number in range(_MOST_DAYS):
            day = first + timedelta(days=number)
            if self._is_open_on(day):
                found = [stretch for window in self.windows or (WHOLE_DAY,) for stretch in window.on(day, zone)]
                yield from sorted(found)

    def _is_open_on(self, day: date) -> bool:
        is_open = self.days is None or day.weekday() in self.days
        return is_open and not (self.holidays is not None and day in self.holidays)

    def __str__(self) -> str:
        parts = [",".join(map(str, self.windows))] if self.windows else []
        parts += [_days_text(self.days)] if self.days else []
        parts += [f"without holidays of {self.holidays}"] if self.holidays and self.holidays.country else []
        return " ".join(parts)


ANY_TIME: Final = Week()


def _joined(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """The same, those that touch as one; they come in the order in which they begin."""
    joined: Stretch | None = None
    for begin, end in stretches:
        if joined is not None and begin <= joined[1]:
            joined = joined[0], max(joined[1], end)
            continue
        if joined is not None:
            yield joined
        joined = begin, end
    if joined is not None:
        yield joined


def _windows(text: str, where: str) -> tuple[Window, ...]:
    return tuple(sorted(_window(part.strip(), text, where) for part in text.split(",")))


def _window(part: str, text: str, where: str) -> Window:
    begin, dash, end = part.replace("–", "-").partition("-")
    times = _TIME.fullmatch(begin.strip()), _TIME.fullmatch(end.strip())
    minutes = [int(time[1]) * 60 + int(time[2] or 0) for time in times if time and int(time[2] or 0) < 60]
    if not dash or len(minutes) != 2 or minutes[0] >= _MINUTES_OF_A_DAY or minutes[1] > _MINUTES_OF_A_DAY:
        raise SettingsError(
            words(
                "{where}: {text} are no hours. Write from when until when, such as 09:00-18:00 or 22:00-06:00; several "
                "with a comma between them.",
                where=where,
                text=repr(text),
            )
        )
    if minutes[0] == minutes[1]:
        raise SettingsError(
            words(
                "{where}: {text} begins when it ends. For the whole day write 00:00-24:00.",
                where=where,
                text=repr(part),
            )
        )
    return Window(minutes[0], minutes[1] if minutes[1] > minutes[0] else minutes[1] + _MINUTES_OF_A_DAY)


def _weekdays(text: str, where: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().replace("–", "-").split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        begin, end = _weekday(first), _weekday(last) if dash else _weekday(first)
        if begin is None or end is None:
            raise SettingsError(
                words(
                    "{where}: {text} are no days. Write such as mon-fri or mon,wed,sat.", where=where, text=repr(text)
                )
            )
        found.update((begin + number) % 7 for number in range((end - begin) % 7 + 1))
    return frozenset(found)


def _weekday(word: str) -> int | None:
    """``mon``, and the whole word as well."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((number for number, name in enumerate(names) if len(word) >= 3 and name.startswith(word)), None)


def _days_text(days: frozenset[int]) -> str:
    """Such as ``mon-fri`` or ``mon,wed,sat``."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    told = [
        f"{_DAYS[run[0]]}-{_DAYS[run[-1]]}" if len(run) > 2 else ",".join(_DAYS[day] for day in run) for run in runs
    ]
    return ",".join(told)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Hours:
    """Open where each of its weeks is, in its zone, and not before a moment. Moments are seconds since the epoch, UTC.

    The stricter one counts. A zone of None is that of this machine.
    """

    weeks: tuple[tuple[Week, tzinfo | None], ...] = ()
    not_before: float = -math.inf

    @property
    def is_always(self) -> bool:
        """Whether nothing is ever waited for."""
        return self.not_before == -math.inf and all(week.is_always for week, _ in self.weeks)

    def stretches(self, since: float) -> Iterator[Stretch]:
        """When it is open, from the stretch on that ends after a moment."""
        since = max(since, self.not_before)
        after: Iterator[Stretch] = iter([(self.not_before, math.inf)])
        return reduce(_both, (week.stretches(since, zone) for week, zone in self.weeks if not week.is_always), after)

    def next_open(self, moment: float) -> float:
        """The moment itself where it is open then, else when it opens next; infinity where it never does."""
        return next((max(moment, begin) for begin, end in self.stretches(moment) if end > moment), math.inf)

    def closes_at(self, moment: float) -> float:
        """When it closes that is open then, or that opens next; infinity where that is never."""
        return next((end for _, end in self.stretches(moment) if end > moment), math.inf)

    def add_working_time(self, moment: float, seconds: float) -> float:
        """When so many seconds of being open have passed since a moment; infinity where that is never."""
        left = seconds
        for begin, end in self.stretches(moment):
            begins = max(begin, moment)
            if end > begins and left <= end - begins:
                return begins + left
            left -= max(0.0, end - begins)
        return math.inf


ALWAYS = Hours()


def _both(left: Iterator[Stretch], right: Iterator[Stretch]) -> Iterator[Stretch]:
    """When both are open."""
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        begin, end = max(one[0], other[0]), min(one[1], other[1])
        if begin < end:
            yield begin, end
        if one[1] <= other[1]:
            one = next(left, None)
        else:
            other = next(right, None)


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
