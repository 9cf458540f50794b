"""Dates and numbers of a workbook's row -> as a person wants to read them in messages that a template makes.

What formats of numbers mean: ECMA-376 Part 1, 18.8.31. A format that says more than decimals, thousands, percent and
words around the number (fractions, powers, conditions) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind, Row, TypedCell
from hotline_batch.plan.message.rounding import half_up

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
        rounded = half_up(number, form.decimals)
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


DATE_FORMS: Final = ("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY")
"""How dates can be written; the first one is the usual one."""

NUMBER_FORMS: Final = ("1234.5", "1,234.50", "1.234,50", "1 234,50")
"""How numbers can be written: plainly, which is usual; or with the decimals, the sign and the divided thousands that
their cells show, and with the point or comma that the form has.
"""

_MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"1,234.50": (".", ","), "1.234,50": (",", "."), "1 234,50": (",", "\u00a0")}
)
_DATE = re.compile(
    r"(?P<YYYY>[0-9]{4})-(?P<MM>[0-9]{2})-(?P<DD>[0-9]{2})(?P<time> [0-9]{2}:[0-9]{2})?(:00)?(?P<rest>.*)"
)


class NumberCell(str):
    """The text of a workbook's number, written plainly: its point is one of decimals, however many stand behind it."""

    __slots__ = ()


class WrittenForms:
    """Writes the cells of some columns otherwise; ``dates`` and ``numbers`` are None where they stay as they are. Of a
    number that stays, it is known from here on that it is one.

    SettingsError for a form that is not known.
    """

    def __init__(self, columns: Collection[int], dates: str | None, numbers: str | None) -> None:
        _check("dates", dates, DATE_FORMS)
        _check("numbers", numbers, NUMBER_FORMS)
        self._columns = frozenset(columns)
        self._dates = dates
        self._numbers = numbers
        self.decided = frozenset((*(("date",) if dates else ()), *(("number", "number_format") if numbers else ())))
        """The remarks on cells that a person decided about."""
        self.is_needed = bool(self._columns)

    def of(self, row: Row, cells: Sequence[str]) -> Sequence[str]:
        """The cells of a row; the same ones where nothing is to be written otherwise, and none is a number."""
        changed: list[str] | None = None
        for typed in row.typed:
            if typed.column in self._columns and typed.column < len(cells):
                text = self._written(typed, cells[typed.column])
                if text is not cells[typed.column]:
                    changed = changed or list(cells)
                    changed[typed.column] = text
        return changed or cells

    def _written(self, cell: TypedCell, text: str) -> str:
        if cell.kind is CellKind.DATE and self._dates:
            return date_as(self._dates, text)
        if cell.kind is CellKind.NUMBER:
            return number_as(self._numbers, cell, text) if self._numbers else NumberCell(text)
        return text


def date_as(form: str, text: str) -> str:
    """``2026-12-01`` or ``2026-12-01 14:30:00`` in another form; what is no date, such as a time, stays.

    >>> date_as("DD.MM.YYYY", "2026-12-01"), date_as("MM/DD/YYYY", "2026-12-01 14:30:00")
    ('01.12.2026', '12/01/2026 14:30')
    >>> date_as("DD/MM/YYYY", "14:30:00")
    '14:30:00'
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    day = re.sub("YYYY|MM|DD", lambda part: found[part[0]], form)
    return f"{day}{found['time'] or ''}{found['rest']}"


def number_as(form: str, cell: TypedCell, text: str) -> str:
    """The number of a cell in a form."""
    if form not in _MARKS or cell.value is None:
        return text
    return number_as_shown(cell.value, cell.number_format, text, *_MARKS[form])


def _check(name: str, form: str | None, known: Sequence[str]) -> None:
    if form is not None and form not in known:
        raise SettingsError(
            words(
                "{name}: '{form}' is no form that is known. Choose one of: {known}.",
                name=name,
                form=form,
                known="; ".join(known),
            )
        )
