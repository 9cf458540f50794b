"""The queues that have lanes to be driven, and which connections each of them needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

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
