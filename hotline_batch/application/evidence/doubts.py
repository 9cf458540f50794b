"""The rows of a run that are in doubt, each with what helps a person to look into its topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotline_batch.application.evidence.gathering import given_rows
from hotline_batch.application.evidence.helps import Helps
from hotline_batch.evidence.rows import Said
from hotline_batch.issues.words import words_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import MESSAGE_LINK, JobState, Kind, RowRecord, Run
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """One row in doubt. ``asked_at`` is when the message was asked for first, UTC; ``why`` is what happened.

    ``topic_link`` is that of an earlier reply, of a look-up or of the sheet; empty where nobody knows it.
    """

    number: int
    name: str
    user_id: int
    topic_link: str
    text: str
    asked_at: datetime
    why: str


def rows_in_doubt(
    settings: Settings, run_id: str, name_column: str | None = None, most: int | None = None
) -> Sequence[DoubtfulRow]:
    """The rows in doubt of a send, in the order of the sheet, ``most`` of them at most; none of other runs."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.kind is not Kind.SEND or run.notes.pruned_at is not None:
            return ()
        return doubts_of(ledger, run, name_column, most)


def doubts_of(
    ledger: Ledger, run: Run, name_column: str | None = None, most: int | None = None
) -> Sequence[DoubtfulRow]:
    """The same over an open ledger."""
    rows = [row for row in given_rows(ledger, [run]) if row.said is Said.IN_DOUBT][:most]
    if not rows:
        return ()
    helps = Helps(ledger, [run], name_column, rows)
    records = {record.number: record for record in _doubtful_records(ledger.rows(run.id))}
    found = []
    for row in rows:
        record = records.get(row.number)
        if record is None:  # settled a moment ago
            continue
        name, link = helps.of(row)
        found.append(
            DoubtfulRow(
                row.number,
                name,
                row.user_id,
                link or _link_of_sheet(record),
                row.text,
                datetime.fromtimestamp(row.asked_from, UTC),
                words_of(record.issues[0]) if record.issues else "",
            )
        )
    return found


def _doubtful_records(records: Iterable[RowRecord]) -> Iterable[RowRecord]:
    return (record for record in records if record.state in {JobState.UNKNOWN, JobState.IN_FLIGHT})


def _link_of_sheet(record: RowRecord) -> str:
    """What the sheet says is the topic: a claim, but a place to begin."""
    return next((cell.strip() for cell in record.cells if MESSAGE_LINK.fullmatch(cell.strip())), "")
