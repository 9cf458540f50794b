"""A lane -> the job that says who may drive it next. One job drives one lane of one run; no job is for a single row.

All of this happens within a transaction of the caller, together with what it does to the run: there is no run without
its jobs, and no job without its run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from procrastinate import App
from sqlalchemy import Connection, bindparam, text

from hotline_batch.ledger.queue.connector import LedgerConnector

TASK = "drive_lane"

# Whatever state it is in: whoever still works on it finds that it is gone.
_DROP = text("delete from procrastinate_jobs where id = :job")

_REMEMBER = text("""
    insert into lane_job (run_key, lane, job, queue, pace_group)
    select run_key, :lane, :job, :queue, :group from run where id = :run
    on conflict (run_key, lane) do update
    set job = excluded.job, queue = excluded.queue, pace_group = excluded.pace_group
""")
# Nobody replaces it until the transaction ends.
_MAY_DRIVE = text("""
    select 1 from lane_job join run on run.run_key = lane_job.run_key
    where run.id = :run and lane_job.lane = :lane and lane_job.job = :job for update of lane_job
""")

_WAITING_GROUPS = text("""
    select distinct lock from procrastinate_jobs where status = 'todo' and lock in :groups
""").bindparams(bindparam("groups", expanding=True))

# Something that waits in these queues for nothing but a worker with room.
_WAITS_FOR_ROOM = text("""
    select 1 from procrastinate_jobs as job
    where status = 'todo' and queue_name in :queues and (scheduled_at is null or scheduled_at <= now())
      and not exists (select 1 from procrastinate_jobs as other where other.status = 'doing' and other.lock = job.lock)
    limit 1
""").bindparams(bindparam("queues", expanding=True))


@dataclass(frozen=True, slots=True)
class LaneJob:
    """Which lane is to be driven.

    ``queue`` is read by those who can drive it. Lanes of one ``group`` share a pace, and take turns, whatever run they
    are of; None: nobody else uses the lane's pace. ``not_before`` (seconds since the epoch, UTC): until then no
    worker takes the job, and it is in nobody's way.
    """

    run_id: str
    lane: str
    queue: str
    group: str | None
    not_before: float | None = None


def defer(connection: Connection, job: LaneJob) -> int:
    """Put a job at the back of its queue; its number."""
    app = App(connector=LedgerConnector(connection.engine))
    # Procrastinate lets no later job of a lock go before an earlier one, be that for next week.
    later = job.not_before
    due = None if later is None else datetime.fromtimestamp(later, UTC)
    lock = job.group if later is None else None
    deferrer = app.configure_task(TASK, lock=lock, queue=job.queue, schedule_at=due, connection=connection)
    return deferrer.defer(run=job.run_id, lane=job.lane)


def put(connection: Connection, job: LaneJob) -> int:
    """A new job at the back of its queue is the only one that may drive the lane from now on; its number."""
    number = defer(connection, job)
    values = {"run": job.run_id, "lane": job.lane, "job": number, "queue": job.queue, "group": job.group}
    connection.execute(_REMEMBER, values)
    return number


def may_drive(connection: Connection, job: LaneJob, number: int) -> bool:
    """Whether this is the job that may drive its lane; nobody changes that until the transaction ends."""
    return connection.execute(_MAY_DRIVE, {"run": job.run_id, "lane": job.lane, "job": number}).first() is not None


def drop(connection: Connection, job: int) -> None:
    """Forget a job, whoever has it."""
    connection.execute(_DROP, {"job": job})


def waiting_groups(connection: Connection, groups: Iterable[str]) -> frozenset[str]:
    """Those of these groups that another lane waits for."""
    asked = list(groups)
    if not asked:
        return frozenset()
    return frozenset(connection.execute(_WAITING_GROUPS, {"groups": asked}).scalars())


def waits_for_room(connection: Connection, queues: Iterable[str]) -> bool:
    """Whether a lane waits in these queues though no other of its group is driven."""
    return connection.execute(_WAITS_FOR_ROOM, {"queues": list(queues)}).first() is not None


_NEEDED = text("""
    select distinct on (lane_job.queue) lane_job.queue as name, run.id as run_id, lane.connections
    from lane_job
    join lane on lane.run_key = lane_job.run_key and lane.name = lane_job.lane
    join run on run.run_key = lane_job.run_key
    where lane.state in ('waiting', 'driving')
    order by lane_job.queue, lane_job.job
""")


@dataclass(frozen=True, slots=True)
class NeededQueue:
    """A queue, and a run of it that stands for all: they need the same connections of the same service."""

    name: str
    run_id: str
    connections: Sequence[str]


def needed_queues(connection: Connection) -> Sequence[NeededQueue]:
    """What is waited for at this moment, or worked on."""
    found = connection.execute(_NEEDED)
    return [NeededQueue(row.name, row.run_id, tuple(json.loads(row.connections))) for row in found]
