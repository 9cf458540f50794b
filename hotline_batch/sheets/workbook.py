"""A workbook of any format -> the table in one of its worksheets. A format supplies its worksheets and their rows."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from itertools import chain, dropwhile, islice, takewhile
from typing import Protocol

from hotline_batch.errors import SheetError
from hotline_batch.language.words import marked, words
from hotline_batch.model.sheets import (
    ColumnLook,
    Dialect,
    Row,
    Sheet,
    SheetLook,
    is_header_of_a_result,
    own_columns,
)
from hotline_batch.sheets.cells.cell import Area, SheetRow
from hotline_batch.sheets.cells.cell_text import RowMaker, is_blank_row, text_of
from hotline_batch.sheets.cells.merged_cells import AreasOverRows
from hotline_batch.sheets.csv.guard import needs_guard, unguarded
from hotline_batch.sheets.detect import FileKind
from hotline_batch.sheets.excel.xls.book import XlsBook
from hotline_batch.sheets.excel.xlsb import XlsbBook
from hotline_batch.sheets.excel.xlsx import XlsxBook
from hotline_batch.sheets.ods.spreadsheet import OdsBook
from hotline_batch.sheets.refusals import damaged
from hotline_batch.sheets.row_store import KeptRows
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import FirstRows, NoHeader, OpenSheet, find_header, nameless, without_empty_end
from hotline_batch.sheets.worksheets import Worksheet, choose_worksheet, names_of, notice_of, which_one

_ROWS_LOOKED_AT = 10
_MOST_TITLES = 100
_GUARDED = marked(
    "A CSV result, saved as a workbook: the apostrophes before texts that begin like formulas are not read"
)


class WorksheetReader(Protocol):
    """One worksheet, read once. What lies over the rows is complete when the last row was taken."""

    @property
    def merged(self) -> Sequence[Area]:
        """Merged cells."""

    @property
    def links(self) -> Sequence[Area]:
        """Links that are laid over cells."""

    @property
    def columns(self) -> Sequence[ColumnLook]:
        """Columns of a width of their own, and hidden ones."""

    def rows(self) -> Generator[SheetRow, None, None]:
        """Every row that stands in the file, in any order; those without cells may be left out. Called once."""


class Book(Protocol):
    """An open workbook: ``file`` is its name for messages, ``format`` the word for its dialect."""

    @property
    def file(self) -> str:
        """The file's name."""

    @property
    def format(self) -> str:
        """As in ``Dialect``."""

    @property
    def worksheets(self) -> Sequence[Worksheet]:
        """The worksheets in the order of their tabs, charts and macro sheets left out."""

    def read(self, worksheet: Worksheet) -> WorksheetReader:
        """A new reading of one worksheet. SheetError where it cannot be read."""


_BOOKS: Mapping[FileKind, Callable[[Snapshot], Book]] = {
    FileKind.XLSX: XlsxBook,
    FileKind.XLS: XlsBook,
    FileKind.XLSB: XlsbBook,
    FileKind.ODS: OdsBook,
}


def open_workbook(kind: FileKind, snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> OpenSheet:
    """The table in the worksheet asked for; by default in the active visible one, or the only one that is filled.

    SheetError for unknown and empty worksheets, and for whatever the reader of the format refuses.
    """
    book = _BOOKS[kind](snapshot)
    found = book.worksheets
    if not found:
        raise damaged(book.file, words("it has no worksheet"))
    if len({sheet.name for sheet in found}) < len(found):
        raise damaged(book.file, words("two worksheets have the same name"))
    chosen = choose_worksheet(found, worksheet, book.file)
    try:
        return _table_in(book, snapshot, chosen, header_row)
    except NoHeader as error:
        others = [other for other in found if other is not chosen]
        if not others:
            raise
        filled = [other for other in others if other.is_visible and _first_rows(book, other)]
        # Old programs add empty worksheets by themselves.
        if worksheet is None and not header_row and len(filled) == 1:
            return _table_in(book, snapshot, filled[0], header_row)
        raise SheetError(
            words("{problem} Other worksheets: {names_of}.", problem=error.problem, names_of=names_of(others)),
            which_one(others),
        ) from error


def _table_in(book: Book, snapshot: Snapshot, chosen: Worksheet, header_row: int | None) -> OpenSheet:
    reader = book.read(chosen)
    kept = KeptRows(book.file, chosen.name)
    with ExitStack() as until_it_is_whole:
        until_it_is_whole.callback(kept.close)
        for row in reader.rows():
            kept.add(row)
        kept.finish()
        where = words("Worksheet '{name}' of {file}", name=chosen.name, file=book.file)
        if header_row is None:
            header_row = chosen.header_row or _header_of_a_result(kept.rows())
        number, cells = find_header(_numbered_texts(kept.rows()), header_row, where)
        named = nameless(kept.width) if header_row == 0 else without_empty_end(cells)
        made = _MadeRows(book.file, kept, reader.merged, reader.links)
        is_guarded = (
            is_header_of_a_result(named) and len(book.worksheets) == 1 and _was_guarded(named, made.below(number, 0))
        )
        if is_guarded:
            named, made = tuple(map(unguarded, named)), replace(made, is_guarded=True)
        columns = tuple(each for each in reader.columns if each.column < kept.width)
        look = SheetLook(tuple(islice(made.above(number), _MOST_TITLES)), columns)
        until_it_is_whole.pop_all()
    sheet = Sheet(
        name=snapshot.name,
        path=snapshot.path,
        dialect=Dialect(book.format),
        header=(*named, *[""] * (kept.width - len(named))),
        header_row=number,
        fingerprint=snapshot.fingerprint,
        worksheet=chosen.name,
        look=look,
    )

    def close() -> None:
        kept.close()
        snapshot.close()

    return OpenSheet(
        sheet,
        lambda: made.below(number, len(named)),
        close,
        notices=(notice_of(chosen, book.worksheets), *([words(_GUARDED)] if is_guarded else [])),
        hidden_rows=kept.hidden_below(number),
        other_worksheets=lambda: _others(book, chosen),
    )


@dataclass(frozen=True, slots=True)
class _MadeRows:
    """The kept rows of one worksheet, with what lies over them."""

    file: str
    kept: KeptRows
    merged: Sequence[Area]
    links: Sequence[Area]
    is_guarded: bool = False

    def above(self, header_row: int) -> Iterator[Row]:
        """The rows above the header, as wide as they are."""
        rows = takewhile(lambda row: row.number < header_row, self.kept.rows())
        return self._made(rows, 0)

    def below(self, header_row: int, width: int) -> Iterator[Row]:
        """The rows below the header, ``width`` cells at least; without our apostrophes before formulas where it is
        ``is_guarded``.
        """
        rows = self._made(dropwhile(lambda row: row.number <= header_row, self.kept.rows()), width)
        return (row._replace(cells=tuple(map(unguarded, row.cells))) for row in rows) if self.is_guarded else rows

    def _made(self, rows: Iterable[SheetRow], width: int) -> Iterator[Row]:
        make = RowMaker(width).row
        merged = AreasOverRows(self.merged, self.kept.width, self.file, spare_corners=True)
        links = AreasOverRows(self.links, self.kept.width, self.file)
        for number, contents, is_hidden in rows:
            yield make(number, contents, is_hidden=is_hidden, merged=merged.at(number), links=links.at(number))


def _numbered_texts(rows: Iterable[SheetRow]) -> Iterator[tuple[int, tuple[str, ...]]]:
    return ((row.number, tuple(map(text_of, row.cells))) for row in rows)


def _was_guarded(header: Sequence[str], rows: Iterable[Row]) -> bool:
    """Whether a result was a CSV file before it was saved as a workbook: apostrophes stand before all that a
    spreadsheet program would run there. A workbook of ours has none, and a person's own seldom stand before them all.

    Rows without a status were typed in since.
    """
    status = own_columns(header)["hotline_status"]
    ours = (row.cells for row in rows if status < len(row.cells) and row.cells[status])
    is_there = False
    for cell in chain.from_iterable(ours):
        if needs_guard(cell):
            is_there = cell.startswith("'")
            if not is_there:
                break
    return is_there


def _header_of_a_result(rows: Iterable[SheetRow]) -> int | None:
    """The row of the header in a result sheet, which titles of the user may stand above; None in other sheets."""
    first = _numbered_texts(islice(rows, _MOST_TITLES + 1))
    return next((number for number, cells in first if is_header_of_a_result(cells)), None)


def _others(book: Book, chosen: Worksheet) -> Iterator[tuple[str, FirstRows]]:
    """The other visible worksheets in which something stands; what cannot be read is not told."""
    for other in book.worksheets:
        if other is not chosen and other.is_visible and (first := _first_rows(book, other)):
            yield other.name, first


def _first_rows(book: Book, worksheet: Worksheet) -> FirstRows:
    with suppress(SheetError), closing(book.read(worksheet).rows()) as rows:
        filled = (row for row in rows if not is_blank_row(row.cells))
        return sorted(_numbered_texts(islice(filled, _ROWS_LOOKED_AT)))
    return []
