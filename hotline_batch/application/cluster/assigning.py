"""A lane of a run -> the job that has it driven: by which machines, and in turns with which other lanes."""

from __future__ import annotations

from collections.abc import Collection

from hotline_batch.application.cluster.requirements import queue_of
from hotline_batch.application.runs.limits import drive_for
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.lanes.work import WithLanes
from hotline_batch.ledger.queue.jobs import LaneJob, putting
from hotline_batch.model.runs import Run
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings


def job_for(run: Run, settings: Settings, lane: str, connections: Collection[str]) -> LaneJob:
    """The job of a lane. SettingsError where the settings do not fit the run.

    Its group is that of the pace, among those who need the same: a lane that no machine can drive, for want of a key,
    must not have others wait for it.
    """
    queue = queue_of(run, connections)
    pacers = drive_for(run, settings, Limits()).pacers
    pace = next((pacers[name].name for name in connections if name in pacers), "")
    return LaneJob(run.id, lane, queue, f"{queue}:{pace}" if pace else None)


def with_jobs(run: Run, settings: Settings, held: Hold) -> WithLanes:
    """What puts a job for each lane into the queue, in the transaction that lays the lanes of a held run out."""
    return putting(lambda lane: job_for(run, settings, lane, held.lanes[lane].connections))
