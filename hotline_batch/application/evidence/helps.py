"""Rows in doubt -> what helps a person to look: whom each is about, and where the topic is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotline_batch.evidence.rows import AskedRow
from hotline_batch.ledger.history.asked_messages import link_of_sheet, topic_links_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import Run
from hotline_batch.results.rows.row_names import RowNames


def names_in(runs: Sequence[Run], name_column: str | None) -> Mapping[str, RowNames]:
    """Where the names stand in the sheets of these runs, by run. SheetError where one has no such column."""
    return {run.id: RowNames.of(run, name_column) for run in runs}


class Helps:
    """Names and links of some rows of some runs; ``names`` is as of ``names_in``."""

    def __init__(self, ledger: Ledger, names: Mapping[str, RowNames], rows: Sequence[AskedRow]) -> None:
        wanted = {(row.connection, row.user_id) for row in rows if row.topic is None}
        self._links = topic_links_of(ledger, wanted)
        self._of_sheet: dict[tuple[str, int], tuple[str, str]] = {}
        for run_id, names_of_run in names.items():
            numbers = {row.number for row in rows if row.run == run_id}
            for record in ledger.rows(run_id) if numbers else ():
                if record.number in numbers:
                    self._of_sheet[run_id, record.number] = names_of_run.name_in(record.cells), link_of_sheet(record)

    def of(self, row: AskedRow) -> tuple[str, str]:
        """The person's name and the link of the topic; empty where nobody knows."""
        name, claimed = self._of_sheet.get((row.run, row.number), ("", ""))
        told = self._links.get((row.connection, row.user_id), "")
        return name, row.topic.link if row.topic is not None else told or claimed
