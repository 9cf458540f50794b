"""A lane -> the job that has it driven: by which machines, and in turns with which other lanes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from sqlalchemy import Connection

from hotline_batch.application.connections import connections_of, endpoint_of
from hotline_batch.application.runs.limits import pace_name_by_connection
from hotline_batch.errors import SettingsError
from hotline_batch.ledger.lanes.work import WithLanes
from hotline_batch.ledger.queue.jobs import LaneJob, put
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_DIGITS = 32


def job_for(run: Run, settings: Settings, lane: str, connections: Collection[str]) -> LaneJob:
    """The job of a lane, also of one that this machine could not drive.

    Its group is that of the pace, among those who need the same: a lane that no machine can drive, for want of a key,
    must not have others wait for it.
    """
    return _job(run, pace_name_by_connection(run, settings), lane, connections)


def by_itself(job: LaneJob) -> LaneJob:
    """The job of a lane that could not be driven somewhere: in a queue of its run, so that others may drive it and none
    of the lanes with the same needs waits for it.
    """
    return replace(job, queue=f"{job.queue.partition(':')[0]}:{job.run_id}", group=None)


def with_jobs(run: Run, settings: Settings) -> WithLanes:
    """What puts a job for each lane into the queue, in the transaction that lays the lanes out."""

    def put_all(connection: Connection, lanes: Mapping[str, Collection[str]]) -> None:
        paces = pace_name_by_connection(run, settings)
        for lane, connections in lanes.items():
            put(connection, _job(run, paces, lane, connections))

    return put_all


def _job(run: Run, paces: Mapping[str, str], lane: str, connections: Collection[str]) -> LaneJob:
    queue = _queue_of(run, connections)
    pace = next((paces[name] for name in connections if name in paces), "")
    return LaneJob(run.id, lane, queue, f"{queue}:{pace}" if pace else None)


def _queue_of(run: Run, connections: Iterable[str]) -> str:
    """The queue of a lane: the same for all that need the same connections of the same service.

    A run with a sandbox of its own needs nothing.
    """
    if run.endpoint == PRIVATE_SANDBOX:
        return PRIVATE_SANDBOX
    needed = "\n".join(f"{name}\t{run.notes.identities.get(name, '')}" for name in sorted(connections))
    return sha256(f"{run.endpoint}\n{needed}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def lacking(settings: Settings, run: Run, connections: Iterable[str]) -> Sequence[str]:
    """Those of the connections that cannot be used here as the run was planned: another service or instance, no key."""
    if run.endpoint == PRIVATE_SANDBOX:
        return ()
    wanted = sorted(connections)
    if run.endpoint != endpoint_of(settings, sandbox=False):
        return wanted
    here = connections_of(settings, run.id, sandbox=False)
    return [
        name
        for name in wanted
        if name not in here or here[name].identity != run.notes.identities.get(name) or not _has_keys(settings, name)
    ]


def _has_keys(settings: Settings, name: str) -> bool:
    with suppress(SettingsError):
        settings.required_x_api_key()
        return bool(settings.connections[name].api_key)
    return False
