"""An open sheet -> what a person is shown of it: its columns with sample values and placeholders, its first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from hotline_batch.application.drafts.request import OpenSheets
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import SheetError
from hotline_batch.model.sheets import CellKind, Dialect, Row, TypedCell, header_form
from hotline_batch.next_step import Told
from hotline_batch.people import Role
from hotline_batch.plan.columns.names import forms_of
from hotline_batch.plan.message.template_language import NAMES_OF_JINJA
from hotline_batch.plan.message.written_forms import DATE_FORMS, NUMBER_FORMS, date_as, number_as
from hotline_batch.plan.visible_text import shown
from hotline_batch.sheets.cells.cell import column_name
from hotline_batch.sheets.table import OpenSheet

SAMPLES: Final = 3
MOST_COLUMNS: Final = 100
"""Columns that are shown; a sheet may have 16,384."""
_ROWS_LOOKED_AT = 500
_HIDDEN_SHOWN = 8
_FIRST_ROWS, _CELLS_OF_A_ROW, _LONGEST_SAMPLE = 12, 8, 60

_PLAIN: Final = re.compile(r"[^\W\d]\w*")
# Words of the template language, and names that mean something else in it.
_TAKEN: Final = NAMES_OF_JINJA | {
    *("and", "else", "false", "False", "if", "import", "in", "is", "loop", "none", "None", "not", "or", "range"),
    *("recursive", "row", "true", "True"),
}
# What would end the text or the placeholder.
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "{": "\\x7b", "}": "\\x7d"}


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """A column: its letter as the spreadsheet program shows it, its name, and the first values that stand in it.

    ``dates`` are the forms in which its first date can be written, each with what that makes of it; ``numbers`` those
    of its first number that is seen in a format of its own, or has decimals. Both are empty where there is none.
    """

    index: int
    letters: str
    name: str
    samples: tuple[str, ...]
    dates: tuple[tuple[str, str], ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """How a sheet was read. ``header_row`` 0: its columns have no names.

    ``hidden`` are the numbers of the first of the ``hidden_rows``; ``worksheets`` are the others in which something
    stands; ``columns`` are the first hundred, of ``column_count``.
    """

    dialect: Dialect
    worksheet: str | None
    worksheets: tuple[str, ...]
    header_row: int
    hidden_rows: int
    hidden: tuple[int, ...]
    columns: tuple[ColumnSeen, ...]
    column_count: int
    notices: tuple[Told, ...]

    def column(self, name: str) -> ColumnSeen | None:
        """The column of that name."""
        return next((each for each in self.columns if each.name == name), None)

    def named_as(self, field: str) -> Sequence[str]:
        """The names of columns that say that they hold this field."""
        known = forms_of(field)
        return [each.name for each in self.columns if header_form(each.name) in known]


@dataclass(frozen=True, slots=True)
class FirstRow:
    """One of the first rows that something stands in, to choose the one that names the columns."""

    number: int
    cells: tuple[str, ...]
    more: int


def sheet_seen(opened: OpenSheet) -> SheetSeen:
    """What is shown of a sheet."""
    sheet = opened.sheet
    named = [index for index, name in enumerate(sheet.header) if name.strip()]
    rows = list(islice(opened.rows(), _ROWS_LOOKED_AT))
    return SheetSeen(
        dialect=sheet.dialect,
        worksheet=sheet.worksheet,
        worksheets=tuple(name for name, _ in opened.other_worksheets()),
        header_row=sheet.header_row,
        hidden_rows=opened.hidden_rows or 0,
        hidden=tuple(islice((row.number for row in rows if row.is_hidden), _HIDDEN_SHOWN)),
        columns=tuple(_column(index, sheet.header[index], rows) for index in named[:MOST_COLUMNS]),
        column_count=len(named),
        notices=tuple(opened.notices),
    )


@needs(Role.PREPARE)
def first_rows(request: SheetRequest, sheets: OpenSheets) -> Sequence[FirstRow]:
    """The first rows of the worksheet, whichever of them names the columns; none where it cannot be read at all."""
    reading = replace(request.options.reading, header_row=0)
    with suppress(SheetError):
        options = replace(request.options, reading=reading)
        with sheets.lend(replace(request, options=options)) as opened:
            return [_first_row(row) for row in islice(opened.rows(), _FIRST_ROWS)]
    return ()


def _first_row(row: Row) -> FirstRow:
    width = max((at for at, cell in enumerate(row.cells, 1) if cell.strip()), default=0)
    cells = tuple(shown(cell, _LONGEST_SAMPLE) for cell in row.cells[: min(width, _CELLS_OF_A_ROW)])
    return FirstRow(row.number, cells, max(width - _CELLS_OF_A_ROW, 0))


def _column(index: int, name: str, rows: Sequence[Row]) -> ColumnSeen:
    values = (row.cells[index] for row in rows if index < len(row.cells) and row.cells[index].strip())
    samples = tuple(islice(dict.fromkeys(values), SAMPLES))
    typed = [(cell, row.cells[index]) for row in rows for cell in row.typed if cell.column == index < len(row.cells)]
    date = next((text for cell, text in typed if cell.kind is CellKind.DATE), None)
    # The largest one shows best what becomes of thousands.
    number = max((each for each in typed if _is_seen_otherwise(*each)), key=_size, default=None)
    return ColumnSeen(
        index,
        column_name(index),
        name,
        tuple(shown(sample, _LONGEST_SAMPLE) for sample in samples),
        dates=tuple((form, date_as(form, date)) for form in DATE_FORMS) if date else (),
        numbers=_distinct([(form, number_as(form, *number)) for form in NUMBER_FORMS]) if number else (),
    )


def _size(number: tuple[TypedCell, str]) -> float:
    return abs(number[0].value or 0.0)


def _distinct(examples: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The forms that make something else of the value than those before them."""
    first: dict[str, str] = {}
    for form, example in examples:
        first.setdefault(example, form)
    return tuple((form, example) for example, form in first.items())


def _is_seen_otherwise(cell: TypedCell, text: str) -> bool:
    return cell.kind is CellKind.NUMBER and ("." in text or number_as(NUMBER_FORMS[-1], cell, text) != text)


def placeholder(column: str) -> str:
    """``{{ Vorname }}``; ``{{ row["Vor-Name"] }}`` for what the template language would read as something else."""
    if _PLAIN.fullmatch(column) and column not in _TAKEN and column.isidentifier():
        return f"{{{{ {column} }}}}"
    escaped = "".join(_ESCAPED.get(character, character) for character in column)
    return f'{{{{ row["{escaped}"] }}}}'
