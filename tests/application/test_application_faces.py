"""What any face does, the command line and others: look, answer, agree, start, and settle what is left open."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.plan_sheet import plan_sheet
from hotline_batch.application.planning.questions import Subject, questions_of
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.forgetting import deletable_run, delete_run
from hotline_batch.application.runs.going_on import (
    PersonsWord,
    resume_run,
    run_to_resume,
    run_to_settle,
    settle_rows,
)
from hotline_batch.application.runs.hours import with_start
from hotline_batch.application.runs.start import (
    forget_plan,
    forgotten_unless_started,
    ready_to_start,
    start_run,
)
from hotline_batch.application.runs.views.listing import list_runs, newest_runs, show_run
from hotline_batch.application.runs.workers import detached
from hotline_batch.application.runs.workers.detached import drive_run, start_run_detached, stop_run
from hotline_batch.errors import LedgerError, NoSuchRun, OpenQuestions, RunInProgress
from hotline_batch.ledger.lanes import holds
from hotline_batch.ledger.lanes.runs import Asked
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import RunState
from hotline_batch.run_options import Limits, RunOptions
from tests.support.batch_bench import FIRST_USER, Bench
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

FAST = RunOptions(limits=Limits(rate="500/s"))


def hidden_row(folder: Path) -> str:
    """A workbook of two rows, the second one hidden, in which two columns may be the message."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("user_id", "Text", "Message"), (FIRST_USER, "a", "A"), (FIRST_USER + 1, "b", "B")):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    path = folder / "hidden.xlsx"
    book.save(path)
    return str(path)


def test_what_a_sheet_leaves_open_is_answered_and_what_was_planned_is_started(tmp_path: Path) -> None:
    """Nothing is sent before the yes, and nobody finds the run to go on with until then."""
    with HostileServer() as server:
        settings = Bench(tmp_path, server.url).settings()
        request = SheetRequest(Kind.SEND, hidden_row(tmp_path), FAST, asks=True)
        with pytest.raises(OpenQuestions) as found:
            plan_sheet(request, settings)
        questions = list(questions_of(found.value))
        for question in questions:
            request = question.answers[-1].said_in(request)
        plan = plan_sheet(request, settings)
        planned = plan_run(request, settings)
        connections = ready_to_start(settings, planned.run)
        with pytest.raises(LedgerError, match="no unfinished run"):
            run_to_resume(settings, None)
        before = len(server.applied)
        summary = start_run(settings, planned.run.id)

    assert Subject.HIDDEN_ROWS in {question.subject for question in questions}
    assert 2 == plan.rows_to_do == planned.plan.rows_to_do
    assert ["default"] == list(connections)
    assert (0, 2) == (before, len(server.applied))
    assert RunState.FINISHED is summary.state
    assert [2] == [each.done for each in list_runs(settings, 5)]
    assert not show_run(settings, planned.run.id).is_in_progress


def test_a_plan_that_nobody_agrees_to_is_forgotten(tmp_path: Path) -> None:
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        planned = plan_run(SheetRequest(Kind.SEND, str(bench.write_sheet("ab")), FAST, asks=True), settings)
        forget_plan(settings, planned.run.id)

    assert [] == list(newest_runs(settings, 5))
    assert [] == server.applied


def test_a_run_that_was_started_is_not_forgotten_as_a_plan(tmp_path: Path) -> None:
    """A second look at the same plan, in another window say, may still offer to leave it."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        run_id = bench.send("ab").run
        settings = bench.settings()
        forget_plan(settings, run_id)

    assert [run_id] == [run.id for run in newest_runs(settings, 5)]


def test_a_plan_that_somebody_is_about_to_start_is_not_forgotten(tmp_path: Path) -> None:
    """Whoever comes second is refused, and leaves what the first one holds: its rows are about to be sent."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        run_id = bench.plan("ab").id
        with Ledger(settings.ledger) as ledger, ledger.hold(run_id):
            forget_plan(settings, run_id)
            with pytest.raises(RunInProgress), forgotten_unless_started(settings, run_id):
                start_run(settings, run_id)
        summary = start_run(settings, run_id)

    assert (RunState.FINISHED, 2) == (summary.state, len(server.applied))


def test_what_somebody_started_is_not_forgotten_by_who_slept_since_they_saw_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another machine, say, which was taken for dead: what the run has sent would be known no more."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        run_id = bench.plan("ab", "first.csv").id
        delete = Ledger.delete_run

        def sleep_and_delete(ledger: Ledger, name: str, **words: Any) -> bool:
            monkeypatch.undo()
            with ledger.engine.begin() as connection:
                connection.execute(text("update lane set worker = ''"))
            start_run(settings, run_id)
            return delete(ledger, name, **words)

        monkeypatch.setattr(Ledger, "delete_run", sleep_and_delete)
        forget_plan(settings, run_id)
        again = bench.send("ab")

    assert 2 == len(server.applied)
    assert 2 == again.counts[Status.SKIPPED]


def test_a_run_that_is_stopped_while_it_is_handed_over_is_not_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody works on it yet who could heed that; then no worker is started for it."""
    started: list[str] = []

    def stop_meanwhile(chosen: Limits, *rest: Any) -> Limits:
        stop_run(settings, run_id)
        return with_start(chosen, *rest)

    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        run_id = bench.plan("ab").id
        monkeypatch.setattr(detached, "with_start", stop_meanwhile)
        monkeypatch.setattr(detached, "start_worker", lambda _settings, run: started.append(run))
        monkeypatch.setattr(holds, "PATIENCE_SECONDS", 0.0)
        start_run_detached(settings, run_id)
    found = show_run(settings, run_id)

    assert [] == started
    assert [] == server.applied
    assert RunState.INTERRUPTED is found.run.state
    assert "Stopped by" in found.run.stop_reason


def test_a_worker_waits_for_whoever_has_its_run_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else would come for a run on a file's ledger."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        run_id = bench.plan("ab").id
        monkeypatch.setattr(detached, "start_worker", lambda *_: None)
        start_run_detached(settings, run_id)
        with ExitStack() as moment:
            moment.enter_context(moment.enter_context(Ledger(settings.ledger)).hold(run_id))
            sleepless = SimpleNamespace(sleep=lambda _seconds: moment.close(), monotonic=time.monotonic)
            monkeypatch.setattr(holds, "time", sleepless)
            summary = drive_run(settings, run_id)

    assert summary is not None
    assert 2 == summary.counts[Status.SENT]


def test_a_word_about_a_row_that_was_tried_again_since_is_left(tmp_path: Path) -> None:
    """Whoever looked, looked at fewer messages; the other row, of which that is true, is settled."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        for place in (0, 1):
            server.fault_for(FIRST_USER + place, named("close_unanswered_applied"))
        run_id = bench.send("ab").run
        settings = bench.settings()
        with pytest.raises(LedgerError, match="tried again since you looked"):
            settle_rows(settings, run_id, PersonsWord.NOT_DELIVERED, "2", "looked", seen={2: 0})
        settled = settle_rows(settings, run_id, PersonsWord.DELIVERED, "2-5", "looked", seen={2: 0, 3: 1})

    assert ([3], [], [2]) == (list(settled.rows), list(settled.left), list(settled.tried_since))


def test_a_run_that_ends_while_somebody_stops_it_has_ended_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last worker concludes it between two looks of whoever stops it."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        settings = bench.settings()
        run_id = bench.plan("ab").id

        def ends_first(*_: object) -> Asked:
            start_run(settings, run_id)
            return Asked.NOBODY

        monkeypatch.setattr(detached, "ask_to_stop", ends_first)
        with Ledger(settings.ledger) as ledger:
            ledger.change_run(run_id, state=RunState.RUNNING.value)
        with pytest.raises(LedgerError, match="not under way"):
            stop_run(settings, run_id)
    found = show_run(settings, run_id)

    assert (RunState.FINISHED, "") == (found.run.state, found.run.stop_reason)


def test_stop_of_a_run_that_is_not_there_says_so(tmp_path: Path) -> None:
    with HostileServer() as server, pytest.raises(NoSuchRun, match="no run 'nowhere'"):
        stop_run(Bench(tmp_path, server.url).settings(), "nowhere")


def test_a_row_in_doubt_is_settled_and_sent_again(tmp_path: Path) -> None:
    """By a person's word; rows that were named and are in no doubt stay as they are."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        server.fault_for(FIRST_USER + 1, named("close_unanswered_applied"))
        run_id = bench.send("abc").run
        settings = bench.settings()
        found = run_to_settle(settings, run_id, "2-3")
        settled = settle_rows(settings, run_id, PersonsWord.RESEND, "2,3", "looked")
        summary = resume_run(settings, run_id, Limits())
        guarded = deletable_run(settings, run_id).guarded
        delete_run(settings, run_id)

    assert ["default"] == list(found.connections)
    assert ([3], [2]) == (list(settled.rows), list(settled.left))
    assert 3 == summary.rows == guarded
    assert [] == list(newest_runs(settings, 5))
