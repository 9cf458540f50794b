"""The rows of a run, those in doubt with what helps a person to look for their message."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.ledger.history.asked_messages import asked_messages
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.history.topic_links import topic_links_of
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import MESSAGE_LINK, Kind, RowRecord, Run, WhereToLook


def rows_to_tell_of(ledger: Ledger, run: Run) -> Iterator[RowRecord]:
    """Every row of a run, in the order of the sheet, streamed, with all that a result tells of it.

    A look-up's has its topic's ``earlier`` answer, and a row in doubt what helps to ``look``.
    """
    in_doubt = asked_messages(ledger, run, only_in_doubt=True) if run.kind is Kind.SEND else ()
    asked = {message.number: message for message in in_doubt}
    whose = {
        number: (run.notes.identities.get(message.connection, message.connection), message.request.user_id)
        for number, message in asked.items()
    }
    links = topic_links_of(ledger, set(whose.values()))
    for record in rows_with_history(ledger, run):
        if record.number not in asked:
            yield record
            continue
        link = links.get(whose[record.number]) or link_of_sheet(record)
        yield record._replace(look=WhereToLook(asked[record.number].started_at, link))


def link_of_sheet(record: RowRecord) -> str:
    """What the sheet says is the topic: a claim, but a place to begin."""
    return next((cell.strip() for cell in record.cells if MESSAGE_LINK.fullmatch(cell.strip())), "")
