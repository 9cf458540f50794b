"""Claims and outcomes are durable when they are told, are told exactly once, and survive a full disk."""

from __future__ import annotations

import json
import queue
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from hotline_batch.errors import ApprovalNeeded
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.ledger.history.sent_before import sent_before, skip_sent_before
from hotline_batch.ledger.journal.entries import (
    Claim,
    Claimed,
    ClaimRefused,
    Lost,
    News,
    Postponed,
    Record,
    Recorded,
    TooEarly,
)
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.oversight.approvals import Decision, ask_for_approval, decide
from hotline_batch.ledger.oversight.run_audit import audit_lines
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import Attempt, Failed, Outcome, Succeeded, Unknown
from hotline_batch.model.runs import Delivery, Run, RunState
from hotline_batch.people import Person, PersonKind, Role
from hotline_batch.settings.units import MaxErrors
from tests.support.engine_bench import Scripted, drive, lost
from tests.support.ledgers.ledger_examples import (
    WALL,
    add_run,
    codes,
    hold_of,
    ledger_url,
    messages,
    records,
    settle_left,
    states,
)

THOUGHT_DEAD, DOUBT = "interrupted_in_flight", Issue.worded("reply_timeout", "Silence.")
SENT = Succeeded("https://t.me/c/1/2", {"result": "message_sent"}, 200)


class Told:
    """A journal whose news can be waited for."""

    def __init__(self, ledger: Ledger, run: Run, guard_since: float = 0.0, now: float = WALL) -> None:
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        held = hold_of(ledger, run.id)
        self.journal = Journal(ledger, run.id, guard_since, self.news.put, lambda: now, lambda: now, held=held)

    def __enter__(self) -> Told:
        self.journal.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.journal.__exit__(*exception)

    def tell(self, *entries: Claim | Record) -> list[News]:
        """The news about these entries."""
        for entry in entries:
            self.journal.tell(entry)
        return [self.news.get(timeout=120) for _ in entries]


def jobs(ledger: Ledger, run: Run) -> list[PendingJob]:
    return list(ledger.next_pending(run, "main", -1, 1_000))


def record(job: PendingJob, result: Outcome | Postponed) -> Record:
    return Record(job, Attempt(1, WALL, 0.5, result.http_status, "", Delivery.MAYBE), result, WALL + 1)


def attempts(ledger: Ledger) -> list[tuple[int, int]]:
    with ledger.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("select position, number from attempt order by 1, 2")]


# ── one entry, one piece of news ─────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_is_told_when_another_program_can_see_it(ledger: Ledger, tmp_path: Path) -> None:
    run = add_run(ledger, "r", messages(3))

    with Told(ledger, run) as told:
        assert [Claimed(jobs(ledger, run)[1], claimed_at=WALL)] == told.tell(Claim(jobs(ledger, run)[1], WALL))

        with sqlite3.connect(tmp_path / "ledger.sqlite") as other:
            rows = other.execute("select state, claimed_at, attempts from sheet_row order by position").fetchall()
        other.close()
    assert [("pending", None, 0), ("in_flight", WALL, 1), ("pending", None, 0)] == rows


@pytest.mark.parametrize(
    ("result", "state", "code"),
    [
        (SENT, "succeeded", ""),
        (Succeeded("", {}, 200, Issue("reply_without_link")), "succeeded", "reply_without_link"),
        (Failed(Issue.worded("api_refused", "No such user."), 400), "failed", "api_refused"),
        (Unknown(Issue.worded("reply_timeout", "No answer.")), "unknown", "reply_timeout"),
        (Postponed(WALL + 60, Issue.worded("rate_limited", "Too many."), 429), "pending", "rate_limited"),
    ],
)
def test_each_outcome_is_kept_with_its_attempt(
    ledger: Ledger, result: Outcome | Postponed, state: str, code: str
) -> None:
    run = add_run(ledger, "r", messages(2))
    job = jobs(ledger, run)[0]

    with Told(ledger, run) as told:
        told.tell(Claim(job, WALL))
        entry = record(job, result)
        assert [Recorded(entry)] == told.tell(entry)

    row = records(ledger, "r")[0]
    assert (state, code, result.http_status, 1) == (row.state.value, row.code, row.http_status, row.attempts)
    assert [(0, 1)] == attempts(ledger)
    assert (WALL + 1 if state != "pending" else None) == row.finished_at


def test_everything_of_an_attempt_and_of_its_outcome_is_kept(ledger: Ledger) -> None:
    """What the audit and the result sheet show of it later, and when a row that waits is due."""
    run = add_run(ledger, "r", messages(2))
    sent, later = jobs(ledger, run)

    with Told(ledger, run) as told:
        told.tell(Claim(sent, WALL), Claim(later, WALL))
        told.tell(
            record(sent, SENT),
            Record(
                later,
                Attempt(1, WALL + 2, 0.25, 429, "rate_limited", Delivery.NO),
                Postponed(WALL + 60, Issue.worded("rate_limited", "Too many."), 429),
                WALL + 3,
            ),
        )

    names = ("row", "attempt", "started_at", "duration_ms", "http_status", "error_code", "delivery")
    at = "2027-01-15T08:00:0"
    assert [
        (2, 1, f"{at}0.000000Z", 500.0, 200, "", "maybe"),
        (3, 1, f"{at}2.000000Z", 250.0, 429, "rate_limited", "no"),
    ] == [tuple(entry[name] for name in names) for entry in map(json.loads, audit_lines(ledger, run))]
    assert (SENT.topic_link, SENT.fields) == (records(ledger, "r")[0].topic_link, records(ledger, "r")[0].fields)
    assert [WALL + 60] == [job.not_before for job in jobs(ledger, run)]


def test_words_of_a_service_that_no_database_stores_are_kept_as_well_as_can_be(ledger: Ledger) -> None:
    """Half surrogate pairs and NUL in reasons, links and replies cost characters, never the outcome."""
    run = add_run(ledger, "r", messages(2))
    first, second = jobs(ledger, run)

    with Told(ledger, run) as told:
        told.tell(Claim(first, WALL), Claim(second, WALL))
        news = told.tell(
            record(first, Succeeded("x\ud800\x00", {"a": "\udfff\x00😀", "n": 10**400}, 200)),
            record(second, Failed(Issue.worded("api_refused", "no\x00 \ud83d way"))),
        )

    assert [Recorded, Recorded] == [type(item) for item in news]
    kept, refused = records(ledger, "r")
    assert {"a": "\udfff\x00😀", "n": 10**400} == kept.fields
    assert "no ? way" == words_of(refused.issues[0])


def test_an_answer_that_cannot_be_kept_is_told_and_leaves_the_others_alone(ledger: Ledger) -> None:
    """Nested deeper than can be written: that row stays in flight, so in doubt; nobody waits for ever."""
    run = add_run(ledger, "r", messages(3))
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    all_jobs = jobs(ledger, run)

    with Told(ledger, run) as told:
        told.tell(*(Claim(job, WALL) for job in all_jobs))
        news = told.tell(
            *(record(job, Succeeded("", {"x": deep if job.position == 1 else 1}, 200)) for job in all_jobs)
        )
        late = told.tell(Claim(all_jobs[0], WALL))

    assert ["succeeded", "in_flight", "succeeded"] == states(ledger, "r")
    assert [1] == [item.entry.job.position for item in news if isinstance(item, Lost)]
    assert isinstance(late[0], Lost)


def test_a_row_that_is_not_pending_cannot_be_claimed_and_keeps_its_state(ledger: Ledger) -> None:
    """Among others in the same commit: each is told what it got, also where the clock stood still."""
    run = add_run(ledger, "r", messages(4))
    all_jobs = jobs(ledger, run)
    with Told(ledger, run) as told:
        told.tell(Claim(all_jobs[0], WALL), Claim(all_jobs[1], WALL))
        told.tell(
            record(all_jobs[0], SENT), record(all_jobs[1], Postponed(WALL, Issue.worded("rate_limited", ""), 429))
        )

        news = told.tell(*(Claim(job, WALL) for job in all_jobs))

    assert [ClaimRefused, Claimed, Claimed, Claimed] == [type(item) for item in news]
    assert ["succeeded", "in_flight", "in_flight", "in_flight"] == states(ledger, "r")
    assert [(0, 1), (1, 1)] == attempts(ledger)


def test_claims_that_a_slow_ledger_kept_waiting_leave_one_after_the_other(ledger: Ledger) -> None:
    """They would leave together, faster than the rate allows; whose turn is too far away is told to come again."""
    run = add_run(ledger, "r", messages(4))
    all_jobs = jobs(ledger, run)
    pacer = Pacer(3, 1.0, "support")

    with Told(ledger, run, now=WALL + 6) as told:
        first = told.tell(Claim(all_jobs[0], WALL, pacer, WALL))
        others = told.tell(*(Claim(job, WALL, pacer, WALL) for job in all_jobs[1:]))

    assert [Claimed(all_jobs[0], WALL + 6, WALL, WALL)] == first
    assert [Claimed, Claimed, TooEarly] == [type(item) for item in others]
    assert TooEarly(all_jobs[3]) == others[2]
    assert [pytest.approx(1 / 3, abs=0.01), pytest.approx(2 / 3, abs=0.01)] == [
        item.turn_at - WALL - 6 for item in others if isinstance(item, Claimed)
    ]
    assert ["in_flight"] * 3 + ["pending"] == states(ledger, "r")


def test_a_late_outcome_does_not_overwrite_what_was_settled_meanwhile(ledger: Ledger) -> None:
    """A person said that it was delivered: the answer of a request that hung for an hour changes nothing."""
    run = add_run(ledger, "r", messages(1))
    job = jobs(ledger, run)[0]
    with Told(ledger, run) as told:
        told.tell(Claim(job, WALL))
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("update sheet_row set state = 'succeeded', code = 'settled_as_delivered'")

        told.tell(record(job, Failed(Issue.worded("api_refused", "No."))))

    assert ["settled_as_delivered"] == codes(ledger, "r")


@pytest.mark.parametrize(
    ("state", "code"), [("unknown", "resend_asked"), ("failed", "settled_as_not_delivered"), ("unknown", THOUGHT_DEAD)]
)
def test_a_confirmation_that_comes_late_is_the_truth(ledger: Ledger, state: str, code: str) -> None:
    """Whatever a person said meanwhile of a process that was thought dead: nothing of it is sent again."""
    run = add_run(ledger, "r", messages(1))
    job = jobs(ledger, run)[0]
    with Told(ledger, run) as told:
        told.tell(Claim(job, WALL))
        with ledger.engine.begin() as connection:
            connection.execute(
                text("update sheet_row set state = :state, code = :code"), {"state": state, "code": code}
            )
        told.tell(record(job, SENT))

    assert ["succeeded"] == states(ledger, "r")
    assert [] == jobs(ledger, run)


@pytest.mark.parametrize(("earlier", "state"), [(Delivery.MAYBE, "unknown"), (Delivery.NO, "failed")])
def test_a_late_refusal_of_the_second_message_leaves_the_first_in_doubt(
    ledger: Ledger, earlier: Delivery, state: str
) -> None:
    """Also where its process was thought dead, so that the row no longer says that it was sent again."""
    run = add_run(ledger, "r", messages(1))
    job = jobs(ledger, run)[0]
    refusal = Failed(Issue.worded("connection_cut_while_sending", "Cut."))
    with Told(ledger, run) as told:
        told.tell(Claim(job, WALL))
        told.tell(Record(job, Attempt(1, WALL, 0.5, None, "reply_timeout", earlier), Unknown(DOUBT), WALL + 1))
        with ledger.engine.begin() as connection:
            connection.execute(text("update sheet_row set code = 'resend_asked'"))
        (again,) = jobs(ledger, run)
        told.tell(Claim(again, WALL + 2))
        with ledger.engine.begin() as connection:
            connection.execute(text("update sheet_row set state = 'unknown', code = :code"), {"code": THOUGHT_DEAD})
        told.tell(Record(again, Attempt(2, WALL + 2, 0.5, None, "", Delivery.NO), refusal, WALL + 3))

    assert [state] == states(ledger, "r")


# ── two runs, one message ────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_runs_that_race_for_the_same_messages_exactly_one_gets_each(ledger: Ledger, tmp_path: Path) -> None:
    """Two journals on two connections, 200 messages claimed at the same moment."""
    runs = [add_run(ledger, name, messages(200)) for name in ("one", "two")]
    start = threading.Barrier(2, timeout=120)
    got: dict[str, list[News]] = {}

    def race(run: Run) -> None:
        with Ledger(ledger_url(tmp_path)) as own, Told(own, run) as told:
            wanted = jobs(own, run)
            start.wait()
            got[run.id] = told.tell(*(Claim(job, WALL) for job in wanted))

    threads = [threading.Thread(target=race, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    claimed = [{item.job.position for item in got[name] if isinstance(item, Claimed)} for name in ("one", "two")]
    assert set() == claimed[0] & claimed[1]
    assert set(range(200)) == claimed[0] | claimed[1]
    for name, positions in zip(("one", "two"), claimed, strict=True):
        assert positions == {n for n, state in enumerate(states(ledger, name)) if state == "in_flight"}
        assert set(range(200)) - positions == {n for n, state in enumerate(states(ledger, name)) if state == "skipped"}


def test_a_message_that_failed_or_waits_elsewhere_may_be_claimed(ledger: Ledger) -> None:
    other = add_run(ledger, "other", messages(2))
    with Told(ledger, other) as told:
        first, second = jobs(ledger, other)
        told.tell(Claim(first, WALL), Claim(second, WALL))
        told.tell(
            record(first, Failed(Issue.worded("api_refused", ""))),
            record(second, Postponed(WALL, Issue.worded("unreachable", ""), None)),
        )
    run = add_run(ledger, "r", messages(2))

    with Told(ledger, run) as told:
        news = told.tell(*(Claim(job, WALL) for job in jobs(ledger, run)))

    assert [Claimed, Claimed] == [type(item) for item in news]


@pytest.mark.parametrize(("guard_since", "kind"), [(WALL - 1, ClaimRefused), (WALL, Claimed), (float("inf"), Claimed)])
def test_the_window_decides_how_far_back_an_earlier_message_counts(
    ledger: Ledger, guard_since: float, kind: type[News]
) -> None:
    drive(ledger, add_run(ledger, "earlier", messages(1)), Scripted())
    run = add_run(ledger, "r", messages(1))

    with Told(ledger, run, guard_since) as told:
        (news,) = told.tell(Claim(jobs(ledger, run)[0], WALL + 9))

    assert kind is type(news)


@pytest.mark.parametrize(
    ("run", "lane", "kind"),
    [
        ("state = 'finished', finished_at = 50", "heartbeat_at = 99", Claimed),
        ("state = 'finished', finished_at = null", "heartbeat_at = 99", ClaimRefused),
        ("state = 'finished', finished_at = null", "taken_at = 99", ClaimRefused),
        ("state = 'finished', finished_at = 99", "heartbeat_at = 50", ClaimRefused),
        ("state = 'running', finished_at = null", "heartbeat_at = 50, for_workers = 0", Claimed),
        ("state = 'running', finished_at = null", "heartbeat_at = 99, for_workers = 0", ClaimRefused),
        (
            "state = 'running', finished_at = null",
            "heartbeat_at = 50, for_workers = 1, state = 'waiting'",
            ClaimRefused,
        ),
        ("state = 'running', finished_at = null", "heartbeat_at = 50, for_workers = 1, state = 'done'", Claimed),
        ("state = 'interrupted', finished_at = 50", "heartbeat_at = 99, for_workers = 1", Claimed),
    ],
    ids=[
        *("ended before", "settled within", "taken within", "ended within", "died before", "works"),
        *("waits for a worker", "died before its end was told", "interrupted before"),
    ],
)
@pytest.mark.parametrize("window", [60.0, float("inf")], ids=["a window", "no window"])
def test_the_window_goes_by_the_end_of_a_run_that_lasts(
    ledger: Ledger, run: str, lane: str, kind: type[News], window: float
) -> None:
    """What a run sent long ago counts while that run lasts, at planning and at the claim; without a window nothing."""
    drive(ledger, add_run(ledger, "earlier", messages(1)), Scripted())
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("update sheet_row set claimed_at = 40")
        connection.exec_driver_sql(f"update run set {run}")  # noqa: S608 - words of this test
        connection.exec_driver_sql("update lane set heartbeat_at = 0, taken_at = 0")
        connection.exec_driver_sql(f"update lane set {lane}")  # noqa: S608 - words of this test
        assert connection.exec_driver_sql("select 1 from lane").first()
    again = add_run(ledger, "r", messages(1))
    (job,) = jobs(ledger, again)
    kind = Claimed if window == float("inf") else kind

    known = sent_before(ledger, [job.key or b""], window)
    with Told(ledger, again, window) as told:
        (news,) = told.tell(Claim(job, WALL))
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("update sheet_row set state = 'pending' where state in ('in_flight', 'skipped')")
    skipped = skip_sent_before(ledger, "r", window)

    assert kind is type(news)
    assert (kind is ClaimRefused) == bool(known) == bool(skipped)


def test_what_another_run_sent_meanwhile_is_told_as_it_is_known(ledger: Ledger) -> None:
    """With the run that sent it, or may have."""
    drive(ledger, add_run(ledger, "doubt", messages(1)), Scripted(lambda _request, _number: lost()))
    run = add_run(ledger, "r", messages(3))
    drive(ledger, add_run(ledger, "earlier", messages(3)[1:]), Scripted())

    with Told(ledger, run) as told:
        told.tell(*(Claim(job, WALL) for job in jobs(ledger, run)))

    rows = records(ledger, "r")
    assert ["possibly_sent", "already_sent", "already_sent"] == [row.code for row in rows]
    for row, other in zip(rows, ("doubt", "earlier", "earlier"), strict=True):
        assert other in words_of(row.issues[0])


def test_nothing_is_claimed_that_a_second_person_was_asked_about_and_has_not_approved(ledger: Ledger) -> None:
    """Below every face: an older yes counts no more once somebody asks again; outcomes are kept all the same."""
    run = add_run(ledger, "r", messages(3))
    first, second, third = jobs(ledger, run)
    asks, answers = Person("ann", PersonKind.ACCOUNT), Person("bob", PersonKind.ACCOUNT, frozenset(Role))
    ask_for_approval(ledger, run, asks)
    with Told(ledger, run) as told:
        (unasked,) = told.tell(Claim(first, WALL))
    decide(ledger, run, answers, Decision.APPROVED, "")
    with Told(ledger, run) as told:
        (approved,) = told.tell(Claim(second, WALL + 1))
        ask_for_approval(ledger, run, asks)
        told.tell(record(second, SENT), Claim(third, WALL + 2))

    assert isinstance(unasked, Lost)
    assert isinstance(unasked.error, ApprovalNeeded)
    assert isinstance(approved, Claimed)
    assert ["pending", "succeeded", "pending"] == states(ledger, "r")


# ── a ledger that takes no more ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def disk_full(ledger: Ledger, *, while_exists: Path | None = None) -> Iterator[None]:
    """Every commit fails as on a full disk; with ``while_exists``, until that file gives its room back."""

    def refuse(_connection: object) -> None:
        if while_exists is None or while_exists.exists():
            raise OperationalError("commit", {}, sqlite3.OperationalError("database or disk is full"))

    event.listen(ledger.engine, "commit", refuse)
    try:
        yield
    finally:
        event.remove(ledger.engine, "commit", refuse)


def test_a_full_disk_stops_the_run_before_anything_more_leaves(ledger: Ledger, tmp_path: Path) -> None:
    """The reserve makes room for what is known: the rows in flight keep their outcome, the others stay to be done."""
    run = add_run(ledger, "r", messages(50))
    reserve = tmp_path / "ledger.sqlite.reserve"

    class FillingUp(Scripted):
        def work(self) -> None:
            if len(self.requests) == 10:
                full.__enter__()

    full = disk_full(ledger, while_exists=reserve)
    service = FillingUp()
    end = drive(ledger, run, service)
    full.__exit__(None, None, None)

    assert (RunState.STOPPED, "ledger_failed") == (end.state, end.stop_code)
    assert "disk is full" in end.stop_reason
    assert 10 == len(service.requests)
    assert ["succeeded"] * 10 + ["pending"] * 40 == states(ledger, "r")
    assert not reserve.exists()


def test_where_even_the_reserve_does_not_help_rows_in_flight_are_in_doubt(ledger: Ledger) -> None:
    """And going on later sends all others, once."""
    run = add_run(ledger, "r", messages(20))

    class FillingUp(Scripted):
        def work(self) -> None:
            if len(self.requests) == 5:
                full.__enter__()

    full = disk_full(ledger)
    service = FillingUp()
    end = drive(ledger, run, service)
    full.__exit__(None, None, None)

    assert "ledger_failed" == end.stop_code
    assert 5 == len(service.requests)
    assert ["succeeded"] * 4 + ["in_flight"] + ["pending"] * 15 == states(ledger, "r")
    settle_left(ledger, "r", WALL)
    assert RunState.FINISHED is drive(ledger, run, service).state
    assert 20 == len(service.requests)
    assert 20 == len(set(service.users()))


def test_nothing_is_claimed_in_a_ledger_that_was_moved_away(ledger: Ledger, tmp_path: Path) -> None:
    """Whoever opens the ledger next would know nothing of it; what is out already is kept where the file is now."""
    run = add_run(ledger, "r", messages(2))
    first, second = jobs(ledger, run)

    with Told(ledger, run) as told:
        told.tell(Claim(first, WALL))
        (tmp_path / "ledger.sqlite").rename(tmp_path / "moved.sqlite")
        (lost,) = told.tell(Claim(second, WALL))
        kept = record(first, SENT)
        assert [Recorded(kept)] == told.tell(kept)

    assert isinstance(lost, Lost)
    assert "moved" in str(lost.error)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files where they are")
def test_nothing_is_claimed_in_a_ledger_whose_log_was_deleted(ledger: Ledger, tmp_path: Path) -> None:
    """It held all that was committed last: killed now, the ledger would not know that anything was sent."""
    run = add_run(ledger, "r", messages(2))
    first, second = jobs(ledger, run)

    with Told(ledger, run) as told:
        told.tell(Claim(first, WALL))
        (tmp_path / "ledger.sqlite-wal").unlink()
        (lost,) = told.tell(Claim(second, WALL))
        kept = record(first, SENT)
        assert [Recorded(kept)] == told.tell(kept)

    assert isinstance(lost, Lost)
    assert "ledger.sqlite-wal belongs to the ledger" in str(lost.error)


def test_the_reserve_is_there_while_a_run_goes_on_and_takes_real_room(ledger: Ledger, tmp_path: Path) -> None:
    run = add_run(ledger, "r", messages(1))

    with Told(ledger, run):
        found = (tmp_path / "ledger.sqlite.reserve").stat()

    assert 1 << 20 == found.st_size
    assert found.st_blocks * 512 >= found.st_size


def test_no_room_for_the_reserve_is_no_reason_not_to_send(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite.reserve").mkdir()

    assert RunState.FINISHED is drive(ledger, add_run(ledger, "r", messages(2)), Scripted()).state


LIMITED = """
import resource, signal, sys
from hotline_batch.ledger.ledger import Ledger
from tests.support.engine_bench import Scripted, drive
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, most = sys.argv[1], int(sys.argv[2])
with Ledger(f"sqlite:///{folder}/ledger.sqlite") as ledger:
    run = ledger.run("r")
    service = Scripted()
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    end = drive(ledger, run, service, concurrency=4)
    print(*service.users())
    print(end.stop_code, file=sys.stderr)
"""


@pytest.mark.parametrize("most_kilobytes", [40, 100, 150, 250, 400])
def test_a_file_that_really_cannot_grow_stops_the_run_without_a_second_message(
    tmp_path: Path, most_kilobytes: int
) -> None:
    """The operating system refuses the write at some moment: every message that left has its evidence."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "r", messages(300))
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(most_kilobytes * 1024)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        timeout=300,
        check=True,
    )

    left = {int(user) for user in done.stdout.split()}

    assert "ledger_failed" == done.stderr.strip()
    with Ledger(ledger_url(tmp_path)) as ledger:
        rows = records(ledger, "r")
        evidence = {row.request.user_id for row in rows if row.state in {"in_flight", "succeeded"}}
        assert left <= evidence
        assert len(evidence - left) <= 4
        settle_left(ledger, "r", WALL)
        service = Scripted()
        drive(ledger, ledger.run("r"), service, budget=MaxErrors())
    assert not left & set(service.users())
    assert soft == resource.getrlimit(resource.RLIMIT_FSIZE)[0]


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_claim_that_is_tried_again_is_seen_by_other_runs(ledger: Ledger, nth: int) -> None:
    """However early in its transaction the database went away: the moment of the claim is what guards its message."""
    mine, other = add_run(ledger, "mine", messages(1)), add_run(ledger, "other", messages(1))
    statements_seen = count(1)

    def goes_away(*_statement: object) -> None:
        if next(statements_seen) == nth:
            gone = sqlite3.OperationalError("the connection is closed")
            raise OperationalError("select", {}, gone, connection_invalidated=True)

    heard: list[News] = []
    with ledger.hold("mine") as held:
        job = ledger.next_pending(mine, "main", -1, 1)[0]
        event.listen(ledger.engine, "before_cursor_execute", goes_away)
        with Journal(ledger, "mine", WALL - 60, heard.append, held=held) as journal:
            journal.tell(Claim(job, WALL))
        event.remove(ledger.engine, "before_cursor_execute", goes_away)
    drive(ledger, other, Scripted())

    assert [Claimed] == list(map(type, heard))
    assert ["possibly_sent"] == codes(ledger, "other")
