"""When a message was asked for, first and last, as what is looked up in a chat has to know it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from hotline_batch.application.evidence.gathering import doubtful_rows
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import WALL, add_run, ledger_url, messages

TWO_HOURS = 7_200.0
CLAIMED = "update sheet_row set state = 'unknown', code = 'interrupted_in_flight', attempts = 2, claimed_at = :at"
TRIED = "insert into attempt select run_key, 0, :nth, :at, 0, null, 'interrupted_in_flight', 'maybe' from run"


def test_a_message_may_have_arrived_until_its_last_request_must_have_ended(tmp_path: Path) -> None:
    """An export of the chat that ends before says nothing of a second request, whose end nobody saw either."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        run = add_run(ledger, "r", messages(1))
        with ledger.engine.begin() as connection:
            connection.execute(text(CLAIMED), {"at": WALL + TWO_HOURS})
            for nth, at in ((1, WALL), (2, WALL + TWO_HOURS)):
                connection.execute(text(TRIED), {"nth": nth, "at": at})
        (row,) = doubtful_rows(ledger, run)

    assert WALL == row.asked_from
    assert WALL + TWO_HOURS < row.asked_until
