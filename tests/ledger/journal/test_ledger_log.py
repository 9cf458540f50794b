"""What the ledger could not keep is written into the log, by row and without a word of the data."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from tests.support.engine_bench import Scripted, drive
from tests.support.ledgers.ledger_examples import add_run, ledger_url, messages


def test_failed_commit_is_told_with_what_it_means_for_the_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The commit, the reason, the row that is in doubt now, and that the run stops."""
    caplog.set_level(logging.INFO, "hotline_batch")
    with Ledger(ledger_url(tmp_path)) as ledger:
        run = add_run(ledger, "r1", messages(3))
        service = Scripted()

        def break_ledger() -> None:
            with ledger.engine.begin() as connection:
                connection.exec_driver_sql("drop table attempt")

        service.work = break_ledger
        end = drive(ledger, run, service)

    told = {record.msg: record for record in caplog.records}
    assert (RunState.STOPPED, "ledger_failed") == (end.state, end.stop_code)
    assert ["commit failed", "ledger took no more", "run stops"] == [
        record.msg for record in caplog.records if record.levelno == logging.ERROR
    ]
    assert "r1" == told["commit failed"].run  # type: ignore[attr-defined]  # a field of the line
    assert "attempt" in told["commit failed"].reason  # type: ignore[attr-defined]  # a field of the line
    assert "r1" == told["commit failed"].run  # type: ignore[attr-defined]  # the same
    assert ("r1", 2, "outcome") == tuple(getattr(told["ledger took no more"], name) for name in ("run", "row", "entry"))
    assert not [record for record in caplog.records if "Message" in str(vars(record).get("reason"))]
