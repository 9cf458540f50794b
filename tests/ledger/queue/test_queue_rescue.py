"""Lanes that nobody drives come into the queue again, under a new job; nothing that is driven is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import Connection, text

from hotline_batch.ledger.lanes.work import lay_out
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.jobs import LaneJob, may_drive, needed_queues, put
from hotline_batch.ledger.queue.rescue import adopt, lanes_without_job, rescue, runs_to_be_ended
from hotline_batch.ledger.queue.schema import install
from hotline_batch.ledger.queue.serving import beat, enter, leave, serving_workers
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import RunState
from tests.support.ledgers.ledger_examples import add_run, messages
from tests.support.ledgers.postgresql import Database

SILENT_SECONDS = 12.0
ELSEWHERE = Worker("another-machine/boot/space", 4711, "1", "task")


def job(lane: str) -> LaneJob:
    return LaneJob("r", lane, f"queue of {lane}", f"pace of {lane}")


def put_all(connection: Connection, lanes: Iterable[str]) -> None:
    for lane in lanes:
        put(connection, job(lane))


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    """A ledger with a run of two lanes that was handed over."""
    with Ledger(database.url) as opened:
        install(opened.engine)
        add_run(opened, "r", messages(4), ("one", "two"))
        opened.change_run("r", state=RunState.RUNNING.value)
        with opened.hold("r") as held:
            lay_out(opened.engine, held, Kind.SEND, {}, for_workers=True, in_the_same_step=put_all)
        yield opened


def jobs(database: Database) -> list[tuple[int, str]]:
    return database.rows("select job, lane from lane_job order by lane")


def change(ledger: Ledger, statement: str, **values: object) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text(statement), values)


def fetched(ledger: Ledger, seconds_silent: float = 0.0) -> None:
    """A worker has the job of lane one, and gave its last sign of life so long ago."""
    change(ledger, "insert into procrastinate_workers default values")
    change(
        ledger,
        """update procrastinate_jobs
           set status = 'doing', worker_id = (select max(id) from procrastinate_workers)
           where args->>'lane' = 'one'""",
    )
    silent = "update procrastinate_workers set last_heartbeat = now() - make_interval(secs => :seconds)"
    change(ledger, silent, seconds=seconds_silent)


def driven(ledger: Ledger, seconds_silent: float) -> None:
    """Lane one is driven on another machine."""
    change(
        ledger,
        """update lane set state = 'driving', worker = :worker, token = token + 1,
                  heartbeat_at = extract(epoch from clock_timestamp()) - :seconds
           where name = 'one'""",
        worker=str(ELSEWHERE),
        seconds=seconds_silent,
    )


def test_what_waits_or_is_driven_is_left_alone(ledger: Ledger, database: Database) -> None:
    """A lane in the queue, one whose worker lives, and one that is driven though its worker is silent elsewhere."""
    before = jobs(database)

    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))
    fetched(ledger)
    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))
    fetched(ledger, seconds_silent=100)
    driven(ledger, seconds_silent=1)
    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))

    assert before == jobs(database)


@pytest.mark.parametrize("is_driven", [True, False])
def test_lane_of_a_worker_that_vanished_gets_a_new_job(ledger: Ledger, database: Database, *, is_driven: bool) -> None:
    """Once; the old job is gone, and whoever wakes up with it may neither drive the lane nor claim anything of it."""
    (old, _), (other, _) = jobs(database)
    fetched(ledger, seconds_silent=100)
    if is_driven:
        driven(ledger, seconds_silent=100)
    token = ledger.lanes("r")["one"].token

    rescued = [list(rescue(ledger.engine, SILENT_SECONDS)) for _ in range(2)]

    assert [["r"], []] == rescued
    (new, _), (same, _) = jobs(database)
    assert old < new
    assert other == same
    assert old not in [number for (number,) in database.rows("select id from procrastinate_jobs")]
    assert ledger.lanes("r")["one"].token > token
    with ledger.engine.begin() as connection:
        assert not may_drive(connection, job("one"), old)
        assert may_drive(connection, job("one"), new)


@pytest.mark.parametrize("became", ["ended", "was to stop", "given back"])
def test_job_of_a_worker_that_died_afterwards_is_in_nobodys_way(
    ledger: Ledger, database: Database, became: str
) -> None:
    """Its lane had ended, was to stop, or had been given back under a new job: others of its pace may begin."""
    fetched(ledger)
    match became:
        case "ended":
            change(ledger, "update lane set state = 'done' where name = 'one'")
        case "was to stop":
            change(ledger, "update lane set stop_asked_at = 1 where name = 'one'")
        case _:
            with ledger.engine.begin() as connection:
                put(connection, job("one"))
    (old,) = [number for (number,) in database.rows("select id from procrastinate_jobs where status = 'doing'")]

    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))
    assert [(old,)] == database.rows("select id from procrastinate_jobs where status = 'doing'")
    change(ledger, "update procrastinate_workers set last_heartbeat = now() - interval '100 s'")
    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))

    assert [] == database.rows("select id from procrastinate_jobs where status = 'doing'")


def test_lane_whose_job_is_gone_gets_a_new_one(ledger: Ledger, database: Database) -> None:
    """As after a worker that failed to give it back."""
    (old, _), _ = jobs(database)
    change(ledger, "delete from procrastinate_jobs where id = :job", job=old)

    assert ["r"] == list(rescue(ledger.engine, SILENT_SECONDS))
    assert [] == list(rescue(ledger.engine, SILENT_SECONDS))


def test_job_that_its_worker_never_heard_of_is_replaced(ledger: Ledger, database: Database) -> None:
    """The answer to its fetch was lost: the worker lives, but does not know that it has the lane."""
    fetched(ledger)
    change(ledger, "update procrastinate_events set at = at - interval '10 min' where type = 'started'")

    assert ["r"] == list(rescue(ledger.engine, SILENT_SECONDS))


def test_lane_that_was_handed_to_a_process_that_is_gone_is_taken_in(ledger: Ledger, database: Database) -> None:
    """No worker of several machines served then; not at once, since that process may only be about to begin."""
    change(ledger, "delete from lane_job")

    assert [] == list(lanes_without_job(ledger.engine, SILENT_SECONDS))
    change(ledger, "update lane set taken_at = taken_at - 100")
    found = lanes_without_job(ledger.engine, SILENT_SECONDS)
    for _ in range(2):
        adopt(ledger.engine, job("one"))

    assert [("r", "one", ("one",)), ("r", "two", ("two",))] == [
        (each.run_id, each.lane, each.connections) for each in found
    ]
    assert ["one"] == [lane for _, lane in jobs(database)]
    assert ["two"] == [each.lane for each in lanes_without_job(ledger.engine, SILENT_SECONDS)]


def test_run_whose_lanes_all_ended_or_were_to_is_to_be_ended(ledger: Ledger, database: Database) -> None:
    """Its last worker vanished before it told the end, or before it heard of a stop."""
    change(ledger, "update lane set taken_at = taken_at - 100")
    change(ledger, "update lane set state = 'done' where name = 'one'")
    assert [] == list(runs_to_be_ended(ledger.engine, SILENT_SECONDS))

    change(ledger, "update lane set stop_asked_at = 1 where name = 'two'")
    assert ["r"] == list(runs_to_be_ended(ledger.engine, SILENT_SECONDS))

    with ledger.hold("r"):
        assert [] == list(runs_to_be_ended(ledger.engine, SILENT_SECONDS))
    ledger.change_run("r", state=RunState.FINISHED.value)
    assert [] == list(runs_to_be_ended(ledger.engine, SILENT_SECONDS))


def test_lane_that_was_to_stop_gets_no_job_after_a_moments_hold(ledger: Ledger, database: Database) -> None:
    """Whoever holds the run for a moment, as one who settles a row does, takes that wish from nobody."""
    change(ledger, "update lane set stop_asked_at = 1, stop_code = 'interrupted' where name = 'one'")
    with ledger.hold("r"):
        pass
    change(ledger, "delete from procrastinate_jobs")
    (one, _), (two, _) = jobs(database)

    rescue(ledger.engine, SILENT_SECONDS)

    assert [(True, "one"), (False, "two")] == [(job in {one, two}, lane) for job, lane in jobs(database)]


def test_queues_that_are_needed_name_their_connections(ledger: Ledger, database: Database) -> None:
    """Those with work left."""
    change(ledger, "update lane set state = 'done' where name = 'one'")

    with ledger.engine.begin() as connection:
        found = needed_queues(connection)

    assert [("queue of two", "r", ("two",))] == [(each.name, each.run_id, each.connections) for each in found]


def test_workers_that_serve_are_listed_until_they_leave(ledger: Ledger, database: Database) -> None:
    """With what they lack; one that is silent cannot be counted on."""
    with ledger.engine.begin() as connection:
        enter(connection, ELSEWHERE, 20)
        beat(connection, ELSEWHERE, ["one"])
        (found,) = serving_workers(connection)
    change(ledger, "update cluster_worker set heartbeat_at = heartbeat_at - 100")
    with ledger.engine.begin() as connection:
        (silent,) = serving_workers(connection)
        leave(connection, ELSEWHERE)
        left = serving_workers(connection)

    assert (ELSEWHERE, 20, ("one",), True) == (found.worker, found.lanes, found.lacks, found.is_alive)
    assert not silent.is_alive
    assert () == tuple(left)


def test_deleted_run_takes_its_jobs_along(ledger: Ledger, database: Database) -> None:
    """Whoever fetches what is left of them finds that they may drive nothing."""
    (number, _), _ = jobs(database)
    ledger.delete_run("r")

    assert [] == jobs(database)
    with ledger.engine.begin() as connection:
        assert not may_drive(connection, job("one"), number)
        put(connection, job("one"))
    assert [] == jobs(database)
