"""Row records -> CSV that spreadsheet programs open by a double click and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from hotline_batch.model import RowRecord, Run
from hotline_batch.results.cell_safety import csv_line
from hotline_batch.results.rows import ResultLayout, arrange
from hotline_batch.results.summary import Tally


def write_csv(
    run: Run,
    layout: ResultLayout,
    records: Iterable[RowRecord],
    stream: BinaryIO,
    tally: Tally,
    *,
    mark: bool,
    only_changed: bool = False,
) -> None:
    """Write header and rows: UTF-8, CRLF, the input's delimiter (a comma after a workbook).

    ``mark`` writes the byte order mark, without which Excel takes UTF-8 for a code page; pipes want none.
    ``only_changed`` writes the rows with a change alone; all are counted.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    # By hand: the codec utf-8-sig looks at every line, whether it is the first.
    text.write("\ufeff" if mark else "")
    delimiter = run.dialect.delimiter if len(run.dialect.delimiter) == 1 else ","
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    try:
        writer.writerow(csv_line(layout.columns))
        for row in tally.counted(layout, records, only_changed=only_changed):
            if not row.left_out:
                writer.writerow(csv_line(arrange(layout, row.record, row.own)))
        text.flush()
    finally:
        text.detach()
