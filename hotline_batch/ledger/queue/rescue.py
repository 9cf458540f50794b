"""Lanes that nobody drives, and whose job leads nowhere -> a new job for each.

The old job is replaced, not tried again: its worker may only sleep, and would end it under its old number. So whoever
wakes up finds another job at its lane, and leaves it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Engine, text

from hotline_batch.ledger.database.transactions import Length, database_now, writing
from hotline_batch.ledger.queue.jobs import LaneJob, drop, put

_log = logging.getLogger(__name__)

# Any number, as long as every process uses the same: the letters "HLBR".
_ONE_AT_A_TIME = 0x484C4252
_TRY_LOCK = text("select pg_try_advisory_xact_lock(:rescue)")

# A job that is under way, and whose worker lives, will do by itself: it waits for a driver that may yet be at work. Not
# for ever: where the answer to a worker that fetched a job was lost, it does not know that it has one.
_LEFT = text("""
    select run.id as run_id, lane_job.lane, lane_job.job, lane_job.queue, lane_job.pace_group
    from lane_job
    join lane on lane.run_key = lane_job.run_key and lane.name = lane_job.lane
    join run on run.run_key = lane_job.run_key
    left join procrastinate_jobs as job on job.id = lane_job.job
    left join procrastinate_workers as fetcher on fetcher.id = job.worker_id
    where lane.for_workers <> 0 and lane.state in ('waiting', 'driving')
      and (lane.worker = '' or lane.heartbeat_at < :now - :silent_seconds)
      and (job.id is null or job.status not in ('todo', 'doing')
           or job.status = 'doing'
              and (fetcher.id is null or fetcher.last_heartbeat < to_timestamp(:now - :silent_seconds)
                   or not exists (select 1 from procrastinate_events as event
                                  where event.job_id = job.id and event.type = 'started'
                                    and event.at > to_timestamp(:now - :stuck_seconds))))
    order by lane_job.job
""")

_STUCK_LEASES = 5


def rescue(engine: Engine, silent_seconds: float) -> Sequence[str]:
    """Put a new job where one is missing; the runs that this happened to. One process at a time does so.

    ``silent_seconds``: whoever gave no sign of life for so long, by the database's clock, is gone. To be called by
    those only who have reached the database for at least so long themselves: after it was away, everybody seems silent.
    """
    with writing(engine, "looking for lanes that were left", Length.SHORT) as connection:
        if not connection.execute(_TRY_LOCK, {"rescue": _ONE_AT_A_TIME}).scalar():
            return ()
        values = {"silent_seconds": silent_seconds, "stuck_seconds": _STUCK_LEASES * silent_seconds}
        left = connection.execute(_LEFT, values | {"now": database_now(connection)}).fetchall()
        for row in left:
            drop(connection, row.job)
            new = put(connection, LaneJob(row.run_id, row.lane, row.queue, row.pace_group))
            _log.warning("lane was left", extra={"run": row.run_id, "lane": row.lane, "job": new, "before": row.job})
        return sorted({row.run_id for row in left})
