"""A row of the table `lane` -> what it says: which connections, who works on them, how far they are; and the lanes that
this process holds, as its threads see them.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from hotline_batch.ledger.database.transactions import database_now
from hotline_batch.ledger.lanes.sign_of_life import SignOfLife
from hotline_batch.ledger.lanes.workers import Worker, is_at_work, is_stopped
from hotline_batch.ledger.records import as_json
from hotline_batch.ledger.schema import lane as lane_table
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import LaneProgress, LaneState

WHOLE_RUN: Final = ""
"""The lane without connections that every run has: whoever has it works on the run as a whole, as at its end."""

HANDED_BACK: Final = "handed_back"
"""The code of a wish that whoever works on a lane leaves it to somebody else; void once nobody works on it."""

LEASE_SECONDS = 12.0
"""Whoever gave no sign of life for so long does not work on a lane any more."""

_STATUSES = {status.value: status for status in Status}
_OPEN = {LaneState.WAITING, LaneState.DRIVING}


@dataclass(frozen=True, slots=True)
class StopWish:
    """Somebody wants the work on a lane to end: a person, or a lane that stopped for a reason of the whole run.

    ``code`` and ``reason`` are what the run is to be stopped for; ``at`` is seconds since the epoch, UTC.
    """

    at: float
    by: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What the ledger knows of a lane. Times are seconds since the epoch, UTC, by the database's clock.

    ``seconds_silent`` is how long ago its worker gave a sign of life. ``is_for_workers``: whoever serves this ledger
    may take it; otherwise it is left to a person to go on with. ``stop_code`` and ``stop_reason``: why its work ended
    early.
    """

    name: str
    connections: tuple[str, ...]
    state: LaneState
    token: int
    worker: Worker | None
    taken_at: float
    seconds_silent: float
    is_for_workers: bool
    wish: StopWish | None
    stop_code: str
    stop_reason: str
    progress: LaneProgress

    @property
    def is_open(self) -> bool:
        """Whether there is work left in it, done by somebody or not."""
        return self.state in _OPEN

    @property
    def stop_wish(self) -> StopWish | None:
        """The wish that the run ends here, whoever works on it."""
        return None if self.wish is None or self.wish.code == HANDED_BACK else self.wish

    @property
    def is_to_end(self) -> bool:
        """Whether somebody wants it to end, and nobody is there any more to heed that."""
        return self.is_open and self.stop_wish is not None and not self.is_held

    @property
    def is_held(self) -> bool:
        """Whether its worker may still be at work."""
        return may_be_at_work(self.worker, self.seconds_silent, keeps_asleep=not self.is_for_workers)


def may_be_at_work(worker: Worker | None, seconds_silent: float, *, keeps_asleep: bool) -> bool:
    """Whether a worker that gave its last sign of life so long ago may still be there.

    ``keeps_asleep``: one on this machine that is stopped (SIGSTOP, Ctrl-Z) may go on at any moment, and is waited for.
    """
    if worker is None:
        return False
    at_work = is_at_work(worker)
    if at_work is False:
        return False
    if at_work and worker.process == os.getpid():
        return True
    return seconds_silent < LEASE_SECONDS or (keeps_asleep and bool(at_work) and is_stopped(worker))


def lanes_of(connection: Connection, run_key: int, *, locked: bool = False) -> Mapping[str, Lane]:
    """The lanes of a run by name; ``locked`` against all others until the transaction ends, in one order."""
    query = select(lane_table).where(lane_table.c.run_key == run_key).order_by(lane_table.c.name)
    found = connection.execute(query.with_for_update() if locked else query).fetchall()
    now = database_now(connection) if found else 0.0
    return {row.name: _lane(row, now) for row in found}


def progress_as_json(progress: LaneProgress) -> str:
    """What the ledger keeps of how far a lane is."""
    return as_json({name: value for name, value in asdict(progress).items() if value})


def connections_as_json(connections: Sequence[str]) -> str:
    """The names of a lane's connections as they are stored."""
    return as_json(sorted(connections))


def _lane(row: Any, now: float) -> Lane:
    wish = None
    if row.stop_asked_at is not None:
        wish = StopWish(row.stop_asked_at, row.stop_asked_by, row.stop_code, row.stop_reason)
    return Lane(
        name=row.name,
        connections=tuple(json.loads(row.connections)),
        state=LaneState(row.state),
        token=row.token,
        worker=Worker.parse(row.worker),
        taken_at=row.taken_at,
        seconds_silent=now - row.heartbeat_at,
        is_for_workers=bool(row.for_workers),
        wish=wish,
        stop_code=row.stop_code,
        stop_reason=row.stop_reason,
        progress=_progress(row.progress),
    )


def _progress(text: str) -> LaneProgress:
    """What ``progress_as_json`` made; what only a newer version knows is left out."""
    found = json.loads(text) if text else {}
    counts = {_STATUSES[name]: int(count) for name, count in found.pop("counts", {}).items() if name in _STATUSES}
    known = {name: value for name, value in found.items() if name in LaneProgress.__dataclass_fields__}
    return LaneProgress(**known, counts=counts)


@dataclass(frozen=True, slots=True)
class HeldLane:
    """A lane that is held under a token; ``state`` and ``progress`` are what they were when it was taken."""

    token: int
    connections: tuple[str, ...]
    state: LaneState
    progress: LaneProgress


def _nobody_listens(_news: object) -> None:
    """Until the work begins."""


class Hold:
    """What one task of this process holds of a run. Shared by threads.

    Whoever drives the lanes says how far they are; the heart writes it down, and tells of wishes to stop and of lanes
    that somebody else has taken.
    """

    def __init__(self, run_id: str, run_key: int, worker: Worker, lanes: Mapping[str, HeldLane]) -> None:
        self.run_id = run_id
        self.run_key = run_key
        self.worker = worker
        self._on_wish: Callable[[StopWish], None] = _nobody_listens
        self._on_loss: Callable[[str], None] = _nobody_listens
        self._wishes: list[StopWish] = []
        self.pending: Mapping[str, int] | None = None
        """How many rows each connection still has to send, where that was counted since the lanes were taken."""
        self.reason_for_others: tuple[str, str] | None = None
        self._lanes = dict(lanes)
        self._lane_of = _by_connection(self._lanes)
        self._progress: Mapping[str, LaneProgress] = {}
        self._signs_of_life: dict[str, SignOfLife] = {}
        self._lock = threading.Lock()

    @property
    def lanes(self) -> Mapping[str, HeldLane]:
        """What is held, by name."""
        with self._lock:
            return dict(self._lanes)

    @property
    def names(self) -> Collection[str]:
        """The names of the lanes."""
        return self.lanes.keys()

    @property
    def is_whole(self) -> bool:
        """Whether the run as a whole is held, so that nobody else works on any of it."""
        return WHOLE_RUN in self.lanes

    @property
    def connections(self) -> Collection[str]:
        """The connections of all lanes."""
        return {name for lane in self.lanes.values() for name in lane.connections}

    def token(self, name: str) -> int:
        """The token of a lane; -1, which none ever has, where it is not held any more."""
        lane = self._lanes.get(name)
        return lane.token if lane else -1

    def lane_of(self, connection: str) -> str:
        """The lane of a connection; the run as a whole where no lane has it."""
        return self._lane_of.get(connection, WHOLE_RUN)

    def seconds_silent(self, connection: str) -> float:
        """How long ago the last sign of life was given for the lane of a connection; infinity where none was, or the
        lane is somebody else's. Until that is LEASE_SECONDS, nobody takes it.
        """
        sign = self._signs_of_life.get(self.lane_of(connection))
        return math.inf if sign is None else sign.seconds_ago

    def gave(self, sign: SignOfLife, name: str) -> None:
        """A sign of life was given for a lane, which is still held."""
        with self._lock:
            if name in self._lanes:
                self._signs_of_life[name] = sign

    def add(self, name: str, lane: HeldLane) -> None:
        """One lane more, or the same one otherwise."""
        with self._lock:
            self._lanes[name] = lane
            self._lane_of = _by_connection(self._lanes)

    def lose(self, name: str) -> None:
        """Somebody else has taken a lane: it is told once."""
        with self._lock:
            was_held = self._lanes.pop(name, None) is not None
            self._signs_of_life.pop(name, None)
            self._lane_of = _by_connection(self._lanes)
        if was_held:
            self._on_loss(name)

    def listen(self, on_wish: Callable[[StopWish], None], on_loss: Callable[[str], None]) -> None:
        """Hear of wishes to stop, also of those that were there already, and of lanes that are lost from now on."""
        with self._lock:
            self._on_wish, self._on_loss = on_wish, on_loss
            wishes = list(self._wishes)
        for wish in wishes:
            on_wish(wish)

    def wish(self, wish: StopWish) -> None:
        """Somebody wants the work to stop. Whoever has the whole run has nobody to leave a lane to, and goes on."""
        if self.is_whole and wish.code == HANDED_BACK:
            return
        with self._lock:
            self._wishes.append(wish)
            on_wish = self._on_wish
        on_wish(wish)

    @property
    def last_wish(self) -> StopWish | None:
        """What somebody wanted last, as far as it is known."""
        with self._lock:
            return self._wishes[-1] if self._wishes else None

    def stop_others(self, code: str, reason: str) -> None:
        """Whoever works on other lanes of the run is to stop for this reason; returns at once."""
        self.reason_for_others = self.reason_for_others or (code, reason)

    def tell(self, progress: Mapping[str, LaneProgress]) -> None:
        """How far the lanes are; returns at once."""
        self._progress = progress

    @property
    def progress(self) -> Mapping[str, LaneProgress]:
        """What was told last."""
        return self._progress


def _by_connection(lanes: Mapping[str, HeldLane]) -> Mapping[str, str]:
    return {connection: name for name, lane in lanes.items() for connection in lane.connections}
