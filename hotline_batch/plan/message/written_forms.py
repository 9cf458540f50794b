"""Dates and numbers of a workbook's row -> as a person wants to read them in messages that a template makes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import CellKind, Row, TypedCell
from hotline_batch.plan.message.number_forms import number_as_shown

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


class WrittenForms:
    """Writes the cells of some columns otherwise; ``dates`` and ``numbers`` are None where they stay as they are.

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
        self.is_needed = bool(self._columns) and bool(dates or numbers)

    def of(self, row: Row, cells: Sequence[str]) -> Sequence[str]:
        """The cells of a row; the same ones where nothing is to be written otherwise."""
        changed: list[str] | None = None
        for typed in row.typed:
            if typed.column in self._columns and typed.column < len(cells):
                text = self._written(typed, cells[typed.column])
                if text != cells[typed.column]:
                    changed = changed or list(cells)
                    changed[typed.column] = text
        return changed or cells

    def _written(self, cell: TypedCell, text: str) -> str:
        if cell.kind is CellKind.DATE and self._dates:
            return date_as(self._dates, text)
        if cell.kind is CellKind.NUMBER and self._numbers:
            return number_as(self._numbers, cell, text)
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
