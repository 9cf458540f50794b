"""Jobs of the queue -> lanes driven by this process, each in a thread of the queue's worker; and their turns."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hotline_batch.application.cluster.lane_jobs import by_itself, job_for
from hotline_batch.application.cluster.usable_queues import UsableQueues
from hotline_batch.application.runs.driving import Watcher, drive_lanes
from hotline_batch.application.runs.hours import opens_next
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.session import HANDED_BACK, StopTold
from hotline_batch.errors import HotlineBatchError, LedgerError, LedgerLost, RunInProgress, TakenOver
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.runs import ask_to_stop
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.jobs import LaneJob, may_drive, put, waiting_groups, waits_for_room
from hotline_batch.ledger.queue.worker import Assignment
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often a worker of several machines looks, and for how long it waits, all in seconds.

    ``silent``: whoever gave no sign of life for so long is replaced. ``slice``: so long is a lane
    driven at least before it is given to another run of its group. ``look``: how often all of that is looked at.
    ``wait``: a lane whose hours begin within so long is kept, others are given back until they do.
    """

    look: float = 1.0
    beat: float = 2.0
    silent: float = LEASE_SECONDS
    slice: float = 30.0
    wait: float = 60.0


@dataclass(eq=False, slots=True)
class _Driven:
    """A lane that this process has. ``stop`` is where its driver hears of wishes."""

    assigned: Assignment
    stop: Stop = field(default_factory=Stop)
    since: float = field(default_factory=time.monotonic)
    is_given_back: threading.Event = field(default_factory=threading.Event)

    def give_back(self) -> None:
        """Let somebody else go on with the lane, after what is on its way."""
        if not self.is_given_back.is_set():
            self.is_given_back.set()
            self.stop.put(StopTold(HANDED_BACK, ""))


class LaneDrives:
    """What this process drives, up to ``most`` lanes at once.

    ``drive`` is called by the threads of the queue, the others by the one that looks.
    """

    def __init__(self, ledger: Ledger, settings: Settings, queues: UsableQueues, most: int, timing: Timing) -> None:
        self._ledger = ledger
        self._settings = settings
        self._queues = queues
        self._most = most
        self._timing = timing
        self._lock = threading.Lock()
        self._driven: list[_Driven] = []
        self._is_ending = False

    def drive(self, assigned: Assignment) -> None:
        """Have the lane of a job driven until it has ended, or is somebody else's."""
        driven = _Driven(assigned)
        with self._lock:
            self._driven.append(driven)
            if self._is_ending:
                driven.give_back()
        try:
            if (job := self._left(driven)) is not None:
                self._put_back(assigned, job)
        except LedgerError as error:  # whoever looks after lanes that were left finds this one
            _log.warning("lane was not given back", extra={**_about(assigned), "reason": error.in_english})
        finally:
            with self._lock:
                self._driven.remove(driven)

    @property
    def count(self) -> int:
        """How many lanes it drives."""
        with self._lock:
            return len(self._driven)

    def give_all_back(self) -> None:
        """The process ends: others go on."""
        with self._lock:
            self._is_ending = True
            for driven in self._driven:
                driven.give_back()

    def look(self) -> None:
        """Give lanes back that others wait for, and heed what was wished by Procrastinate's own means."""
        with self._lock:
            driven = list(self._driven)
        for lane in driven:
            if lane.assigned.is_aborted:
                ask_to_stop(self._ledger, lane.assigned.job.run_id, "", "Stopped by a person.")
            if lane.assigned.is_to_give_back:
                lane.give_back()
        over = [lane for lane in driven if time.monotonic() - lane.since >= self._timing.slice]
        if over:
            self._take_turns(over, is_full=len(driven) >= self._most)

    def _take_turns(self, over: Sequence[_Driven], *, is_full: bool) -> None:
        groups = {lane.assigned.job.group for lane in over}
        with reading(self._ledger.engine, "looking who waits for a lane", Length.SHORT) as connection:
            waited_for = waiting_groups(connection, [group for group in groups if group is not None])
            lacks_room = is_full and bool(self._queues.names) and waits_for_room(connection, self._queues.names)
        for lane in over:
            if lane.assigned.job.group in waited_for:
                lane.give_back()
        if lacks_room and not waited_for:
            min(over, key=lambda lane: lane.since).give_back()

    def _left(self, driven: _Driven) -> LaneJob | None:
        """Drive the lane; the job for whoever comes next, where it is left."""
        assigned = driven.assigned
        job = assigned.job
        while True:
            if not self._may_drive(assigned):
                return None
            try:
                if (wanted := self._wanted(job)) != job:
                    return wanted
                drive_lanes(
                    self._ledger,
                    job.run_id,
                    self._settings,
                    lanes=[job.lane],
                    is_replaced=True,
                    watcher=Watcher(stop=driven.stop, leaves_when_closed=True),
                )
            except RunInProgress:  # somebody has it as a whole: as it is begun, or concluded
                pass
            except TakenOver:
                return None
            except LedgerLost as error:
                _log.warning("lane not driven", extra={**_about(assigned), "reason": error.advised.text})
                return job
            except HotlineBatchError as error:
                _log.error("lane not driven", extra={**_about(assigned), "reason": error.in_english})
                alone = by_itself(job)
                self._queues.leave_alone(alone.queue)
                return alone
            lane = self._ledger.lanes(job.run_id).get(job.lane)
            if lane is None or not lane.is_open:
                return None
            if driven.is_given_back.is_set():
                return job
            # Whoever had it before may only be silent.
            driven.is_given_back.wait(self._timing.look)

    def _wanted(self, job: LaneJob) -> LaneJob:
        """The job as it should be now: for later where the hours let nothing leave, else in turns with its group."""
        lane = self._ledger.lanes(job.run_id).get(job.lane)
        if lane is None or not lane.is_open:
            return job
        run, now = self._ledger.run(job.run_id), time.time()
        opens = opens_next(run, self._settings, lane.connections, now)
        is_for_later = opens > now + self._timing.wait
        # One that was for later has no group: nobody was to wait for it.
        group = job.group or job_for(run, self._settings, job.lane, lane.connections).group
        return replace(job, group=group, not_before=opens if is_for_later else None)

    def _may_drive(self, assigned: Assignment) -> bool:
        with reading(self._ledger.engine, "looking for the lane", Length.SHORT) as connection:
            return may_drive(connection, assigned.job, assigned.number)

    def _put_back(self, assigned: Assignment, job: LaneJob) -> None:
        with writing(self._ledger.engine, "giving the lane back", Length.SHORT) as connection:
            if may_drive(connection, assigned.job, assigned.number):
                new = put(connection, job)
                _log.info("lane given back", extra={**_about(assigned), "next": new})


def _about(assigned: Assignment) -> dict[str, object]:
    return {"run": assigned.job.run_id, "lane": assigned.job.lane, "job": assigned.number}
