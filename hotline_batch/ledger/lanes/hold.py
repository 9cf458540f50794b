"""The lanes that this process works on, as its threads see them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from hotline_batch.ledger.lanes.lane import WHOLE_RUN, StopWish
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.model.progress import LaneProgress, LaneState


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

    def add(self, name: str, lane: HeldLane) -> None:
        """One lane more, or the same one otherwise."""
        with self._lock:
            self._lanes[name] = lane
            self._lane_of = _by_connection(self._lanes)

    def lose(self, name: str) -> None:
        """Somebody else has taken a lane: it is told once."""
        with self._lock:
            was_held = self._lanes.pop(name, None) is not None
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
        """Somebody wants the work to stop."""
        with self._lock:
            self._wishes.append(wish)
            on_wish = self._on_wish
        on_wish(wish)

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
