"""A run of the ledger -> its result sheet: CSV or XLSX by the file's extension, whole or not at all."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from hotline_batch.errors import NotWritten, OutputError
from hotline_batch.model import RowRecord, Run, RunSummary
from hotline_batch.results.atomic import try_to_write_in, write_whole
from hotline_batch.results.csv_writer import write_csv
from hotline_batch.results.kept_columns import KeptColumns
from hotline_batch.results.rows import lay_out
from hotline_batch.results.summary import Tally, summarise

_log = logging.getLogger(__name__)

STANDARD_OUTPUT = "-"

MOST_WORKBOOK_ROWS = 1_048_575
"""Rows of a worksheet below its header."""

MOST_WORKBOOK_COLUMNS = 16_384


ReadRows = Callable[[], Iterator[RowRecord]]


def write_results(
    run: Run,
    read_rows: ReadRows,
    path: str,
    rate: str,
    *,
    replace: bool,
    own_siblings: Collection[str] = (),
    only_changed: bool = False,
    read_compared: ReadRows | None = None,
    on_counted: Callable[[RunSummary], None] = lambda _summary: None,
) -> str:
    """Write the result sheet and return the path that was used; ``-`` is CSV on standard output.

    ``read_compared`` gives the rows with what was known of their topics before, which takes longer; without it, no row
    has a change. ``only_changed`` writes the rows with a change alone, and counts all. ``on_counted`` gets the counts
    once the sheet is written, so that nobody need read every row again for them.
    If ``path`` cannot be replaced (open in a spreadsheet program, say), or is taken and ``replace`` is False, the sheet
    appears beside it as ``name (2).ext``, where it replaces one of ``own_siblings``. OutputError if nothing could be
    written; LedgerError if the rows do not add up.
    """
    read_compared = read_compared or read_rows
    if kept := KeptColumns.of(run.options.results):
        run, (read_rows, read_compared) = kept.without_the_others(run, read_rows, read_compared)
    if path == STANDARD_OUTPUT:
        _log.info("results written", extra={"run": run.id, "path": path, "rows": run.rows})
        on_counted(_write_to_standard_output(run, read_rows, read_compared, rate, only_changed=only_changed))
        return path
    target = Path(path)
    layout = lay_out(run, read_rows())
    check_capacity(path, run.rows, len(layout.columns))
    tally = Tally(run)

    def fill(stream: BinaryIO) -> None:
        rows = read_compared()
        if _extension(path) == ".csv":
            write_csv(run, layout, rows, stream, tally, mark=True, only_changed=only_changed)
            tally.summary(rate, path)
        else:
            # openpyxl costs a quarter of a second to import; a run that ends in CSV does not need it.
            from hotline_batch.results.xlsx_writer import write_xlsx  # noqa: PLC0415 - see above

            write_xlsx(run, layout, rows, stream, tally, rate, only_changed=only_changed)

    try:
        written = str(write_whole(target, fill, replace=replace, own_siblings=own_siblings))
    except OSError as error:
        raise NotWritten(
            f"The result sheet {path} could not be written: {error.strerror or error}. Nothing is lost, the ledger "
            f"holds every row. Write the sheet elsewhere with: hotline-batch results {run.id} -o FILE"
        ) from error
    on_counted(tally.summary(rate, run.output_path))
    _log.info("results written", extra={"run": run.id, "path": written, "rows": run.rows})
    return written


def check_output(path: str, sheet_path: str, *, force: bool, own_result: bool = False) -> None:
    """OutputError if the result sheet could not be written there later. Asked before anything is sent.

    ``own_result`` says that an existing file is this run's own earlier result, which may be replaced.
    """
    if path == STANDARD_OUTPUT:
        return
    _extension(path)
    check_target(path, sheet_path, force=force or own_result)


def check_target(path: str, sheet_path: str, *, force: bool) -> None:
    """OutputError if no file can be written there, or one is there and ``force`` is False.

    The input is never replaced, under whatever name or link it is reached.
    """
    target = Path(path)
    try:
        _refuse_unusable(target, path)
        if _is_same_file(target, sheet_path):
            raise OutputError(f"{path} is the input sheet itself, which is never overwritten. Choose another -o FILE.")
        if os.path.lexists(target) and not force:
            raise OutputError(_already_there(path))
        try_to_write_in(target.parent)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"The result sheet cannot be written to {path}: {reason}. Choose another -o FILE.") from error


def check_capacity(path: str, rows: int, columns: int = 0) -> None:
    """OutputError if so many rows or columns do not fit into this kind of file."""
    if path == STANDARD_OUTPUT or _extension(path) == ".csv":
        return
    if rows > MOST_WORKBOOK_ROWS:
        raise OutputError(
            f"{path}: a worksheet holds {MOST_WORKBOOK_ROWS:,} rows below its header, the result has {rows:,}. "
            "Choose an -o FILE that ends in .csv."
        )
    if columns > MOST_WORKBOOK_COLUMNS:
        raise OutputError(
            f"{path}: a worksheet holds {MOST_WORKBOOK_COLUMNS:,} columns, the result has {columns:,}. "
            "Choose an -o FILE that ends in .csv."
        )


def _write_to_standard_output(
    run: Run, read_rows: ReadRows, read_compared: ReadRows, rate: str, *, only_changed: bool
) -> RunSummary:
    """Stream CSV without a byte order mark; the rows are counted first, since a pipe cannot be taken back."""
    summarise(run, read_rows(), rate)
    layout = lay_out(run, read_rows())
    tally = Tally(run)
    try:
        write_csv(run, layout, read_compared(), sys.stdout.buffer, tally, mark=False, only_changed=only_changed)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise NotWritten(
            f"Standard output took only a part of the results: {error.strerror or error}. "
            f"Write them to a file with: hotline-batch results {run.id} -o FILE"
        ) from error
    return tally.summary(rate, run.output_path)


def _extension(path: str) -> str:
    extension = Path(path).suffix.lower()
    if extension not in {".csv", ".xlsx"}:
        raise OutputError(
            f"{path}: result sheets are written as .xlsx or .csv. Choose an -o FILE that ends in one of these."
        )
    return extension


def _refuse_unusable(target: Path, path: str) -> None:
    """Refuse what is there and is no file, and a folder that is not there."""
    if not target.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {target.parent}. Create it, or choose another -o FILE.")
    if not os.path.lexists(target):
        return
    mode = target.lstat().st_mode
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder. Name a file in it with -o FILE.")
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputError(f"{path} is not a regular file. Choose another -o FILE.")


def _is_same_file(target: Path, sheet_path: str) -> bool:
    """Whether both names lead to one file: by links, by another spelling, or by name alone where the sheet is gone."""
    if sheet_path == STANDARD_OUTPUT:
        return False
    sheet = Path(sheet_path)
    if target.exists() and sheet.exists():
        return target.samefile(sheet)
    return os.path.realpath(target) == os.path.realpath(sheet) or target.absolute() == sheet.absolute()


def _already_there(path: str) -> str:
    return f"{path} exists already. Choose another -o FILE, or pass --force to replace it."
