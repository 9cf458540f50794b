"""A run ends once its result sheet is in place: what a death, or a sheet that cannot be written, leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs import concluding, driving
from hotline_batch.application.runs.driving import drive_lanes, run_to_the_end
from hotline_batch.application.runs.workers.detached import hand_over, stop_run
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


@pytest.mark.parametrize("by_a_worker", [False, True], ids=["here", "by_a_worker"])
@pytest.mark.parametrize(
    ("room", "instant"),
    [(driving, "end_lanes"), (concluding, "write_results"), (concluding, "keep_end")],
    ids=["the_work_ended", "its_sheet_is_written", "its_end_is_kept"],
)
def test_a_stop_that_comes_when_the_work_has_stopped_by_itself_is_heard(
    tmp_path: Path, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch,
    room: Any, instant: str, by_a_worker: bool,
) -> None:  # fmt: skip
    """Nobody goes on with the run but a person, and the sheet tells what the run tells."""
    run_id = planned(tmp_path, settings, trial_rows=3)
    real = getattr(room, instant)

    def stopped_then(*arguments: Any, **words: Any) -> Any:
        stop_run(settings, run_id)
        return real(*arguments, **words)

    monkeypatch.setattr(room, instant, stopped_then)
    if by_a_worker:
        hand_over(ledger, run_id, settings, Limits(rate="1000/s"), starts_worker=False)
        summary = drive_lanes(ledger, run_id, settings)
    else:
        summary = run_to_the_end(ledger, run_id, settings, Limits(rate="1000/s"))
    run = ledger.run(run_id)

    assert summary is not None
    assert (RunState.INTERRUPTED, "interrupted") == (run.state, run.stop_code) == (summary.state, summary.stop_code)
    assert (3, 5) == (summary.counts[Status.SENT], summary.counts[Status.NOT_ATTEMPTED])
    assert run.stop_reason.startswith("Stopped by ")


def test_a_stop_outlives_whoever_was_to_heed_it_and_a_moments_hold(
    tmp_path: Path, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a worker that dies at the very end, and a person who looks whether rows can be settled."""
    run_id = planned(tmp_path, settings, trial_rows=3)

    def stopped_and_dead(*_arguments: Any, **_words: Any) -> None:
        stop_run(settings, run_id)
        raise Death

    hand_over(ledger, run_id, settings, Limits(rate="1000/s"), starts_worker=False)
    with monkeypatch.context() as dying, suppress(Death):
        dying.setattr(concluding, "keep_end", stopped_and_dead)
        drive_lanes(ledger, run_id, settings)
    with ledger.hold(run_id):
        pass
    summary = drive_lanes(ledger, run_id, settings)
    run = ledger.run(run_id)
    gone_on = run_to_the_end(ledger, run_id, settings, Limits(rate="1000/s"))

    assert summary is not None
    assert (RunState.INTERRUPTED, "interrupted") == (run.state, run.stop_code) == (summary.state, summary.stop_code)
    assert (3, 5) == (summary.counts[Status.SENT], summary.counts[Status.NOT_ATTEMPTED])
    assert (RunState.FINISHED, "") == (gone_on.state, gone_on.stop_code)
