"""Numbers, moments, lists -> as the reader's language writes and sorts them, by the rules of the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from hotline_batch.language.languages import SOURCE, language_of_reader

if TYPE_CHECKING:
    from babel import Locale

_ORDER = ("zero", "one", "two", "few", "many", "other")
# A day before its month, and 24 hours, as in the sheets and in every other language of the program.
_OF_SOURCE = "en_GB"


@cache
def _locale(language: str) -> Locale:
    from babel import Locale  # noqa: PLC0415 - what says no number goes without

    return Locale.parse(_OF_SOURCE if language == SOURCE else language)


def reader_locale() -> Locale:
    """Babel's rules for the reader's language."""
    return _locale(language_of_reader())


def plural_place(count: int) -> int:
    """Which of the forms of a noun goes with so many: 0 is the first, that of one."""
    rule = reader_locale().plural_form
    known = [tag for tag in _ORDER if tag in rule.tags or tag == "other"]
    return known.index(rule(count))


def number(value: int) -> str:
    """1234567 -> 1,234,567."""
    return str(value) if -1000 < value < 1000 else _grouped(language_of_reader(), value)


@lru_cache(maxsize=1024)
def _grouped(language: str, value: int) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 - small numbers go without

    return format_decimal(value, locale=_locale(language))


def decimal(value: float, digits: int = 1) -> str:
    """3.14159 -> 3.1, with as many digits behind the point."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - the same

    pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
    return format_decimal(value, format=pattern, locale=reader_locale())


def short_decimal(value: float) -> str:
    """3.14159 -> 3.14, with three digits at most that say something."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - the same

    return format_decimal(float(f"{value:.3g}"), format="#,##0.###", locale=reader_locale())


def percent(share: float, digits: int = 0) -> str:
    """0.42 -> 42%, with as many digits behind the point."""
    from babel.numbers import format_percent  # noqa: PLC0415 - the same

    pattern = reader_locale().percent_formats[None].pattern.replace("##0", f"##0.{'0' * digits}" if digits else "##0")
    return format_percent(share, format=pattern, locale=reader_locale())


def day(seconds: float, zone: tzinfo | None = None) -> str:
    """Seconds since the epoch -> 22 Nov 2026."""
    from babel.dates import format_date  # noqa: PLC0415 - the same

    return format_date(datetime.fromtimestamp(seconds, zone).date(), "medium", locale=reader_locale())


def weekday_and_day(seconds: float, zone: tzinfo | None = None, *, with_year: bool = False) -> str:
    """Seconds since the epoch -> Sun 22 Nov."""
    from babel.dates import format_skeleton  # noqa: PLC0415 - the same

    return format_skeleton(
        "yMMMEd" if with_year else "MMMEd", datetime.fromtimestamp(seconds, zone), locale=reader_locale()
    )


def clock_time(seconds: float, zone: tzinfo | None = None) -> str:
    """Seconds since the epoch -> 14:32."""
    return f"{datetime.fromtimestamp(seconds, zone):%H:%M}"


def day_and_time(seconds: float, zone: tzinfo | None = None) -> str:
    """Seconds since the epoch -> 22 Nov 2026, 19:04."""
    glue = reader_locale().datetime_formats["medium"]
    return str(glue).replace("{1}", day(seconds, zone)).replace("{0}", clock_time(seconds, zone)).replace("'", "")


def list_of(parts: Sequence[str], style: str = "standard") -> str:
    """Several -> a, b and c; with the style ``or``: a, b or c."""
    from babel.lists import format_list  # noqa: PLC0415 - the same

    return format_list(list(parts), style=style, locale=reader_locale())  # type: ignore[arg-type]


# Letters that stand behind the one that they are made from; other marks count for nothing at first, as in the root
# collation of the Unicode CLDR (Spanish adds ñ). Letters that a language puts at its end, such as the Swedish ö, stand
# with the one that they look like.
_OWN_LETTERS = "йñ"


def name_order(name: str) -> tuple[tuple[tuple[str, bool], ...], str]:
    """The key to sort names by: capitals, accents and umlauts decide only between names that are otherwise alike."""
    letters = [
        (_without_marks(letter), letter in _OWN_LETTERS)
        for letter in normalize("NFC", name.casefold())
        if not combining(letter)
    ]
    return tuple(letters), name


def _without_marks(letter: str) -> str:
    return "".join(part for part in normalize("NFKD", letter) if not combining(part))
