"""A ledger -> who serves it, which lanes are worked on by whom, and what waits; on one machine or several."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.application.runs.hours import closed_until_of
from hotline_batch.errors import NoSuchRun
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Lane
from hotline_batch.ledger.lanes.runs import runs_under_way
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.serving import serving_workers
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings


@dataclass(frozen=True, slots=True)
class Serving:
    """A worker that serves the ledger, or did: ``lanes`` it drives of ``most_lanes``, ``lacks`` the connections it
    cannot use. ``since`` is seconds since the epoch, UTC.
    """

    machine: str
    process: int
    since: float
    seconds_silent: float
    is_alive: bool
    lanes: int
    most_lanes: int
    lacks: Sequence[str]


@dataclass(frozen=True, slots=True)
class LaneUnderWay:
    """A lane that has work left: driven by a process of a machine, or waiting for one (``machine`` is empty then).

    ``waits_until``: nothing leaves before that moment (seconds since the epoch, UTC), for want of hours; whoever has
    the lane, or comes for it, waits.
    """

    run: str
    connections: Sequence[str]
    machine: str
    process: int | None
    since: float | None
    seconds_silent: float | None
    is_stopping: bool
    waits_until: float | None

    @property
    def waits(self) -> bool:
        """Whether nobody works on it."""
        return not self.machine


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """What goes on in a ledger."""

    workers: Sequence[Serving]
    lanes: Sequence[LaneUnderWay]

    @property
    def waiting_runs(self) -> Sequence[str]:
        """The runs that have lanes nobody works on, the oldest first."""
        return list(dict.fromkeys(lane.run for lane in self.lanes if lane.waits))


def worker_status(settings: Settings) -> WorkerStatus:
    """Who serves, and what is under way; nothing where there is no ledger yet, and none is made."""
    if not may_be_there(settings.ledger):
        return WorkerStatus((), ())
    with Ledger(settings.ledger) as ledger:
        with reading(ledger.engine, "looking who works") as connection:
            under_way = runs_under_way(connection)
            serving = serving_workers(connection)
        lanes = [lane for run_id, found in under_way.items() for lane in _open_lanes(ledger, run_id, found, settings)]
    driven = [(lane.machine, lane.process) for lane in lanes]
    workers = [
        Serving(
            found.worker.where,
            found.worker.process,
            found.started_at,
            max(0.0, found.seconds_silent),
            found.is_alive,
            driven.count((found.worker.where, found.worker.process)),
            found.lanes,
            found.lacks,
        )
        for found in serving
    ]
    return WorkerStatus(workers, lanes)


def _open_lanes(ledger: Ledger, run_id: str, lanes: Mapping[str, Lane], settings: Settings) -> Sequence[LaneUnderWay]:
    try:
        run = ledger.run(run_id)
    except NoSuchRun:  # it was deleted meanwhile
        return ()
    return [_lane(lane, run, settings) for lane in lanes.values() if lane.name != WHOLE_RUN and lane.is_open]


def _lane(lane: Lane, run: Run, settings: Settings) -> LaneUnderWay:
    waits_until = closed_until_of(run, settings, [lane], time.time())
    is_stopping = lane.stop_wish is not None
    if lane.worker is None or not lane.is_held:
        return LaneUnderWay(run.id, lane.connections, "", None, None, None, is_stopping, waits_until)
    where, silent = lane.worker.where, max(0.0, lane.seconds_silent)
    return LaneUnderWay(
        run.id, lane.connections, where, lane.worker.process, lane.taken_at, silent, is_stopping, waits_until
    )
