"""Runs and rows: kept exactly, settled truthfully, held by one process."""

from __future__ import annotations

import os
import signal
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hotline_batch.errors import LedgerError, RunInProgress
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.ledger.history.sent_before import skip_sent_before
from hotline_batch.ledger.journal.journal import Claim, Journal
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import GetTopicInfo, JobState, Kind, PlannedRow, RejectedRow, SendMessage, SkippedRow
from hotline_batch.model.runs import RunState
from hotline_batch.model.sheets import Row
from hotline_batch.run_options import RunOptions
from tests.support.engine_bench import Scripted, drive, lost, refused, wrong_keys
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import (
    WALL,
    add_planned,
    add_run,
    codes,
    hold_of,
    ledger_url,
    messages,
    planned,
    records,
    run_named,
    settle_left,
    states,
)

any_text = st.text(
    st.one_of(st.characters(), st.characters(categories=["Cs"]), st.sampled_from("\x00\n\r\t\x1b\ufeff\ufffe😀'\"\\")),
    max_size=30,
)

HOLDER = """
import sys
from hotline_batch.errors import RunInProgress
from hotline_batch.ledger.ledger import Ledger
try:
    with Ledger(sys.argv[1]) as ledger, ledger.hold("r"):
        print("held", flush=True)
        sys.stdin.read()
except RunInProgress as error:
    print("refused:", error, flush=True)
    sys.exit(2)
"""


def hold_elsewhere(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, ledger_url(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# ── rows come back as they went in ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    cells=st.lists(any_text, min_size=1, max_size=5),
    message=any_text,
    user_id=st.integers(1, 10**30),
    problem=any_text,
    path=any_text,
)
@example(cells=['","', '"', "\\", ""], message='\\","', user_id=1001, problem='"', path='"')
@example(cells=['a","b'], message='"', user_id=1001, problem="", path="")
@example(cells=[""], message="", user_id=1001, problem="", path="")
def test_any_text_comes_back_as_it_went_in(
    ledger: Ledger, cells: list[str], message: str, user_id: int, problem: str, path: str
) -> None:
    """Half surrogate pairs, NUL, emoji, ids longer than any machine number, paths that are not UTF-8."""
    run_id = f"r{len(ledger.runs())}"
    ledger.add_run(replace(run_named(run_id), sheet_path=path, stop_reason=problem, owner=path))
    sent = planned(2, SendMessage(user_id, message))
    told = Issue("user_id.not_a_number", problem, problem, {"text": problem})
    rows = [
        PlannedRow(Row(2, tuple(cells)), sent.decision),
        PlannedRow(Row(3, tuple(cells)), RejectedRow(3, (told, told))),
        PlannedRow(Row(4, tuple(cells)), SkippedRow(4, Issue.worded("not_selected", "left out"))),
    ]

    ledger.add_rows(run_id, rows)
    ledger.change_run(run_id, output_path=path)

    first, second, third = records(ledger, run_id)
    assert [tuple(cells)] * 3 == [first.cells, second.cells, third.cells]
    assert SendMessage(user_id, message) == first.request
    assert (told, told) == second.issues
    assert ["pending", "rejected", "skipped"] == states(ledger, run_id)
    found = ledger.run(run_id)
    assert (path, path, problem) == (found.sheet_path, found.output_path, found.stop_reason)


def test_rows_come_back_in_the_order_of_the_sheet_over_many_commits(ledger: Ledger) -> None:
    add_run(ledger, "r", messages(4_500))

    assert list(range(2, 4_502)) == [row.number for row in ledger.rows("r")]
    assert {"pending": 4_500} == ledger.counts("r")


@pytest.mark.parametrize("jobs_in_ten", [1, 5, 9])
def test_rows_that_cannot_be_used_keep_their_place_among_the_others(ledger: Ledger, jobs_in_ten: int) -> None:
    """Whatever is stored together: 2,003 rows, more or less of them usable, and one that is very long."""
    ledger.add_run(run_named("r"))
    told = Issue("user_id.not_a_number", "user_id", "x", {"text": "not a number"})
    rows = [
        planned(number, SendMessage(1000 + number, "x" * 2_000_000 if number == 700 else "Hello"))
        if number % 10 < jobs_in_ten
        else PlannedRow(Row(number, (str(number),)), RejectedRow(number, (told,)))
        for number in range(2, 2_005)
    ]

    assert 2_003 == ledger.add_rows("r", rows)

    assert [(row.row.number, row.row.cells) for row in rows] == [(row.number, row.cells) for row in ledger.rows("r")]
    wanted = ["pending" if number % 10 < jobs_in_ten else "rejected" for number in range(2, 2_005)]
    assert wanted == states(ledger, "r")


def test_rows_of_a_run_that_was_deleted_meanwhile_are_not_kept(ledger: Ledger) -> None:
    """Nobody would ever find them, nor delete them."""
    ledger.add_run(run_named("r"))

    def rows() -> Iterator[PlannedRow]:
        ledger.delete_run("r")
        yield planned(2, SendMessage(1001, "Hello"))

    with pytest.raises(LedgerError, match="deleted"):
        ledger.add_rows("r", rows())

    with ledger.engine.connect() as connection:
        assert 0 == connection.exec_driver_sql("select count(*) from sheet_row").scalar()
        assert 1 == connection.exec_driver_sql("PRAGMA foreign_keys").scalar()


def test_a_run_that_is_not_there_is_named_with_the_newest_ones(ledger: Ledger) -> None:
    add_run(ledger, "known", messages(1))

    with pytest.raises(LedgerError, match=r"no run 'unknown'.*known"):
        ledger.run("unknown")


def test_a_deleted_run_takes_its_rows_along(ledger: Ledger) -> None:
    add_run(ledger, "r", messages(3))
    add_run(ledger, "other", messages(2))

    ledger.delete_run("r")

    with ledger.engine.connect() as connection:
        assert 2 == connection.exec_driver_sql("select count(*) from sheet_row").scalar()
    assert ["other"] == [run.id for run in ledger.runs()]


def test_a_run_that_is_still_planned_is_not_shown(ledger: Ledger) -> None:
    ledger.add_run(replace(run_named("r"), state=RunState.PLANNING))

    assert [] == ledger.runs()


def test_next_rows_are_those_of_the_connection_beyond_a_position(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(10), connections=("a", "b"))

    assert ["a", "b"] == ledger.connections_pending("r")
    assert [3, 5, 7] == [job.position for job in ledger.next_pending(run, "b", 1, 3)]


# ── what a killed process left ───────────────────────────────────────────────────────────────────────────────────────


def claim(ledger: Ledger, run_id: str, how_many: int, claimed_at: float = WALL) -> None:
    """Claim the first rows, and end as a killed process does: without an outcome."""
    run = ledger.run(run_id)
    jobs = ledger.next_pending(run, "main", -1, how_many)
    with Journal(ledger, run_id, 0.0, lambda _news: None, held=hold_of(ledger, run_id)) as journal:
        for job in jobs:
            journal.tell(Claim(job, claimed_at))


def test_sends_left_in_flight_are_in_doubt(ledger: Ledger) -> None:
    add_run(ledger, "r", messages(5))
    claim(ledger, "r", 2)

    assert 2 == settle_left(ledger, "r", WALL + 5)

    assert ["unknown"] * 2 + ["pending"] * 3 == states(ledger, "r")
    assert ["interrupted_in_flight"] * 2 + [""] * 3 == codes(ledger, "r")
    assert WALL + 5 == records(ledger, "r")[0].finished_at
    assert 0 == settle_left(ledger, "r", WALL + 9)


def test_look_ups_left_in_flight_are_done_again(ledger: Ledger) -> None:
    add_run(ledger, "r", [GetTopicInfo(2101424779, 5000 + i) for i in range(3)])
    claim(ledger, "r", 2)

    assert 2 == settle_left(ledger, "r", WALL)

    assert ["pending"] * 3 == states(ledger, "r")


def test_settling_leaves_other_runs_alone(ledger: Ledger) -> None:
    add_run(ledger, "other", messages(2))
    claim(ledger, "other", 1)
    add_run(ledger, "r", messages(2, first_user=5_000))

    assert 0 == settle_left(ledger, "r", WALL)

    assert ["in_flight", "pending"] == states(ledger, "other")


# ── messages of other runs ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_another_run_sent_or_may_have_sent_is_skipped_and_what_failed_is_not(ledger: Ledger) -> None:
    """Sent, in doubt, on its way: skipped, with the run named. Refused or never tried: to be sent."""
    earlier = add_run(ledger, "earlier", messages(6))
    answers = [None, lost(), None, refused(), wrong_keys()]
    drive(ledger, earlier, Scripted(lambda _request, number: answers[number - 1]))
    add_run(ledger, "now", messages(8))

    found = skip_sent_before(ledger, "now", WALL - 86_400)

    assert ["skipped"] * 3 + ["pending"] * 5 == states(ledger, "now")
    assert ["already_sent", "possibly_sent", "already_sent"] == codes(ledger, "now")[:3]
    assert "earlier" in words_of(records(ledger, "now")[0].issues[0])
    assert {("earlier", False, 2), ("earlier", True, 1)} == {(o.run_id, o.in_doubt, o.rows) for o in found}


def test_a_row_on_its_way_in_another_run_is_skipped(ledger: Ledger) -> None:
    add_run(ledger, "earlier", messages(2))
    claim(ledger, "earlier", 1)
    add_run(ledger, "now", messages(2))

    skip_sent_before(ledger, "now", WALL - 10)

    assert ["possibly_sent", ""] == codes(ledger, "now")


def test_what_was_sent_before_the_window_is_sent_again(ledger: Ledger) -> None:
    earlier = add_run(ledger, "earlier", messages(2))
    drive(ledger, earlier, Scripted(), clock=FakeClock(wall=WALL - 100_000))
    add_run(ledger, "now", messages(2))

    assert [] == skip_sent_before(ledger, "now", WALL - 86_400)
    assert ["pending"] * 2 == states(ledger, "now")


def test_the_same_message_through_another_instance_is_another_message(ledger: Ledger) -> None:
    drive(ledger, add_run(ledger, "earlier", messages(2)), Scripted())
    rows = [planned(2 + i, request, identity="another") for i, request in enumerate(messages(2))]
    add_planned(ledger, "now", rows)

    assert [] == skip_sent_before(ledger, "now", 0.0)


def test_a_certain_delivery_outweighs_a_doubtful_one(ledger: Ledger) -> None:
    """Two earlier runs had the message: one is in doubt, one sent it."""
    drive(ledger, add_run(ledger, "doubt", messages(1)), Scripted(lambda _r, _n: lost()))
    drive(ledger, add_run(ledger, "sure", messages(1)), Scripted(), window_seconds=0.0)
    add_run(ledger, "now", messages(1))

    skip_sent_before(ledger, "now", 0.0)

    assert ["already_sent"] == codes(ledger, "now")


# ── one process a run ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_process_on_the_same_run_is_refused_at_once(ledger: Ledger, tmp_path: Path) -> None:
    """And may have it as soon as the first one lets it go."""
    add_run(ledger, "r", messages(1))
    with ledger.hold("r"), hold_elsewhere(tmp_path) as second:
        said, _ = second.communicate(timeout=120)
    with hold_elsewhere(tmp_path) as third:
        assert third.stdout is not None
        word = third.stdout.readline().strip()
        third.communicate(timeout=120)

    assert 2 == second.returncode
    assert said.startswith("refused: Another process is working on run r.")
    assert "held" == word


def test_a_killed_process_lets_its_run_go(ledger: Ledger, tmp_path: Path) -> None:
    add_run(ledger, "r", messages(1))
    with hold_elsewhere(tmp_path) as holder:
        assert holder.stdout is not None
        assert "held" == holder.stdout.readline().strip()
        with pytest.raises(RunInProgress), ledger.hold("r"):
            pass

        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(timeout=120)

        with ledger.hold("r"):
            pass


def test_two_holds_in_one_process_exclude_each_other_and_other_runs_are_free(ledger: Ledger, tmp_path: Path) -> None:
    add_run(ledger, "r", messages(1))
    add_run(ledger, "another", messages(1))
    with ExitStack() as stack:
        stack.enter_context(ledger.hold("r"))
        stack.enter_context(ledger.hold("another"))
        second = stack.enter_context(Ledger(ledger_url(tmp_path)))

        with pytest.raises(RunInProgress, match="run r"), second.hold("r"):
            pass


def test_a_run_is_held_also_where_the_ledger_is_reached_by_another_name(ledger: Ledger, tmp_path: Path) -> None:
    """Through a link it is the same file, so the same hold."""
    add_run(ledger, "r", messages(1))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.sqlite").symlink_to(tmp_path / "ledger.sqlite")

    with ledger.hold("r"), Ledger(f"sqlite:///{tmp_path}/elsewhere/link.sqlite") as by_link:
        with_link = by_link.hold("r")
        with pytest.raises(RunInProgress):
            with_link.__enter__()


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_planning_a_long_sheet_and_sending_another_go_side_by_side(ledger: Ledger, tmp_path: Path) -> None:
    """Nobody meets "database is locked"; both end with all of their rows."""
    sending = add_run(ledger, "sending", messages(150))
    script = """
import sys
from pathlib import Path
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import add_run, messages
with Ledger(sys.argv[1]) as ledger:
    print("open", flush=True)
    add_run(ledger, "planning", messages(20_000, first_user=500_000))
"""
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", script, ledger_url(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as planning:
        assert planning.stdout is not None
        planning.stdout.readline()
        end = drive(ledger, sending, Scripted(), concurrency=4)
        assert 0 == planning.wait(timeout=300)

    assert RunState.FINISHED is end.state
    assert ["succeeded"] * 150 == states(ledger, "sending")
    assert 20_000 == ledger.pending_rows("planning")


def test_a_new_ledger_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """Eight at the same moment, on a file that is not there yet: one makes it, all can use it."""
    start = threading.Barrier(8)
    problems: list[Exception] = []

    def open_it(name: str) -> None:
        start.wait(timeout=120)
        try:
            with Ledger(ledger_url(tmp_path)) as own:
                add_run(own, name, messages(3))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            problems.append(error)

    threads = [threading.Thread(target=open_it, args=(name,)) for name in string.ascii_lowercase[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == problems
    with Ledger(ledger_url(tmp_path)) as ledger:
        assert 8 == len(ledger.runs())


def test_kinds_and_options_come_back(ledger: Ledger) -> None:
    stored = replace(run_named("r", Kind.ENRICH), options=RunOptions(message="Ä"), header=("Ä", ""))

    ledger.add_run(stored)

    assert stored == ledger.run("r")


# ── one run beside another ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two_runs(ledger: Ledger) -> Ledger:
    """Three rows to send through one connection, and five of others to send through another."""
    add_run(ledger, "mine", messages(3), ["support"])
    add_run(ledger, "other", messages(5, first_user=9001), ["sales"])
    return ledger


def test_what_is_to_be_sent_is_counted_for_each_run(two_runs: Ledger) -> None:
    assert [3, 5] == [two_runs.pending_rows(name) for name in ("mine", "other")]
    assert [{JobState.PENDING: 3}, {JobState.PENDING: 5}] == [two_runs.counts(name) for name in ("mine", "other")]


def test_connections_are_those_of_the_run(two_runs: Ledger) -> None:
    assert [["support"], ["sales"]] == [two_runs.connections_pending(name) for name in ("mine", "other")]


def test_rows_that_were_sent_before_are_left_out_of_their_run_alone(ledger: Ledger) -> None:
    """A third run plans the same messages at other places, and another one stands at the same places."""
    drive(ledger, add_run(ledger, "before", messages(2)), Scripted())
    add_run(ledger, "mine", [*messages(2), *messages(1, first_user=8001)])
    add_run(ledger, "beside", [*messages(1, first_user=9001), *messages(2)])

    skip_sent_before(ledger, "mine", 0.0)

    assert ["skipped", "skipped", "pending"] == states(ledger, "mine")
    assert ["pending"] * 3 == states(ledger, "beside")


def test_a_claim_that_is_refused_leaves_the_same_place_of_another_run_alone(ledger: Ledger) -> None:
    """Another run sent the message since it was planned; what stands at that place elsewhere is still to be sent."""
    mine = add_run(ledger, "mine", messages(1))
    add_run(ledger, "beside", messages(1, first_user=9001))
    drive(ledger, add_run(ledger, "meanwhile", messages(1)), Scripted())

    drive(ledger, mine, Scripted())

    assert ["skipped"] == states(ledger, "mine")
    assert ["pending"] == states(ledger, "beside")
