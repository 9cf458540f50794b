"""The filters that a template may use, and those that write dates, numbers and amounts as the reader's language does.

What can be read in two ways is refused, and so is what is no date or number: a message that says another day or
another amount is worse than a row that asks to be mended. A blank cell stays blank. What a template does with a value
that cannot be done with it is a Misfit: data, made into words where it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from jinja2 import Undefined
from jinja2.exceptions import SecurityError

from hotline_batch.issues.issue import Parameters
from hotline_batch.issues.words import REASON, words_of_reason
from hotline_batch.language.formats import reader_locale
from hotline_batch.language.words import marked
from hotline_batch.plan.message.rounding import half_up
from hotline_batch.plan.message.written_forms import NumberCell
from hotline_batch.plan.visible_text import shown

if TYPE_CHECKING:
    from babel import Locale


class Misfit(SecurityError):
    """A cell does not go with the template; ``parameters`` say why, see ``issues.words``."""

    def __init__(self, reason: str, /, **parameters: str | int) -> None:
        self.parameters = {REASON: reason, **parameters}
        super().__init__(words_of_reason(self.parameters))


class TooMuch(Misfit):
    """A template asked for more text, larger numbers or more steps than any message needs."""


class Misused(Misfit):
    """A template does with a value what cannot be done with any value of its kind."""


def reason_of(error: Exception) -> Parameters:
    """Why an expression failed, with what helps; in Jinja2's words where ours do not know it."""
    match error:
        case Misfit(parameters=parameters):
            return parameters
        case TypeError():
            return {REASON: "text_for_number", "said": shown(str(error), 100)}
        case _:
            return {"why": shown(str(error).split("\n", 1)[0].rstrip(".") or type(error).__name__, 200)}


def why(error: Exception) -> str:
    """The same as the end of a sentence."""
    found = reason_of(error)
    return words_of_reason(found) or str(found["why"])


Length: TypeAlias = Literal["short", "medium", "long", "full"]
LENGTHS: Final[tuple[Length, ...]] = ("short", "medium", "long", "full")
_CENTS = 2
_MOST_PLACES = 6
_LONGEST = 60

_DATE_AND_TIME = re.compile(
    r"(?:(?P<Y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<Y2>\d{4}))"
    r"(?:[T ](?P<H>\d{1,2}):(?P<M>\d{2})(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*", re.ASCII)
_CURRENCY = re.compile(r"^(?:€|EUR)|(?:€|EUR)$", re.IGNORECASE)
_BLANKS = re.compile("[ \u00a0\u202f\u2009'\u2019](?=\\d{3}(?:\\D|$))")


def date(value: object, length: Length = "medium", language: str | None = None) -> object:
    """``2026-12-01`` -> 01.12.2026 for a German reader; with its time, where the cell has one."""
    text = _text(value)
    if not text or _stands_for_a_cell(text):
        return text
    if length not in LENGTHS:
        raise Misfit("unknown_length", lengths=", ".join(LENGTHS), length=length)
    moment, has_time = _moment(text)
    from babel.dates import format_date, format_time, get_datetime_format  # noqa: PLC0415 - few templates have dates

    locale = _locale(language)
    day = format_date(moment.date(), length, locale=locale)
    if not has_time:
        return day
    both = str(get_datetime_format(length, locale=locale)).replace("'", "")
    return both.replace("{1}", day).replace("{0}", format_time(moment.time(), "short", locale=locale))


def euro(value: object, language: str | None = None) -> object:
    """``1234.5`` -> 1.234,50 € for a German reader."""
    text = _text(value)
    if not text or _stands_for_a_cell(text):
        return text
    from babel.numbers import format_currency  # noqa: PLC0415 - templates without amounts go without

    return format_currency(half_up(_number(value, text, "euro"), _CENTS), "EUR", locale=_locale(language))


def number(value: object, places: int | None = None, language: str | None = None) -> object:
    """``1234.5`` -> 1.234,5 for a German reader; with so many places behind the comma, where that is said."""
    text = _text(value)
    if not text or _stands_for_a_cell(text):
        return text
    if places is not None and not 0 <= places <= _MOST_PLACES:
        raise Misfit("too_many_decimals", most=_MOST_PLACES)
    found = _number(value, text, "number")
    shown = max(0, -int(found.as_tuple().exponent)) if places is None else places
    from babel.numbers import format_decimal  # noqa: PLC0415 - the same

    pattern = "#,##0" + (f".{'0' * shown}" if shown else "")
    return format_decimal(half_up(found, shown), format=pattern, locale=_locale(language))


READER_FILTERS: Mapping[str, Callable[..., object]] = MappingProxyType({"date": date, "euro": euro, "number": number})


def _text(value: object) -> str:
    """What stands in the cell; a number that an expression made, as Python writes it."""
    return "" if isinstance(value, Undefined) else str(value).strip()


def _stands_for_a_cell(text: str) -> bool:
    """Whether this is the name of a column in the place of a cell, as a template is shown without a sheet."""
    return text[0] == "‹" and text[-1] == "›"


def _moment(text: str) -> tuple[datetime, bool]:
    found = _DATE_AND_TIME.fullmatch(text)
    if found is None:
        raise Misfit("ambiguous_date" if _SLASHES.match(text) else "no_date", cell=text[:40])
    year, month, day = (int(found[name] or found[f"{name}2"]) for name in ("Y", "m", "d"))
    has_time = found["H"] is not None and (int(found["H"]), int(found["M"])) != (0, 0)
    try:
        return datetime(year, month, day, int(found["H"] or 0), int(found["M"] or 0)), has_time  # noqa: DTZ001 - as the sheet has it
    except ValueError:
        raise Misfit("no_such_day", cell=text[:40]) from None


def _number(value: object, text: str, name: str) -> Decimal:
    if isinstance(value, NumberCell):
        with suppress(InvalidOperation):
            return Decimal(text)
    plain = _BLANKS.sub("", _CURRENCY.sub("", text).strip()) if len(text) <= _LONGEST else ""
    if not _NUMBER.fullmatch(plain):
        raise Misfit("no_number", filter=name, cell=text[:40])
    whole = _with_decimal_point(plain)
    if whole is None:
        raise Misfit("ambiguous_number", filter=name, cell=text[:40])
    return Decimal(whole)


def _with_decimal_point(text: str) -> str | None:
    """``1.234,50`` and ``1,234.50`` -> 1234.50; None where it could be read in two ways, or in none."""
    signs = [sign for sign in text if sign in ".,"]
    if not signs:
        return text
    last = signs[-1]
    whole, _, decimals = text.rpartition(last)
    if len(set(signs)) == 1:
        groups = text.lstrip("+-").split(last)
        if len(signs) > 1:
            return text.replace(last, "") if _are_thousands(groups) else None
        could_be_thousands = len(decimals) == 3 and 1 <= len(groups[0]) <= 3 and groups[0] != "0"
        return None if could_be_thousands else f"{whole}.{decimals}"
    other = "," if last == "." else "."
    if signs.count(last) > 1 or not _are_thousands(whole.lstrip("+-").split(other)):
        return None
    return f"{whole.replace(other, '')}.{decimals}"


def _are_thousands(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _locale(language: str | None) -> Locale:
    if language is None:
        return reader_locale()
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - few templates name a language

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError, TypeError):
        raise Misfit("unknown_language", language=str(language)[:40]) from None


FILTER_LIST: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "date": (
            "{{ Due|date }}, {{ Due|date('long') }}",
            marked("A date, and its time if it has one, as your language writes it; short, medium, long or full."),
        ),
        "euro": ("{{ Amount|euro }}", marked("An amount in euros, as your language writes it.")),
        "number": ("{{ Weight|number }}, {{ Weight|number(2) }}", marked("A number, as your language writes it.")),
        "default": ("{{ Name|default('customer') }}", marked("Another text where the cell is blank; also d.")),
        "d": ("{{ Name|d('customer') }}", marked("The same as default.")),
        "upper": ("{{ Code|upper }}", marked("In capitals.")),
        "lower": ("{{ Code|lower }}", marked("In small letters.")),
        "capitalize": ("{{ Name|capitalize }}", marked("The first letter as a capital, the others small.")),
        "title": ("{{ Name|title }}", marked("The first letter of every word as a capital.")),
        "trim": ("{{ Name|trim }}", marked("Without blanks at its ends.")),
        "replace": ("{{ Phone|replace(' ', '') }}", marked("One text in the place of another.")),
        "truncate": ("{{ Text|truncate(80) }}", marked("Cut to so many characters, at a word.")),
        "float": ("{{ Amount|float }}", marked("A number to calculate with.")),
        "int": ("{{ Pieces|int }}", marked("A whole number to calculate with.")),
        "round": ("{{ (Amount|float * 2)|round(2) }}", marked("A number, rounded.")),
        "abs": ("{{ Balance|float|abs }}", marked("A number without its sign.")),
        "length": ("{{ Code|length }}", marked("How many characters; also count.")),
        "count": ("{{ Code|count }}", marked("The same as length.")),
        "wordcount": ("{{ Text|wordcount }}", marked("How many words.")),
        "list": ("{{ Code|list|join('-') }}", marked("The characters, one by one.")),
        "first": ("{{ Name.split(' ')|first }}", marked("The first of several.")),
        "last": ("{{ Name.split(' ')|last }}", marked("The last of several.")),
        "join": ("{{ Items.split(';')|join(', ') }}", marked("Several, put together.")),
        "sort": ("{{ Items.split(';')|sort|join(', ') }}", marked("Several, sorted.")),
        "unique": ("{{ Items.split(';')|unique|join(', ') }}", marked("Several, each once.")),
        "reverse": ("{{ Items.split(';')|reverse|join(', ') }}", marked("In the other order.")),
    }
)
