"""A run of the ledger -> its result sheet: CSV or XLSX by the file's extension, whole or not at all."""

from __future__ import annotations

import codecs
import csv
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import BinaryIO

from hotline_batch.language.words import words
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.cell_safety import csv_line
from hotline_batch.results.files.output import STANDARD_OUTPUT, check_capacity, is_csv, write_output
from hotline_batch.results.rows.columns import Layout, lay_out
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import ResultRow, result_rows
from hotline_batch.results.summary import RunTally, summarise

_log = logging.getLogger(__name__)

ReadRows = Callable[[], Iterator[RowRecord]]


def write_results(  # noqa: PLR0913 - all but the first four are named, and few callers need them
    run: Run,
    read_rows: ReadRows,
    path: str,
    rate: str,
    *,
    replace: bool,
    own_siblings: Collection[str] = (),
    as_folder: bool = False,
    only_changed: bool = False,
    read_compared: ReadRows | None = None,
    on_counted: Callable[[RunSummary], None] = lambda _summary: None,
) -> str:
    """Write the result sheet and return the path that was used; ``-`` is CSV on standard output.

    ``read_compared`` gives the rows with what was known of their topics before, which takes longer; without it, no row
    has a change. ``only_changed`` writes the rows with a change alone, and counts all. ``on_counted`` gets the counts
    once the sheet is written, so that nobody need read every row again for them.
    If ``path`` cannot be replaced (open in a spreadsheet program, say), or is taken and ``replace`` is False, the sheet
    appears beside it as ``name (2).ext``, where it replaces one of ``own_siblings``. ``as_folder``: whoever may read
    the folder may read the sheet; else this user alone. OutputError if nothing could be written; LedgerError if the
    rows do not add up.
    """
    kept = KeptColumns.of(run.options.results)
    layout = lay_out(run, (read_compared or read_rows)(), kept)
    tally = RunTally(run, only_changed=only_changed)
    to_pipe = path == STANDARD_OUTPUT
    as_csv = to_pipe or is_csv(path)
    check_capacity(path, run.rows, len(layout.columns))

    def fill(stream: BinaryIO) -> None:
        rows = result_rows(run, (read_compared or read_rows)(), kept)
        if as_csv:
            write_csv(layout, rows, stream, tally, delimiter=run.dialect.delimiter, mark=not to_pipe)
            tally.summary(rate, path)
        else:
            # Its library costs a twentieth of a second to import; a run that ends in CSV does not need it.
            from hotline_batch.results.workbook.results import write_xlsx  # noqa: PLC0415 - see above

            write_xlsx(run, layout, rows, stream, tally, rate)

    if to_pipe:
        summarise(run, read_rows(), rate)  # what went into a pipe cannot be taken back
    written = write_output(
        path,
        fill,
        replace=replace,
        called=words("The result sheet "),
        comfort=words(" Nothing is lost, the ledger holds every row. Write the sheet elsewhere with:"),
        cure=step(NextStep.WRITE_RESULTS, run=run.id),
        own_siblings=own_siblings,
        as_folder=as_folder,
    )
    on_counted(tally.summary(rate, run.output_path))
    _log.info("results written", extra={"run": run.id, "path": written, "rows": run.rows})
    return written


def write_csv(
    layout: Layout, rows: Iterable[ResultRow], stream: BinaryIO, tally: RunTally, *, delimiter: str, mark: bool
) -> None:
    """Write header and rows: UTF-8, CRLF, the input's delimiter (a comma after a workbook); every row is counted.

    ``mark`` writes the byte order mark, without which Excel takes UTF-8 for a code page; pipes want none.
    """
    # A wrapper of io would write once more when it goes, which Python 3.13 tells of with a traceback where it fails.
    text = codecs.getwriter("utf-8")(stream)
    # By hand: the codec utf-8-sig looks at every line, whether it is the first.
    text.write("\ufeff" if mark else "")
    writer = csv.writer(text, delimiter=delimiter if len(delimiter) == 1 else ",", lineterminator="\r\n")
    writer.writerow(csv_line(layout.names))
    for row in rows:
        tally.add(row)
        if tally.is_shown(row):
            writer.writerow(csv_line(layout.cells(row)))
