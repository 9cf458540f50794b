"""A planned run goes on under settings that are not those it was planned with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs import driving
from hotline_batch.application.runs.driving import Watcher, drive_lanes, open_run, run_to_the_end
from hotline_batch.errors import TakenOver
from hotline_batch.ledger.lanes.ending import Ending
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import JobState, Kind, Status
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


def settings_in(folder: Path, **variables: str) -> Settings:
    environment = {"HOTLINE_BATCH_LEDGER": f"sqlite:///{folder}/ledger.sqlite", **variables}
    return load_settings(environ=environment, working_folder=folder)


def test_a_sandbox_run_goes_on_although_an_account_was_set_up_meanwhile(tmp_path: Path) -> None:
    """Practice began without an account; the account that is there today changes nothing about it."""
    (tmp_path / "sheet.csv").write_text("user_id,message\n987654321,Hello\n")
    before = settings_in(tmp_path)
    after = settings_in(tmp_path, HOTLINE_INSTANCE="13209946874612345", HOTLINE_API_KEY="k", HOTLINE_X_API_KEY="t")

    with Ledger(before.ledger) as ledger:
        request = SheetRequest(
            Kind.SEND, str(tmp_path / "sheet.csv"), RunOptions(sandbox=True), output=str(tmp_path / "out.csv")
        )
        planned = plan_run(request, before)
        summary = run_to_the_end(ledger, planned.run.id, after, Limits())

    assert 1 == summary.counts[Status.SENT]


def test_a_process_whose_run_was_taken_over_leaves_it_to_the_other(tmp_path: Path) -> None:
    """It claims nothing more, and neither the state of the run nor its result sheet is its to write any longer."""
    rows = "".join(f"{user},Hello\n" for user in range(987654321, 987654361))
    (tmp_path / "sheet.csv").write_text(f"user_id,message\n{rows}")
    settings = settings_in(tmp_path)

    with Ledger(settings.ledger) as ledger:
        request = SheetRequest(
            Kind.SEND, str(tmp_path / "sheet.csv"), RunOptions(sandbox=True), output=str(tmp_path / "out.csv")
        )
        run = plan_run(request, settings).run

        def is_taken(_progress: object) -> None:
            with ledger.engine.begin() as connection:
                connection.execute(text("update lane set token = token + 1"))

        with pytest.raises(TakenOver, match=run.id):
            run_to_the_end(ledger, run.id, settings, Limits(rate="20/s"), Watcher(is_taken))

        assert ledger.run(run.id).stop_code == ""
        assert ledger.pending_rows(run.id) >= 38
    assert not (tmp_path / "out.csv").exists()


def test_a_process_that_slept_before_it_tells_the_end_leaves_the_run_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was sent, as it thinks; whoever took the run meanwhile has a row of it on its way, which stays there."""
    (tmp_path / "sheet.csv").write_text("user_id,message\n987654321,Hello\n987654322,Hello\n")
    settings = settings_in(tmp_path)
    ending = driving.end_lanes

    def falls_asleep(engine: Engine, *told: Any) -> Ending:
        ended = ending(engine, *told)
        with engine.begin() as connection:
            connection.execute(text("update lane set token = token + 1"))
            connection.execute(text("update sheet_row set state = 'in_flight' where position = 1"))
        return ended

    monkeypatch.setattr(driving, "end_lanes", falls_asleep)
    with Ledger(settings.ledger) as ledger:
        request = SheetRequest(
            Kind.SEND, str(tmp_path / "sheet.csv"), RunOptions(sandbox=True), output=str(tmp_path / "out.csv")
        )
        run = plan_run(request, settings).run

        with pytest.raises(TakenOver, match=run.id):
            run_to_the_end(ledger, run.id, settings, Limits())

        with ledger.engine.connect() as connection:
            assert "running" == connection.execute(text("select state from run")).scalar()
        assert [JobState.SUCCEEDED, JobState.IN_FLIGHT] == [row.state for row in ledger.rows(run.id)]
    assert not (tmp_path / "out.csv").exists()


def test_a_result_that_was_to_go_to_a_place_of_another_system_is_not_written_somewhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed over on Windows, ended on Linux: the ledger has it all, and the result is fetched where it is wanted."""
    (tmp_path / "sheet.csv").write_text("user_id,message\n987654321,Hello\n")
    settings = settings_in(tmp_path)
    elsewhere = r"C:\Office\out.csv" if os.name == "posix" else "/srv/office/out.csv"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    with Ledger(settings.ledger) as ledger:
        request = SheetRequest(
            Kind.SEND, str(tmp_path / "sheet.csv"), RunOptions(sandbox=True), output=str(tmp_path / "out.csv")
        )
        run_id = plan_run(request, settings).run.id
        with ledger.hold(run_id) as held:
            open_run(ledger, held, settings, Limits(), for_workers=True)
        ledger.change_run(run_id, output_path=elsewhere)
        summary = drive_lanes(ledger, run_id, settings)

    assert summary is not None
    assert 1 == summary.counts[Status.SENT]
    assert "" == summary.result
    assert elsewhere in str(summary.result_problem)
    assert [] == list((tmp_path / "here").iterdir())


@pytest.mark.parametrize("done", [1, 3])
def test_a_trial_that_another_session_began_sends_no_more_than_its_rows(tmp_path: Path, done: int) -> None:
    """Its worker died in the midst of it, or right behind it: whoever goes on stops where a person is to look."""
    (tmp_path / "sheet.csv").write_text(
        "user_id,message\n" + "".join(f"98765432{number},Hello\n" for number in range(8))
    )
    settings = settings_in(tmp_path)
    with Ledger(settings.ledger) as ledger:
        request = SheetRequest(
            Kind.SEND,
            str(tmp_path / "sheet.csv"),
            RunOptions(sandbox=True),
            output=str(tmp_path / "out.csv"),
            trial_rows=3,
        )
        run_id = plan_run(request, settings).run.id
        with ledger.hold(run_id) as held:
            open_run(ledger, held, settings, Limits(), for_workers=True)
        with ledger.hold_lanes(run_id), ledger.engine.begin() as connection:
            connection.execute(
                text("update sheet_row set state = 'succeeded', attempts = 1, claimed_at = 1 where position < :done"),
                {"done": done},
            )
        summary = drive_lanes(ledger, run_id, settings)

    assert summary is not None
    assert (3, 5) == (summary.counts[Status.SENT], summary.counts[Status.NOT_ATTEMPTED])
    assert "canary" == summary.stop_code
    assert "The first 3 rows are done" in summary.stop_reason
