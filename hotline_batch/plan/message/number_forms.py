"""A number and the format of its cell -> the text that the spreadsheet program shows, with a person's point and comma.

What formats mean: ECMA-376 Part 1, 18.8.31. A format that says more than decimals, thousands, percent and words around
the number (fractions, powers, conditions) is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|\\(?P<escaped>.)"
    r"|\[\$(?P<money>[^\]-]*)(?:-[^\]]*)?\]"
    r"|(?P<bracket>\[[^\]]*\])"
    r"|_.|\*."
    r"|(?P<digits>[#0?,.]+)"
    r"|(?P<plain>.)",
    re.DOTALL,
)
_COLOUR = re.compile(r"\[[A-Za-z]+[0-9]*\]")
_PLAIN_WORDS = frozenset(" -+()%€$£¥₽:'\u00a0")
_MOST_DECIMALS = 30


@dataclass(frozen=True, slots=True)
class _Form:
    before: str
    after: str
    decimals: int
    least_decimals: int
    divides_thousands: bool
    is_percent: bool


def number_as_shown(value: float, number_format: str, text: str, point: str, divider: str) -> str:
    """The number in the format of its cell; without one, ``text`` with this decimal point.

    >>> number_as_shown(1234.5, '#,##0.00 "€"', "1234.5", ",", "."), number_as_shown(0.19, "0%", "0.19", ",", ".")
    ('1.234,50 €', '19%')
    >>> number_as_shown(2026.0, "", "2026", ",", "."), number_as_shown(1.5, "# ?/?", "1.5", ",", ".")
    ('2026', '1,5')
    """
    form = _form_of(number_format) if number_format else None
    if form is None:
        return text.replace(".", point) if re.fullmatch(r"-?[0-9]+\.[0-9]+", text) else text
    try:
        number = Decimal(text if re.fullmatch(r"-?[0-9.]+", text) else repr(value)) * (100 if form.is_percent else 1)
        rounded = number.quantize(Decimal(1).scaleb(-form.decimals), ROUND_HALF_UP)
    except InvalidOperation:
        return text
    whole, _, decimals = f"{abs(rounded):f}".partition(".")
    while len(decimals) > form.least_decimals and decimals.endswith("0"):
        decimals = decimals[:-1]
    if form.divides_thousands:
        whole = f"{int(whole):,}".replace(",", divider)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{form.before}{whole}{point if decimals else ''}{decimals}{form.after}"


@lru_cache(1000)
def _form_of(number_format: str) -> _Form | None:
    """The part of a format for positive numbers; None where it says more than is understood here."""
    before, after, digits = "", "", ""
    for found in _TOKEN.finditer(_first_section(number_format)):
        words = found["quoted"] or found["escaped"] or found["money"] or ""
        plain = found["plain"] or ""
        if found["digits"]:
            if digits:
                return None
            digits = found["digits"]
        elif _says_more(plain, found["bracket"]):
            return None
        elif digits:
            after += words + plain
        else:
            before += words + plain
    whole, _, decimals = digits.partition(".")
    # A comma behind the digits divides by a thousand, which no message should hide.
    if not digits or whole.endswith(",") or "," in decimals or len(decimals) > _MOST_DECIMALS:
        return None
    is_percent = "%" in before + after
    return _Form(before, after, len(decimals), decimals.count("0"), "," in whole, is_percent)


def _says_more(plain: str, bracket: str | None) -> bool:
    """Whether a part of a format is neither a word around the number nor a colour."""
    return (bool(plain) and plain not in _PLAIN_WORDS) or (bool(bracket) and not _COLOUR.fullmatch(bracket or ""))


def _first_section(number_format: str) -> str:
    """What stands before the first semicolon that is no word."""
    parts = re.match(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])*', number_format, re.DOTALL)
    return parts[0] if parts else number_format
