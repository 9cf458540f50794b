"""Plans whose process died before they were complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import delete_abandoned_plans
from hotline_batch.model.runs import RunState
from tests.support.ledgers.ledger_examples import ledger_url, run_named


def test_a_plan_that_was_never_completed_is_forgotten_a_finished_one_is_not(tmp_path: Path) -> None:
    """What a death left behind goes; a young plan may still be under way, and a run is never touched."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        for run_id, state, created_at in (
            ("abandoned", RunState.PLANNING, 100.0),
            ("young", RunState.PLANNING, 900.0),
            ("planned", RunState.PLANNED, 100.0),
        ):
            ledger.add_run(replace(run_named(run_id), state=state, created_at=created_at))

        delete_abandoned_plans(ledger, before=500.0)

        assert {"young", "planned"} == {ledger.run(run_id).id for run_id in ("young", "planned")}
        with pytest.raises(LedgerError):
            ledger.run("abandoned")
