"""A lane -> the job that says who may drive it next. One job drives one lane of one run; no job is for a single row.

All of this happens within a transaction of the caller, together with what it does to the run: there is no run without
its jobs, and no job without its run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from procrastinate import App
from procrastinate.types import TimeDeltaParams
from sqlalchemy import Connection, bindparam, text

from hotline_batch.ledger.queue.connector import LedgerConnector

TASK = "drive_lane"

# Whatever state it is in: whoever still works on it finds that it is gone.
_DROP = text("delete from procrastinate_jobs where id = :job")

# Groups of this process that somebody else waits for; what is put off waits for nobody.
_WAITING_GROUPS = text("""
    select distinct lock from procrastinate_jobs
    where status = 'todo' and lock in :groups and (scheduled_at is null or scheduled_at <= now())
""").bindparams(bindparam("groups", expanding=True))


@dataclass(frozen=True, slots=True)
class LaneJob:
    """Which lane is to be driven.

    ``queue`` is read by those who can drive it, ``group`` shares a pace: its lanes take turns, whatever run they are
    of. None: nobody else uses its pace.
    """

    run_id: str
    lane: str
    queue: str
    group: str | None


def defer(connection: Connection, job: LaneJob, *, in_seconds: float = 0.0) -> int:
    """Put a job at the back of its queue; its number. Nobody takes it within the next ``in_seconds``."""
    app = App(connector=LedgerConnector(connection.engine))
    later = TimeDeltaParams(milliseconds=round(in_seconds * 1000)) if in_seconds else None
    deferrer = app.configure_task(TASK, lock=job.group, queue=job.queue, schedule_in=later, connection=connection)
    return deferrer.defer(run=job.run_id, lane=job.lane)


def drop(connection: Connection, job: int) -> None:
    """Forget a job, whoever has it."""
    connection.execute(_DROP, {"job": job})


def waiting_groups(connection: Connection, groups: Iterable[str]) -> frozenset[str]:
    """Those of these groups that another lane waits for."""
    asked = list(groups)
    if not asked:
        return frozenset()
    return frozenset(connection.execute(_WAITING_GROUPS, {"groups": asked}).scalars())
