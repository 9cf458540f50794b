"""Row records -> a workbook with Results, Summary, Problems and, after enrich, Changes; never a formula."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain, islice
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

from hotline_batch.model import CellKind, Kind, RowRecord, Run
from hotline_batch.results.changes import changes_of, shown_value
from hotline_batch.results.problems import ProblemSorter
from hotline_batch.results.problems_sheet import ProblemsSheet
from hotline_batch.results.recognise import title_of
from hotline_batch.results.rows import CHANGES_COLUMN, ResultLayout, arrange, own_cells, status_first
from hotline_batch.results.summary import Tally
from hotline_batch.results.summary_sheet import write_summary_sheet
from hotline_batch.results.text_sheet import MOST_LINES, TextSheet, discard_parts
from hotline_batch.results.texts import field_text, utc_text

CHANGE_COLUMNS = (
    "hotline_row",
    "hotline_topic_link",
    "hotline_topic_title",
    "field",
    "before",
    "now",
    "seen_before_at",
    "seen_before_in_run",
)

_ROWS_LOOKED_AT_FOR_WIDTHS = 50
_ROOM_FOR_LONG_TEXTS = ("0000", "", "A title of a topic as it is", "topic_last_date", "x" * 30, "x" * 30, "x" * 20)


def write_xlsx(
    run: Run,
    layout: ResultLayout,
    records: Iterable[RowRecord],
    stream: BinaryIO,
    tally: Tally,
    rate: str,
    *,
    only_changed: bool = False,
) -> None:
    """Write the whole workbook at flat memory. LedgerError if the rows do not add up.

    ``only_changed`` leaves rows without a change out of Results; everything else tells of all rows.
    """
    workbook = Workbook(write_only=True)
    workbook.properties.creator = "hotline-batch"
    workbook.properties.modified = datetime.now(UTC).replace(tzinfo=None)
    workbook.properties.title = title_of(run.id)
    layout = status_first(layout)
    try:
        with ProblemSorter(run.stop_code) as sorter:
            problems = ProblemsSheet(run, layout, sorter)
            changes = _write_rows(run, layout, records, workbook, tally, problems, only_changed=only_changed)
            write_summary_sheet(run, tally.summary(rate, run.output_path), workbook)
            problems.write(workbook, 2)
        if changes is not None:
            changes.finish()
        # openpyxl's own save leaves the archive open where the disk fills up.
        with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(workbook, archive).write_data()
    except BaseException:
        discard_parts(workbook)
        raise


def _write_rows(
    run: Run,
    layout: ResultLayout,
    records: Iterable[RowRecord],
    workbook: Workbook,
    tally: Tally,
    problems: ProblemsSheet,
    *,
    only_changed: bool,
) -> _ChangesSheet | None:
    """Fill Results and Changes in one pass over the rows, and put the problems by."""
    stream = iter(records)
    first = list(islice(stream, _ROWS_LOOKED_AT_FOR_WIDTHS))
    lines = [arrange(layout, record, own_cells(run, layout, record)) for record in first]
    refreshed = frozenset(at for at, _ in layout.refreshed)
    of_values = {cell.column for record in first for cell in record.typed if cell.kind is not CellKind.TEXT} - refreshed
    results = TextSheet(workbook, "Results", layout.columns, lines, look=run.notes.look, of_values=of_values)
    changes = _ChangesSheet(workbook) if run.kind is Kind.ENRICH else None
    link_at = layout.own.index("hotline_topic_link")
    for row in tally.counted(layout, chain(first, stream), only_changed=only_changed):
        if not row.left_out:
            typed = row.record.typed
            if refreshed:
                typed = tuple(cell for cell in typed if cell.column not in refreshed)
            results.append(arrange(layout, row.record, row.own), typed)
        if changes is not None and row.is_changed:
            changes.add(row.record, row.own[link_at])
        problems.add(row.record, row.own)
    results.finish()
    return changes


class _ChangesSheet(TextSheet):
    """The worksheet Changes: one line for each field that differs from the last time its topic was looked up."""

    def __init__(self, workbook: Workbook) -> None:
        super().__init__(workbook, "Changes", CHANGE_COLUMNS, [(*_ROOM_FOR_LONG_TEXTS, "x" * 24)])
        self._lines_left = MOST_LINES

    def add(self, record: RowRecord, link: str) -> None:
        """The changes of one row. What no longer fits is left to the column ``hotline_changes``, and said."""
        if record.earlier is None:
            return
        title = field_text(record.fields.get("topic_title"))
        seen_at, seen_in = utc_text(record.earlier.finished_at), record.earlier.run
        for change in changes_of(record):
            if self._lines_left > 1:
                before, now = shown_value(change.before), shown_value(change.now)
                self.append((str(record.number), link, title, change.field, before, now, seen_at, seen_in))
            elif self._lines_left == 1:
                said = f"The worksheet is full; for the other changes see the column {CHANGES_COLUMN} in Results."
                self.append((str(record.number), link, said, "", "", "", "", ""))
            self._lines_left -= 1
