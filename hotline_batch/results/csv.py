"""Rows of a result -> CSV that spreadsheet programs open by a double click and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from hotline_batch.results.cell_safety import csv_line
from hotline_batch.results.columns import Layout
from hotline_batch.results.result_row import ResultRow
from hotline_batch.results.summary import RunTally


def write_csv(
    layout: Layout, rows: Iterable[ResultRow], stream: BinaryIO, tally: RunTally, *, delimiter: str, mark: bool
) -> None:
    """Write header and rows: UTF-8, CRLF, the input's delimiter (a comma after a workbook); every row is counted.

    ``mark`` writes the byte order mark, without which Excel takes UTF-8 for a code page; pipes want none.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    # By hand: the codec utf-8-sig looks at every line, whether it is the first.
    text.write("\ufeff" if mark else "")
    writer = csv.writer(text, delimiter=delimiter if len(delimiter) == 1 else ",", lineterminator="\r\n")
    try:
        writer.writerow(csv_line(layout.names))
        for row in rows:
            tally.add(row)
            if tally.is_shown(row):
                writer.writerow(csv_line(layout.cells(row)))
        text.flush()
    finally:
        text.detach()
