"""Words such as 18/min, 24h and 5% -> values with units."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words

_SECOND, _MINUTE, _HOUR, _DAY, _WEEK = 1, 60, 3_600, 86_400, 604_800

_WINDOWS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), _SECOND),
    **dict.fromkeys(("m", "min", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
}
_UNITS = {**_WINDOWS, **dict.fromkeys(("w", "week", "weeks"), _WEEK)}
_SHORT_NAMES = {_SECOND: "s", _MINUTE: "min", _HOUR: "h", _DAY: "d"}

_RATE = re.compile(r"([0-9]{1,7})\s*/\s*([a-z]+)")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z]+)")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%")
_MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any window of that many seconds, at most; reads as ``18/min``."""

    count: int
    window_seconds: int

    @classmethod
    def parse(cls, text: str, where: str = "rate") -> Rate:
        """Read ``18/min``, ``5/s``, ``1000/h``, ``200/day``. SettingsError otherwise, naming ``where`` it stood."""
        match = _RATE.fullmatch(text.strip().lower())
        window = _WINDOWS.get(match[2]) if match else None
        if match is None or window is None or int(match[1]) == 0:
            raise SettingsError(
                words(
                    "{where}: {text} is not a rate. Write a whole number per time, such as 18/min or 5/s.",
                    where=where,
                    text=repr(text),
                )
            )
        return cls(int(match[1]), window)

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.count / self.window_seconds

    def __str__(self) -> str:
        return f"{self.count}/{_SHORT_NAMES[self.window_seconds]}"


@dataclass(frozen=True, slots=True)
class MaxErrors:
    """When a run gives up: after ``in_a_row`` failed rows in a row, or when ``share`` (0 to 1) of all rows failed."""

    in_a_row: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str, where: str = "max_errors") -> MaxErrors:
        """Read ``10`` or ``5%``. SettingsError otherwise."""
        word = text.strip()
        percent = _PERCENT.fullmatch(word)
        if percent and 0 < float(percent[1]) <= _MOST_PERCENT:
            return cls(share=float(percent[1]) / _MOST_PERCENT)
        if re.fullmatch("[0-9]{1,9}", word) and int(word) > 0:
            return cls(in_a_row=int(word))
        raise SettingsError(
            words(
                "{where}: {text} is neither a number of rows such as 10 nor a share such as 5%.",
                where=where,
                text=repr(text),
            )
        )

    def __str__(self) -> str:
        return f"{self.share * _MOST_PERCENT:g}%" if self.share is not None else str(self.in_a_row)


def parse_duration(text: str, where: str = "duration") -> float:
    """Read ``24h``, ``90d``, ``30m``, ``45s``, ``2w`` or ``0`` -> seconds. SettingsError otherwise."""
    word = text.strip().lower()
    if word == "0":
        return 0.0
    match = _DURATION.fullmatch(word)
    if match is None or match[2] not in _UNITS:
        raise SettingsError(
            words(
                "{where}: {text} is not a duration. Write a number with s, m, h, d or w, such as 24h.",
                where=where,
                text=repr(text),
            )
        )
    return float(match[1]) * _UNITS[match[2]]
