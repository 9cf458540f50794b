"""What is forgotten when a run is pruned or deleted, and what must not be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.runs.checks import PrunedRun, check_not_pruned
from hotline_batch.application.runs.forgetting import PrunableRuns, delete, prune
from hotline_batch.application.runs.going_on import choose_unfinished
from hotline_batch.ledger.history.sent_before import sent_before, skip_sent_before
from hotline_batch.ledger.journal.journal import Claim, Journal, Record
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import newest_entries, verify
from hotline_batch.ledger.pruning import runs_ended_before
from hotline_batch.model.jobs import Attempt, JobState, Succeeded
from hotline_batch.model.runs import Delivery, KeptLook, Run, RunState
from hotline_batch.model.sheets import CellKind, Row, SheetLook, TypedCell
from hotline_batch.people import Person, PersonKind, Role
from tests.support.ledgers.ledger_examples import (
    WALL,
    add_planned,
    add_run,
    hold_of,
    key_for,
    ledger_url,
    messages,
    planned,
)

DAY = 86_400.0
NOW = WALL + 100 * DAY
SECRET_TEXT = "Dear Ms. Unforgettable"
LINK = "https://t.me/c/2101424779/5343"


def ended_run(ledger: Ledger, run_id: str, state: RunState = RunState.FINISHED, rows: int = 3) -> Run:
    """A run that ended a little after WALL: its first row was sent, the others were not tried."""
    requests = [type(request)(request.user_id, f"{SECRET_TEXT} {run_id}") for request in messages(rows)]
    typed = (TypedCell(1, CellKind.TEXT, link=f"mailto:{SECRET_TEXT}"),)
    rows = [planned(number, request) for number, request in enumerate(requests, 2)]
    run = add_planned(ledger, run_id, [one._replace(row=one.row._replace(typed=typed)) for one in rows])
    look = SheetLook(titles=(Row(1, (SECRET_TEXT,)),))
    ledger.note(run_id, lambda notes: replace(notes, look=KeptLook(2, look)))
    job = ledger.next_pending(run, "main", -1, 1)[0]
    attempt = Attempt(1, WALL, 0.1, 200, "", Delivery.YES)
    for entry in (Claim(job, WALL + 1), Record(job, attempt, Succeeded(LINK, {"message": SECRET_TEXT}, 200), WALL + 2)):
        with Journal(ledger, run_id, 0.0, lambda _news: None, held=hold_of(ledger, run_id)) as journal:
            journal.tell(entry)
    ledger.change_run(run_id, state=state.value, finished_at=WALL + 5)
    return ledger.run(run_id)


def prune_all(ledger: Ledger, *, include_unfinished: bool = False) -> int:
    runs = runs_ended_before(ledger, NOW - 90 * DAY, include_unfinished=include_unfinished)
    return prune(ledger, PrunableRuns(runs, NOW - 90 * DAY, include_unfinished), NOW).rows


def bytes_of_ledger(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("ledger.sqlite*") if path.is_file())


def test_pruned_texts_are_gone_from_the_disk(ledger: Ledger, tmp_path: Path):
    """Neither a cell, nor a message, nor a reply is left in any file of the ledger."""
    ended_run(ledger, "old")
    before = bytes_of_ledger(tmp_path)

    forgotten = prune_all(ledger)

    assert SECRET_TEXT.encode() in before
    assert LINK.encode() in before
    assert 3 == forgotten
    assert SECRET_TEXT.encode() not in bytes_of_ledger(tmp_path)
    assert LINK.encode() not in bytes_of_ledger(tmp_path)


def test_pruned_run_keeps_what_became_of_its_rows(ledger: Ledger):
    """States, row numbers, attempts and times are as before, so counts still add up."""
    run = ended_run(ledger, "old")
    before = [(row.number, row.state, row.attempts, row.finished_at) for row in ledger.rows("old")]
    counts = ledger.counts("old")

    prune_all(ledger)

    assert before == [(row.number, row.state, row.attempts, row.finished_at) for row in ledger.rows("old")]
    assert counts == ledger.counts("old")
    assert [()] * 3 == [row.cells for row in ledger.rows("old")]
    assert (run.rows, run.sheet_path) == (ledger.run("old").rows, ledger.run("old").sheet_path)
    assert NOW == ledger.run("old").notes.pruned_at


def test_pruned_run_still_guards_against_sending_twice(ledger: Ledger):
    """A message of a pruned run is skipped when it is planned again."""
    run = ended_run(ledger, "old")
    request = next(row.request for row in ledger.rows(run.id) if row.state is JobState.SUCCEEDED)
    assert request is not None

    prune_all(ledger)
    add_run(ledger, "again", [request])
    skipped = skip_sent_before(ledger, "again", guard_since=WALL - 1)

    assert ["old"] == [before.run_id for before in skipped]
    assert list(sent_before(ledger, [key_for(request)], WALL - 1)) == [key_for(request)]


@pytest.mark.parametrize("state", [RunState.STOPPED, RunState.INTERRUPTED, RunState.RUNNING, RunState.PLANNED])
def test_unfinished_run_is_kept(ledger: Ledger, state: RunState):
    """A run that could still go on loses nothing unless that is asked for; then it cannot go on any more."""
    ended_run(ledger, "unfinished", state)

    kept, forgotten = prune_all(ledger), prune_all(ledger, include_unfinished=True)

    assert (0, 3) == (kept, forgotten)
    with pytest.raises(PrunedRun, match="pruned on 25 Apr 2027"):
        check_not_pruned(ledger.run("unfinished"))
    with pytest.raises(Exception, match="no unfinished run"):
        choose_unfinished(ledger, None)


def test_run_that_was_under_way_is_so_no_more(ledger: Ledger):
    """Whoever drove it is gone, or never came; nothing of it waits any more, and it guards from this moment on."""
    ended_run(ledger, "left", RunState.RUNNING)
    ledger.change_run("left", finished_at=None)

    prune_all(ledger, include_unfinished=True)

    with ledger.engine.connect() as connection:
        stored = connection.exec_driver_sql("select state, stop_code from run").one()
    assert ("interrupted", "interrupted") == tuple(stored)
    assert NOW == ledger.run("left").finished_at


def test_run_that_went_on_while_the_question_stood_open_is_kept(ledger: Ledger):
    """It was shown as over for long; since then it was tried again, and stopped with rows to send."""
    ended_run(ledger, "retried")
    ended_run(ledger, "old")
    shown = PrunableRuns(runs_ended_before(ledger, NOW - 90 * DAY, include_unfinished=False), NOW - 90 * DAY)
    ledger.change_run("retried", state=RunState.INTERRUPTED.value, finished_at=NOW - 1)

    pruned = prune(ledger, shown, NOW)

    assert (1, ["retried"]) == (pruned.runs, list(pruned.in_use))
    assert all(row.cells for row in ledger.rows("retried"))


def test_young_run_is_kept(ledger: Ledger):
    """A run that ended within the time keeps its cells."""
    ended_run(ledger, "young")
    ledger.change_run("young", finished_at=NOW - 89 * DAY)

    assert 0 == prune_all(ledger)


def test_pruning_twice_forgets_once(ledger: Ledger):
    """A pruned run is not counted again."""
    ended_run(ledger, "old")

    assert [3, 0] == [prune_all(ledger), prune_all(ledger)]


def test_run_in_use_is_left_alone(ledger: Ledger, tmp_path: Path):
    """What another process works on is named and keeps its cells."""
    ended_run(ledger, "busy")
    ended_run(ledger, "free")
    runs = runs_ended_before(ledger, NOW, include_unfinished=False)

    with Ledger(ledger_url(tmp_path)) as other, other.hold("busy"):
        pruned = prune(ledger, PrunableRuns(runs, NOW), NOW)

    assert (1, ["busy"]) == (pruned.runs, list(pruned.in_use))
    assert all(row.cells for row in ledger.rows("busy"))


def test_room_is_not_given_back_under_a_run(ledger: Ledger, tmp_path: Path):
    """While a run is under way nobody makes it wait for a rewrite of the whole ledger; texts are gone all the same."""
    ended_run(ledger, "old")
    ended_run(ledger, "busy", RunState.RUNNING)
    runs = runs_ended_before(ledger, NOW, include_unfinished=False)

    with Ledger(ledger_url(tmp_path)) as other, other.hold("busy"):
        pruned = prune(ledger, PrunableRuns(runs, NOW), NOW)

    assert "busy is under way" in pruned.not_shrunk
    assert [()] * 3 == [row.cells for row in ledger.rows("old")]


def test_abandoned_plan_is_deleted(ledger: Ledger):
    """What a killed process planned half holds people's data too, and nobody can see it."""
    add_run(ledger, "half", messages(2))
    ledger.change_run("half", state=RunState.PLANNING.value, created_at=NOW - 91 * DAY)

    prune_all(ledger)

    with pytest.raises(Exception, match="no run 'half'"):
        ledger.run("half")


def test_deleted_run_is_gone_with_its_guard(ledger: Ledger, tmp_path: Path):
    """Nothing of it is left, and the guard knows nothing of its messages."""
    run = ended_run(ledger, "gone")
    request = next(row.request for row in ledger.rows(run.id) if row.state is JobState.SUCCEEDED)
    assert request is not None

    delete(ledger, run.id)

    assert SECRET_TEXT.encode() not in bytes_of_ledger(tmp_path)
    assert {} == sent_before(ledger, [key_for(request)], 0.0)
    assert [] == list(ledger.runs())


@pytest.mark.parametrize("act", ["pruned", "deleted"])
def test_who_forgot_a_run_stands_among_who_did_what(ledger: Ledger, act: str):
    """Also of a run that is not there any more, and with nothing of what stood in it."""
    ended_run(ledger, "old")
    anna = Person("anna", PersonKind.ACCOUNT, frozenset(Role))

    with acting_as(anna):
        if act == "pruned":
            prune_all(ledger)
        else:
            delete(ledger, "old")

    told = newest_entries(ledger, 5)
    assert [(act, "old", "anna", "account")] == [(one.action, one.run, one.by, one.by_kind) for one in told]
    assert verify(ledger).first_wrong is None
