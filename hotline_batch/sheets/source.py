"""A path or standard input -> an open sheet: its header, how it was read, and its rows. The door of this room.

Content decides what a file is, never its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import Row, Sheet
from hotline_batch.next_step import NextStep, step
from hotline_batch.run_options import Reading
from hotline_batch.sheets.csv.reader import open_csv
from hotline_batch.sheets.detect import FileKind, recognise
from hotline_batch.sheets.snapshot import Snapshot, take_snapshot
from hotline_batch.sheets.table import FirstRows, Table

if TYPE_CHECKING:
    from hotline_batch.sheets.workbook import Book

_LARGEST_OTHER_WORKBOOK_BYTES = 200 * 1024**2

_AS_DETECTED = Reading()


class OpenSheet(AbstractContextManager["OpenSheet"]):
    """One table, open for reading from a private copy of its file; use it in a ``with`` statement.

    ``notices`` tell the person what detection decided. ``hidden_rows`` counts the rows below the header that the
    workbook hides or filters out, which carry the remark ``hidden_row``; None where the format has no such thing.
    """

    def __init__(self, sheet: Sheet, table: Table, snapshot: Snapshot) -> None:
        self.sheet = sheet
        self.notices = table.notices
        self.hidden_rows = table.hidden_rows
        self._table = table
        self._snapshot = snapshot

    def rows(self) -> Iterator[Row]:
        """The rows below the header in sheet order, from the first one with every call.

        Rows whose cells are all empty are left out. SheetError where the rest of the file cannot be read.
        """
        return self._table.rows()

    def other_worksheets(self) -> Iterator[tuple[str, FirstRows]]:
        """The other visible worksheets in which something stands, with their first rows; what cannot be read is not."""
        return self._table.other_worksheets()

    def close(self) -> None:
        """Remove the private copy; ``rows`` cannot be called any more."""
        self._table.close()
        self._snapshot.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_sheet(path: str | Path, reading: Reading = _AS_DETECTED, called: str = "") -> OpenSheet:
    """Open a CSV file or workbook; ``-`` is CSV on standard input. ``called`` is its name, where the path has another.

    SheetError, and no other error, for whatever cannot be read; it names the place and the cure.
    """
    snapshot = take_snapshot(path, called)
    try:
        table = _open_table(snapshot, reading)
    except BaseException:
        snapshot.close()
        raise
    sheet = Sheet(
        name=snapshot.name,
        path=snapshot.path,
        dialect=table.dialect,
        header=table.header,
        header_row=table.header_row,
        fingerprint=snapshot.fingerprint,
        worksheet=table.worksheet,
        look=table.look,
    )
    return OpenSheet(sheet, table, snapshot)


def _open_table(snapshot: Snapshot, reading: Reading) -> Table:
    kind = recognise(snapshot)
    if kind is FileKind.CSV:
        if reading.worksheet is not None:
            raise SheetError(
                words("{snapshot} is a text file, which has no worksheets.", snapshot=snapshot.name),
                step(NextStep.LEAVE_OUT_WORKSHEET),
            )
        return open_csv(snapshot, delimiter=reading.delimiter, encoding=reading.encoding, header_row=reading.header_row)
    if snapshot.path is None:
        raise SheetError(
            words(
                "Standard input holds a workbook, but only CSV can be read from there. Save it as a file and "
                "name the file."
            )
        )
    if reading.delimiter is not None or reading.encoding is not None:
        raise SheetError(
            words("{snapshot} is a workbook.", snapshot=snapshot.name), step(NextStep.LEAVE_OUT_CSV_CHOICES)
        )
    if kind is not FileKind.XLSX and snapshot.size > _LARGEST_OTHER_WORKBOOK_BYTES:
        raise SheetError(
            words("{snapshot} is too large for this format. Save it as XLSX or CSV.", snapshot=snapshot.name)
        )
    # What reads workbooks costs 20 ms to import, which whoever sends a CSV file does without.
    from hotline_batch.sheets.workbook import table_of  # noqa: PLC0415 - see above

    return table_of(_book(kind, snapshot), worksheet=reading.worksheet, header_row=reading.header_row)


def _book(kind: FileKind, snapshot: Snapshot) -> Book:
    if kind is FileKind.XLSX:
        from hotline_batch.sheets.excel.xlsx import XlsxBook  # noqa: PLC0415 - as above

        return XlsxBook(snapshot)
    if kind is FileKind.ODS:
        from hotline_batch.sheets.ods.spreadsheet import OdsBook  # noqa: PLC0415 - as above

        return OdsBook(snapshot)
    if kind is FileKind.XLSB:
        from hotline_batch.sheets.excel.xlsb import XlsbBook  # noqa: PLC0415 - as above

        return XlsbBook(snapshot)
    from hotline_batch.sheets.excel.xls.book import XlsBook  # noqa: PLC0415 - as above

    return XlsBook(snapshot)
