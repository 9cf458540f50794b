"""A planned run goes on under settings that are not those it was planned with."""

from __future__ import annotations

from pathlib import Path

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Kind, Status
from hotline_batch.settings.settings import Settings, load_settings
from hotline_batch.workflows.choices import BatchChoices, DriveChoices
from hotline_batch.workflows.planning import plan_run
from hotline_batch.workflows.running import run_to_the_end


def settings_in(folder: Path, **variables: str) -> Settings:
    environment = {"HOTLINE_BATCH_LEDGER": f"sqlite:///{folder}/ledger.sqlite", **variables}
    return load_settings(environ=environment, working_folder=folder)


def test_a_sandbox_run_goes_on_although_an_account_was_set_up_meanwhile(tmp_path: Path) -> None:
    """Practice began without an account; the account that is there today changes nothing about it."""
    (tmp_path / "sheet.csv").write_text("user_id,message\n987654321,Hello\n")
    before = settings_in(tmp_path)
    after = settings_in(tmp_path, HOTLINE_INSTANCE="13209946874612345", HOTLINE_API_KEY="k", HOTLINE_X_API_KEY="t")

    with Ledger(before.ledger) as ledger:
        choices = BatchChoices(Kind.SEND, str(tmp_path / "sheet.csv"), output=str(tmp_path / "out.csv"), sandbox=True)
        planned = plan_run(choices, before, ledger)
        summary = run_to_the_end(ledger, planned.run.id, after, DriveChoices())

    assert 1 == summary.counts[Status.SENT]
