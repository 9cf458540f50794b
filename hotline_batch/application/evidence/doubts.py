"""The rows of a run that are in doubt, each with what helps a person to look into its topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotline_batch.application.evidence.gathering import doubtful_rows
from hotline_batch.application.evidence.helps import Helps, names_in
from hotline_batch.evidence.rows import AskedRow
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """One row in doubt. ``asked_at`` is when the message was asked for first, UTC.

    ``topic_link`` is that of an earlier reply, of a look-up or of the sheet; empty where nobody knows it.
    """

    number: int
    name: str
    user_id: int
    topic_link: str
    text: str
    asked_at: datetime


def rows_in_doubt(
    settings: Settings, run_id: str, name_column: str | None = None, most: int | None = None
) -> Sequence[DoubtfulRow]:
    """The rows in doubt of a send, in the order of the sheet, ``most`` of them at most; none of other runs.

    SheetError where the sheet has no column ``name_column``.
    """
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.kind is not Kind.SEND or run.notes.pruned_at is not None:
            return ()
        return doubts_of(ledger, run, name_column, most)


def doubts_of(
    ledger: Ledger, run: Run, name_column: str | None = None, most: int | None = None
) -> Sequence[DoubtfulRow]:
    """The same over an open ledger."""
    names = names_in([run], name_column)
    rows = doubtful_rows(ledger, run)[:most]
    if not rows:
        return ()
    helps = Helps(ledger, names, rows)
    return [_doubtful(row, *helps.of(row)) for row in rows]


def _doubtful(row: AskedRow, name: str, link: str) -> DoubtfulRow:
    asked_at = datetime.fromtimestamp(row.asked_from, UTC)
    return DoubtfulRow(row.number, name, row.user_id, link, row.text, asked_at)
