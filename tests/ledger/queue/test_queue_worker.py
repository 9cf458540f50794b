"""Jobs of the queue, and the worker that has their lanes driven."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Engine, event

from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.jobs import LaneJob, defer, drop, waiting_groups, waits_for_room
from hotline_batch.ledger.queue.schema import install
from hotline_batch.ledger.queue.worker import Assignment, QueueWorker
from tests.support.ledgers.postgresql import Database
from tests.support.waiting import wait_until

_PATIENCE_SECONDS = 120.0


class Drives:
    """What was driven, in order; each lane ends when it is let go."""

    def __init__(self, *, waits: bool = False) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.assigned: list[Assignment] = []
        self._free = threading.Event()
        if not waits:
            self._free.set()

    def let_go(self) -> None:
        self._free.set()

    def __call__(self, assigned: Assignment) -> None:
        self.assigned.append(assigned)
        self.begun.append(assigned.job.lane)
        assert self._free.wait(_PATIENCE_SECONDS)
        self.ended.append(assigned.job.lane)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    with Ledger(database.url) as ledger:
        install(ledger.engine)
        yield ledger.engine


def put(engine: Engine, lane: str, group: str | None = None, queue: str = "ours") -> int:
    with engine.begin() as connection:
        return defer(connection, LaneJob("run", lane, queue, group))


def working(engine: Engine, drive: Drives, most_lanes: int = 4) -> QueueWorker:
    return QueueWorker(engine, ["ours"], most_lanes, drive, beat_seconds=0.2, silent_seconds=600.0)


def test_no_job_without_its_run(engine: Engine, database: Database) -> None:
    """What is rolled back leaves no job behind."""
    with suppress(ZeroDivisionError), engine.begin() as connection:
        defer(connection, LaneJob("run", "a", "ours", None))
        raise ZeroDivisionError

    assert [(0,)] == database.rows("select count(*) from procrastinate_jobs")


def test_each_lane_is_driven_once_and_forgotten(engine: Engine, database: Database) -> None:
    """Jobs that ended leave nothing behind: a queue that grows for years would be slow one day."""
    drives = Drives()
    put(engine, "a")
    put(engine, "b")
    put(engine, "another worker's", queue="theirs")

    with working(engine, drives):
        wait_until(lambda: len(drives.ended) == 2)

    assert ["a", "b"] == sorted(drives.begun)
    assert [("another worker's",)] == database.rows("select args->>'lane' from procrastinate_jobs")
    assert [(0,)] == database.rows("select count(*) from procrastinate_workers")


def test_lanes_of_one_group_are_driven_one_after_the_other(engine: Engine) -> None:
    """In the order in which they were put there; another group does not wait for them, and it is told who waits."""
    drives = Drives(waits=True)
    put(engine, "a1", "a")
    put(engine, "a2", "a")
    put(engine, "b1", "b")

    with working(engine, drives):
        wait_until(lambda: len(drives.begun) == 2)
        with engine.begin() as connection:
            waited_for = waiting_groups(connection, ["a", "b", "c"])
        drives.let_go()
        wait_until(lambda: len(drives.ended) == 3)

    assert ["a1", "b1", "a2"] == [*sorted(drives.begun[:2]), drives.begun[2]]
    assert {"a"} == waited_for


def test_restart_of_the_database_ends_no_lane(engine: Engine, database: Database) -> None:
    """The lane under way is not torn, its job ends when it does, and the next one is fetched as before."""
    drives = Drives(waits=True)
    put(engine, "a", "group")
    put(engine, "b", "group")

    with working(engine, drives):
        wait_until(lambda: drives.begun == ["a"])
        database.cluster.restart()
        drives.let_go()
        wait_until(lambda: drives.ended == ["a", "b"])

    assert [(0,)] == database.rows("select count(*) from procrastinate_jobs")


def test_replaced_job_may_end_late(engine: Engine, database: Database) -> None:
    """Whoever slept finds its job gone: that is no failure, and the worker goes on."""
    drives = Drives(waits=True)
    job = put(engine, "a", "group")

    with working(engine, drives):
        wait_until(lambda: drives.begun == ["a"])
        with engine.begin() as connection:
            drop(connection, job)
        put(engine, "b", "group")
        wait_until(lambda: drives.begun == ["a", "b"])
        drives.let_go()
        wait_until(lambda: sorted(drives.ended) == ["a", "b"])

    assert [(0,)] == database.rows("select count(*) from procrastinate_jobs")


def test_worker_that_ends_waits_for_its_lanes(engine: Engine) -> None:
    """Nothing is torn, and nothing new begins; each lane is told that it is to be given back."""
    drives = Drives(waits=True)
    put(engine, "a", "group")
    put(engine, "b", "group")
    worker = working(engine, drives)

    with worker:
        wait_until(lambda: drives.begun == ["a"])
        worker.end()
        wait_until(lambda: drives.assigned[0].is_to_give_back)
        drives.let_go()

    assert ["a"] == drives.ended
    assert not drives.assigned[0].is_aborted


def test_aborted_job_is_told(engine: Engine, database: Database) -> None:
    """An administrator who knows Procrastinate may abort a job with its own means."""
    drives = Drives(waits=True)
    job = put(engine, "a")

    with working(engine, drives):
        wait_until(lambda: drives.begun == ["a"])
        database.cluster.tell(f"select procrastinate_cancel_job_v1({job}, true, false)", database.name)
        wait_until(lambda: drives.assigned[0].is_aborted)
        drives.let_go()

    assert ["a"] == drives.ended


def test_a_lane_that_is_for_later_is_in_nobodys_way(engine: Engine, database: Database) -> None:
    """One of its group that may go now goes first, nobody makes room for it, and it is fetched when it is due."""
    drives, begins = Drives(), time.time() + 3_600
    with engine.begin() as connection:
        defer(connection, LaneJob("run", "for Monday", "ours", "group", not_before=begins + 3_600))
        defer(connection, LaneJob("run", "in a moment", "ours", "group", not_before=begins))
    put(engine, "now", "group")
    with engine.begin() as connection:
        drop(connection, put(engine, "gone", "group"))
        waited_for = waiting_groups(connection, ["group"])

    with working(engine, drives):
        wait_until(lambda: drives.ended == ["now"])
        with engine.begin() as connection:
            nobody = not waits_for_room(connection, ["ours"])
        began, begins = list(drives.begun), time.time() + 1
        due = "update procrastinate_jobs set scheduled_at = to_timestamp({}) where args->>'lane' = 'in a moment'"
        database.cluster.tell(due.format(begins), database.name)
        wait_until(lambda: len(drives.ended) == 2)
        ended_at = time.time()

    assert {"group"} == waited_for
    assert nobody
    assert ["now"] == began
    assert ["now", "in a moment"] == drives.ended
    assert ended_at >= begins
    assert [("for Monday",)] == database.rows("select args->>'lane' from procrastinate_jobs")


def test_nobody_asks_the_ledger_once_the_worker_has_ended(engine: Engine) -> None:
    """Also where a question takes longer than it does: its connection would be left open behind all others."""
    asks, may_ask, asked = threading.Event(), threading.Event(), []

    def is_slow(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "update_heartbeat" in statement and not asks.is_set():
            asks.set()
            may_ask.wait(_PATIENCE_SECONDS)
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", is_slow)
    worker = working(engine, Drives())
    with worker:
        assert asks.wait(_PATIENCE_SECONDS)
        threading.Timer(1.5, may_ask.set).start()

    assert 1 == len(asked)
