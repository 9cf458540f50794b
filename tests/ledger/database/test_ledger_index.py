"""Looking for an earlier message takes the index, however many rows the ledger holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import TextClause, text

from hotline_batch.ledger import statements
from hotline_batch.ledger.history import look_up_answers, sent_before
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import ledger_url

ASKS_BY_KEY = {
    "claim": statements.CLAIM,
    "sent before": sent_before._SENT_BEFORE,
    "keys sent before": sent_before._KEYS_SENT_BEFORE,
    "one answer": look_up_answers._ANSWER,
}


@pytest.mark.parametrize("statement", ASKS_BY_KEY.values(), ids=ASKS_BY_KEY)
def test_a_question_by_key_is_answered_from_the_index(tmp_path: Path, statement: TextClause) -> None:
    """SQLite's own plan says so; it may use a partial index only where the question implies its condition."""
    names = ("run_key", "claimed_at", "guard_since", "key", "but")
    with Ledger(ledger_url(tmp_path)) as ledger, ledger.engine.connect() as connection:
        asked = {name: 1 for name in names if name in statement.compile().params}
        sql = statement.text.replace("in :keys", "in (1)").replace("in :positions", "in (1, 2)")
        plan = connection.execute(text(f"explain query plan {sql}"), asked).fetchall()

    assert any("sheet_row_key" in row.detail for row in plan), [row.detail for row in plan]
