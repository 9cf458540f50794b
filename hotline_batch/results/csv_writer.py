"""Row records -> CSV that spreadsheet programs open by a double click and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from hotline_batch.model import RowRecord, Run
from hotline_batch.results.cell_safety import csv_line
from hotline_batch.results.rows import CHANGES_COLUMN, ResultLayout, arrange, own_cells
from hotline_batch.results.summary import Tally, topic_status_of


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
        status_at, code_at = layout.own.index("hotline_status"), layout.own.index("hotline_error_code")
        changes_at = layout.own.index(CHANGES_COLUMN) if CHANGES_COLUMN in layout.own else -1
        for record in records:
            own = own_cells(run, layout, record)
            is_changed = changes_at >= 0 and bool(own[changes_at])
            left_out = only_changed and not is_changed
            tally.add(
                record.number,
                own[status_at],
                own[code_at],
                topic_status_of(record),
                is_changed=is_changed,
                left_out=left_out,
            )
            if left_out:
                continue
            writer.writerow(csv_line(arrange(layout, record, own)))
        text.flush()
    finally:
        text.detach()
