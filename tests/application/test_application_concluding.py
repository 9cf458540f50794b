"""A run ends once its result sheet is in place: what a death, or a sheet that cannot be written, leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs import concluding
from hotline_batch.application.runs.driving import run_to_the_end
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import RunState
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


class Death(BaseException):
    """The process is gone."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {"HOTLINE_BATCH_LEDGER": f"sqlite:///{tmp_path}/ledger.sqlite"}
    return load_settings(environ=environ, working_folder=tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with Ledger(settings.ledger) as ledger:
        yield ledger


def planned(folder: Path, settings: Settings, *, trial_rows: int | None = None) -> str:
    """A run of eight rows through the private sandbox."""
    lines = "".join(f"98765432{number},Hello\n" for number in range(8))
    (folder / "sheet.csv").write_text(f"user_id,message\n{lines}", "utf-8")
    options = RunOptions(sandbox=True)
    request = SheetRequest(
        Kind.SEND, str(folder / "sheet.csv"), options, output=str(folder / "out.csv"), trial_rows=trial_rows
    )
    return plan_run(request, settings).run.id


def fails_with(failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_words: Any) -> None:
        raise failure

    monkeypatch.setattr(concluding, "write_results", fail)


def test_a_trial_whose_process_dies_at_its_sheet_is_a_trial_still(
    tmp_path: Path, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes on sends nothing more before a person has looked at the first rows."""
    run_id = planned(tmp_path, settings, trial_rows=3)
    with monkeypatch.context() as dying:
        fails_with(Death(), dying)
        with suppress(Death):
            run_to_the_end(ledger, run_id, settings, Limits(rate="1000/s"))

    summary = run_to_the_end(ledger, run_id, settings, Limits(rate="1000/s"))

    assert summary is not None
    assert (3, 5) == (summary.counts[Status.SENT], summary.counts[Status.NOT_ATTEMPTED])
    assert "canary" == summary.stop_code


def test_a_run_whose_sheet_cannot_be_written_at_all_has_ended(
    tmp_path: Path, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tries the same again and again; the sheet can be had from the ledger at any time."""
    run_id = planned(tmp_path, settings)
    fails_with(MemoryError(), monkeypatch)

    with pytest.raises(MemoryError):
        run_to_the_end(ledger, run_id, settings, Limits(rate="1000/s"))

    assert RunState.FINISHED is ledger.run(run_id).state
