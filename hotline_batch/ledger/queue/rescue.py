"""Lanes that nobody drives, and whose job leads nowhere -> a new job for each.

The old job is replaced, not tried again: its worker may only sleep, and would end it under its old number. So whoever
wakes up finds another job at its lane, and leaves it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.queue.jobs import TASK, LaneJob, drop, put

_log = logging.getLogger(__name__)

# Any number, as long as every process uses the same: the letters "HLBR".
_ONE_AT_A_TIME = 0x484C4252
_TRY_LOCK = text("select pg_try_advisory_xact_lock(:rescue)")
_LOCK = text("select pg_advisory_xact_lock(:rescue)")
_HAS_JOB = text("""
    select 1 from lane_job join run on run.run_key = lane_job.run_key where run.id = :run and lane_job.lane = :lane
""")

# A job under way lets no other of its group begin. That of whoever died after its lane had ended, or was given back,
# would keep all that waits there from ever being driven. A lane that still needs one gets another.
_DROP_NOBODYS = text("""
    delete from procrastinate_jobs as job
    where job.status = 'doing' and job.task_name = :task
      and not exists (select 1 from procrastinate_workers as fetcher where fetcher.id = job.worker_id
                      and fetcher.last_heartbeat >= to_timestamp(:now - :silent_seconds))
      and not exists (select 1 from lane_job
                      join lane on lane.run_key = lane_job.run_key and lane.name = lane_job.lane
                      where lane_job.job = job.id and lane.worker <> '' and lane.heartbeat_at >= :now - :silent_seconds)
    returning job.id
""")

# A job that is under way, and whose worker lives, will do by itself: it waits for a driver that may yet be at work. Not
# for ever: where the answer to a worker that fetched a job was lost, it does not know that it has one.
_LEFT = text("""
    select run.id as run_id, lane_job.run_key, lane_job.lane, lane_job.job, lane_job.queue, lane_job.pace_group
    from lane_job
    join lane on lane.run_key = lane_job.run_key and lane.name = lane_job.lane
    join run on run.run_key = lane_job.run_key
    left join procrastinate_jobs as job on job.id = lane_job.job
    where lane.for_workers <> 0 and lane.state in ('waiting', 'driving')
      and (lane.stop_asked_at is null or lane.stop_code = 'handed_back')
      and (lane.worker = '' or lane.heartbeat_at < :now - :silent_seconds)
      and (job.id is null or job.status not in ('todo', 'doing')
           or job.status = 'doing'
              and not exists (select 1 from procrastinate_events as event
                              where event.job_id = job.id and event.type = 'started'
                                and event.at > to_timestamp(:now - :stuck_seconds)))
    order by lane_job.run_key, lane_job.lane
""")
# Whoever had it can claim nothing more of it from this moment on.
_LET_GO = text("""
    update lane set token = token + 1, worker = '', heartbeat_at = 0, state = 'waiting'
    where run_key = :run_key and name = :lane
""")

# Handed over when no worker of several machines served, to a process that is gone.
_WITHOUT_JOB = text("""
    select run.id as run_id, lane.name, lane.connections
    from lane join run on run.run_key = lane.run_key
    left join lane_job on lane_job.run_key = lane.run_key and lane_job.lane = lane.name
    where lane.for_workers <> 0 and lane.state in ('waiting', 'driving')
      and (lane.stop_asked_at is null or lane.stop_code = 'handed_back')
      and lane_job.job is null and lane.taken_at < :now - :silent_seconds
      and (lane.worker = '' or lane.heartbeat_at < :now - :silent_seconds)
    order by lane.run_key, lane.name
""")

# Nobody works on any of it, and nobody is to: each lane has ended, or was to when its worker vanished.
_TO_BE_ENDED = text("""
    select run.id from run join lane on lane.run_key = run.run_key
    where run.state = 'running'
    group by run.run_key, run.id
    having max(lane.for_workers) = 1
       and not bool_or(lane.worker <> '' and lane.heartbeat_at >= :now - :silent_seconds)
       and not bool_or(lane.state in ('waiting', 'driving')
                       and (lane.stop_asked_at is null or lane.stop_code = 'handed_back'))
       and max(greatest(lane.taken_at, lane.heartbeat_at)) < :now - :silent_seconds
    order by run.run_key
""")

_STUCK_LEASES = 5


@dataclass(frozen=True, slots=True)
class LaneWithoutJob:
    """A lane that waits, though no worker of several machines was told of it."""

    run_id: str
    lane: str
    connections: Sequence[str]


def rescue(engine: Engine, silent_seconds: float) -> Sequence[str]:
    """Put a new job where one is missing; the runs that this happened to. Drop those that nobody will end.

    One process at a time does so.

    ``silent_seconds``: whoever gave no sign of life for so long, by the database's clock, is gone. To be called by
    those only who have reached the database for at least so long themselves: after it was away, everybody seems silent.
    """
    with writing(engine, "looking for lanes that were left", Length.SHORT) as connection:
        if not connection.execute(_TRY_LOCK, {"rescue": _ONE_AT_A_TIME}).scalar():
            return ()
        gone = {"now": database_now(connection), "silent_seconds": silent_seconds}
        for nobodys in connection.execute(_DROP_NOBODYS, gone | {"task": TASK}).scalars():
            _log.warning("job was left", extra={"job": nobodys})
        left = connection.execute(_LEFT, gone | {"stuck_seconds": _STUCK_LEASES * silent_seconds}).fetchall()
        for row in left:
            drop(connection, row.job)
            connection.execute(_LET_GO, {"run_key": row.run_key, "lane": row.lane})
            new = put(connection, LaneJob(row.run_id, row.lane, row.queue, row.pace_group))
            _log.warning("lane was left", extra={"run": row.run_id, "lane": row.lane, "job": new, "before": row.job})
        return sorted({row.run_id for row in left})


def lanes_without_job(engine: Engine, silent_seconds: float) -> Sequence[LaneWithoutJob]:
    """What was handed over to a process of its own that is gone, or never came."""
    with reading(engine, "looking for lanes that were left", Length.SHORT) as connection:
        values = {"now": database_now(connection), "silent_seconds": silent_seconds}
        found = connection.execute(_WITHOUT_JOB, values)
        return [LaneWithoutJob(row.run_id, row.name, tuple(json.loads(row.connections))) for row in found]


def adopt(engine: Engine, job: LaneJob) -> None:
    """Put a job for such a lane, unless another process did."""
    with writing(engine, "taking a lane in", Length.SHORT) as connection:
        connection.execute(_LOCK, {"rescue": _ONE_AT_A_TIME})
        if connection.execute(_HAS_JOB, {"run": job.run_id, "lane": job.lane}).first() is None:
            _log.warning("lane taken in", extra={"run": job.run_id, "lane": job.lane, "job": put(connection, job)})


def runs_to_be_ended(engine: Engine, silent_seconds: float) -> Sequence[str]:
    """Runs of which all lanes have ended, but whose end nobody told."""
    with reading(engine, "looking for runs that were left", Length.SHORT) as connection:
        values = {"now": database_now(connection), "silent_seconds": silent_seconds}
        return list(connection.execute(_TO_BE_ENDED, values).scalars())
