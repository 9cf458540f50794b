"""A path or standard input -> an open sheet: its header, how it was read, and its rows. The door of this room.

Content decides what a file is, never its name.
"""

from __future__ import annotations

from pathlib import Path

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, step
from hotline_batch.run_options import Reading
from hotline_batch.sheets.csv.reader import open_csv
from hotline_batch.sheets.detect import FileKind, recognise
from hotline_batch.sheets.snapshot import Snapshot, take_snapshot
from hotline_batch.sheets.table import OpenSheet

_LARGEST_OTHER_WORKBOOK_BYTES = 200 * 1024**2

_AS_DETECTED = Reading()


def open_sheet(path: str | Path, reading: Reading = _AS_DETECTED, called: str = "") -> OpenSheet:
    """Open a CSV file or workbook; ``-`` is CSV on standard input. ``called`` is its name, where the path has another.

    SheetError, and no other error, for whatever cannot be read; it names the place and the cure.
    """
    snapshot = take_snapshot(path, called)
    try:
        return _opened(snapshot, reading)
    except BaseException:
        snapshot.close()
        raise


def _opened(snapshot: Snapshot, reading: Reading) -> OpenSheet:
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
    from hotline_batch.sheets.workbook import open_workbook  # noqa: PLC0415 - see above

    return open_workbook(kind, snapshot, worksheet=reading.worksheet, header_row=reading.header_row)
