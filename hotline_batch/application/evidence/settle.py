"""What an export proves of rows in doubt -> settled in the ledger, each with what proves it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hotline_batch.application.evidence.gathering import doubtful_rows
from hotline_batch.application.evidence.verification import Verification, VerifiedRow
from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.application.runs.going_on import settle_with
from hotline_batch.engine.clock import SystemClock
from hotline_batch.evidence.verdicts import There
from hotline_batch.language.words import plural_words, words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord, Resolution, resolve_each
from hotline_batch.model.progress import RunSummary
from hotline_batch.people import Role
from hotline_batch.plan.selection import RowRanges
from hotline_batch.settings.model import Settings
from hotline_batch.tally import first_named

_log = logging.getLogger(__name__)
_LINKS_NAMED = 3


@dataclass(frozen=True, slots=True)
class SettledByEvidence:
    """The rows that were settled, by their numbers, and the counts since."""

    delivered: tuple[int, ...]
    not_delivered: tuple[int, ...]
    summary: RunSummary


def chosen_to_settle(found: Verification, rows: str | None) -> Sequence[VerifiedRow]:
    """The rows that an export settles, of those named such as ``17,44`` or ``2-50``. SettingsError for other texts."""
    ranges = None if rows is None else RowRanges(rows)
    return [row for row in found.to_settle if ranges is None or row.number in ranges]


@needs(Role.PREPARE)
def settle_by_evidence(
    settings: Settings,
    run_id: str,
    found: Verification,
    rows: Collection[int] | None = None,
    *,
    note: str = "",
    output: str | None = None,
) -> SettledByEvidence:
    """Settle the rows of a run that are still in doubt and of which the export is sure; write its result sheet anew.

    ``rows`` are the row numbers that may be settled; None: all. ``note`` is a person's own, kept before what proves
    it. The texts of the chat are not kept. Raises LedgerError where no row can be settled, RunInProgress where another
    process works on the run.
    """
    clock, by = SystemClock(), acting_person()
    sure = {row.number: row for row in found.to_settle if row.run == run_id and (rows is None or row.number in rows)}
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)

        def resolve() -> tuple[int, ...]:
            # A row that was asked for once more since then is another question than the one that was answered.
            now = {row.number: row for row in doubtful_rows(ledger, run)}
            still = {number: row for number, row in sure.items() if now.get(number) == row.row}
            said = {
                number: Resolution(_word(row), by, clock.wall(), _note(found, row, note))
                for number, row in still.items()
            }
            links = {number: row.link for number, row in still.items() if row.link}
            settled = resolve_each(ledger, run_id, said, links)
            told = {"run": run_id, "rows": list(settled), "by": by.name, "sha256": found.sha256}
            _log.info("rows settled by an export", extra=told)
            return settled

        settled, summary = settle_with(ledger, run, settings, resolve, output=output, clock=clock)
    delivered = tuple(number for number in settled if _word(sure[number]) is PersonsWord.DELIVERED)
    return SettledByEvidence(delivered, tuple(sorted(set(settled) - set(delivered))), summary)


def _word(row: VerifiedRow) -> PersonsWord:
    return PersonsWord.DELIVERED if isinstance(row.verdict, There) else PersonsWord.NOT_DELIVERED


def _note(found: Verification, row: VerifiedRow, note: str) -> str:
    match row.verdict:
        case There(link=link, copies=copies) if link:
            proof = plural_words("there: {link}", "there {count} times: {link}", copies, link=link)
        case There(links=links):
            proof = words("there, one of {links}", links=first_named(links, _LINKS_NAMED))
        case _:
            proof = words("not there")
    told = words(
        "Telegram's export (SHA-256 {sha256}, newest message {newest} UTC): {proof}; {found:,} of {confirmed:,} "
        "confirmed rows found",
        sha256=found.sha256,
        newest=f"{found.newest:%Y-%m-%d %H:%M}",
        proof=proof,
        found=found.confirmed_found,
        confirmed=found.confirmed,
    )
    return f"{note}. {told}" if note else told
