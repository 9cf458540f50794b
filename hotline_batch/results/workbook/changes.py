"""Look-ups that differ from the ones before -> the worksheet Changes: one line for each field of a topic."""

from __future__ import annotations

from hotline_batch.language.words import marked, words
from hotline_batch.results.formatting import field_text, utc_text
from hotline_batch.results.rows.changes import shown_value
from hotline_batch.results.rows.result_row import ResultRow
from hotline_batch.results.workbook.table import MOST_LINES, Table
from hotline_batch.results.workbook.xlsx import Workbook, Worksheet

_OWN = ("hotline_row", "hotline_topic_link", "hotline_topic_title")
_TOLD = marked(("field", "before", "now", "seen_before_at", "seen_before_in_run"))
_ROOM = ("0000", "", "A title of a topic as it is", "topic_last_date", "x" * 30, "x" * 30, "x" * 20, "x" * 24)


class Changes:
    """Takes every row as it passes, and writes what changed."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self._table = Table(book, sheet, (*_OWN, *map(words, _TOLD)), [_ROOM])
        self._lines_left = MOST_LINES

    def add(self, row: ResultRow) -> None:
        """The changes of one row. What no longer fits is left to the column ``hotline_changes``, and said."""
        if row.earlier is None:
            return
        about = (str(row.number), row.topic_link, field_text(row.reply.get("topic_title")))
        seen = (utc_text(row.earlier.finished_at), row.earlier.run)
        for change in row.changes:
            if self._lines_left > 1:
                self._table.append((*about, change.field, shown_value(change.before), shown_value(change.now), *seen))
            elif self._lines_left == 1:
                said = words("The worksheet is full; for the other changes see the column hotline_changes in Results.")
                self._table.append((*about[:2], said, "", "", "", "", ""))
            self._lines_left -= 1

    def finish(self) -> None:
        """Put the filter over what was written."""
        self._table.finish()
