"""The other worksheets of a workbook -> those that have the columns, too: a question, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import SheetError, SheetQuestion
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import plural_words, words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import NextStep, Step, step
from hotline_batch.plan.columns.recognition import ColumnsMissing, recognise_columns
from hotline_batch.sheets.table import OpenSheet, without_empty_end
from hotline_batch.sheets.worksheets import WorksheetQuestion

HasTheColumns = Callable[[Sequence[str]], bool]

_OURS = "hotline_row"
_COLUMNS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class _Fitting:
    """A worksheet and the row in which its columns are named.

    ``is_first``: nothing stands above that; ``is_filled``: something stands below it.
    """

    name: str
    row: int
    header: tuple[str, ...]
    is_first: bool
    is_filled: bool


class ElsewhereQuestion(SheetQuestion):
    """The worksheet has not the columns, others have: ``places`` are their names and rows, 0 where it is the first."""

    def __init__(self, message: str, places: Sequence[tuple[str, int]], otherwise: Sequence[Step]) -> None:
        name, row = places[0]
        in_row = step(NextStep.USE_WORKSHEET_FROM_ROW, name=name, row=row)
        super().__init__(message, in_row if row else step(NextStep.USE_WORKSHEET, name=name), *otherwise)
        self.places = tuple(places)


def has_the_columns(request: SheetRequest, header: Sequence[str], *, is_template: bool) -> bool:
    """Whether a worksheet with this header could be the one that is meant; ``is_template``: messages come from one."""
    with suppress(SheetError):
        recognise_columns(
            header,
            request.kind,
            request.options.column_map,
            message_from_template=is_template,
            users_by_topic=request.kind is Kind.SEND,
        )
        return True
    return False


def ask_where_the_columns_are(opened: OpenSheet, fits: HasTheColumns, why: ColumnsMissing) -> None:
    """ElsewhereQuestion where other worksheets have the columns that this one has not; ``why`` is what is missing."""
    fitting = list(_fitting(opened, fits))
    if not fitting:
        return
    places = [
        f"'{each.name}'" if each.is_first else words("'{name}' (row {row})", name=each.name, row=each.row)
        for each in fitting
    ]
    raise ElsewhereQuestion(
        plural_words(
            "{why} Worksheet {places} has such columns:",
            "{why} Worksheet {places} have such columns:",
            len(fitting),
            why=why.problem,
            places=list_of(places),
        ),
        [(each.name, 0 if each.is_first else each.row) for each in fitting],
        why.steps,
    )


def refuse_several_worksheets(opened: OpenSheet, fits: HasTheColumns) -> None:
    """WorksheetQuestion where a second visible worksheet has the columns: which one is meant is not for us to say."""
    others = [each for each in _fitting(opened, fits) if each.is_filled and _OURS not in each.header]
    if not others:
        return
    name = opened.sheet.worksheet or ""
    columns = {name: without_empty_end(opened.sheet.header), **{each.name: each.header for each in others}}
    told = "; ".join(f"'{each}' ({_shown(header)})" for each, header in columns.items())
    raise WorksheetQuestion(
        words(
            "{sheet} has several worksheets with the columns that are needed: {told}.",
            sheet=opened.sheet.name,
            told=told,
        ),
        columns,
    )


def _fitting(opened: OpenSheet, fits: HasTheColumns) -> Iterator[_Fitting]:
    for name, rows in opened.other_worksheets():
        for place, (number, cells) in enumerate(rows):
            header = without_empty_end(cells)
            # Instructions say of a column what stands in it, for example a link; a header names columns.
            if fits(header) and not any("://" in cell for cell in header):
                yield _Fitting(name, number, header, place == 0, place + 1 < len(rows))
                break


def _shown(header: Sequence[str]) -> str:
    more = ", …" if len(header) > _COLUMNS_SHOWN else ""
    return ", ".join(header[:_COLUMNS_SHOWN]) + more
