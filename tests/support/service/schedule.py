"""Which request meets which fault: by user, by number, in turn, or by lot."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.support.service.faults.fault import Fault, Stage

Key: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a schedule may look at. ``key`` is the user id of a message, ``group/topic`` of a lookup.

    ``request`` counts all requests, ``nth_of_key`` those of this key, ``connection`` the accepted connections;
    all start at 1.
    """

    key: Key
    request: int
    nth_of_key: int
    connection: int


Chooser: TypeAlias = Callable[[Turn], Fault | None]


def lot(seed: int, key: Key) -> float:
    """A number in [0, 1) that depends on seed and key alone, so that threads cannot change who meets a fault."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(slots=True)
class _Share:
    faults: tuple[Fault, ...]
    share: float
    seed: int

    def choose(self, key: Key) -> Fault | None:
        if not self.faults or lot(self.seed, key) >= self.share:
            return None
        return self.faults[int(lot(self.seed + 1, key) * len(self.faults))]


@dataclass(slots=True)
class Schedule:
    """Thread-safe choice of faults. The first rule that fits wins: next, by number, by user, by lot, own chooser."""

    chooser: Chooser | None = None
    _next: dict[Stage, deque[Fault]] = field(default_factory=lambda: {stage: deque() for stage in Stage})
    _by_number: dict[tuple[Stage, int], Fault] = field(default_factory=dict)
    _by_key: dict[Key, deque[Fault]] = field(default_factory=dict)
    _shares: list[_Share] = field(default_factory=list)
    _connection_shares: list[_Share] = field(default_factory=list)
    _seen: Counter[Key] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_next(self, fault: Fault, times: int) -> None:
        """The next connection or request, as the fault's stage demands, and ``times`` in all."""
        with self._lock:
            self._next[fault.stage].extend([fault] * times)

    def add_for_number(self, number: int, fault: Fault) -> None:
        """The n-th request; for a fault of connections, the n-th connection."""
        with self._lock:
            self._by_number[fault.stage, number] = fault

    def add_for_key(self, key: Key, faults: Sequence[Fault]) -> None:
        """The next requests of one user or topic, one fault each."""
        if any(fault.stage is Stage.CONNECTION for fault in faults):
            raise ValueError("A connection has no user yet: use fault_next or fault_on_request.")
        with self._lock:
            self._by_key.setdefault(key, deque()).extend(faults)

    def add_share(self, faults: Sequence[Fault], share: float, seed: int) -> None:
        """The first request of a share of all users; faults of connections meet the same share of connections."""
        early = tuple(fault for fault in faults if fault.stage is Stage.CONNECTION)
        late = tuple(fault for fault in faults if fault.stage is not Stage.CONNECTION)
        with self._lock:
            self._connection_shares.append(_Share(early, share, seed))
            self._shares.append(_Share(late, share, seed))

    def forget(self) -> None:
        """Drop every rule: from now on the service is well."""
        with self._lock:
            self.chooser = None
            for queue in self._next.values():
                queue.clear()
            self._by_number.clear()
            self._by_key.clear()
            self._shares.clear()
            self._connection_shares.clear()

    def for_connection(self, number: int) -> Fault | None:
        """The fault of the n-th connection, before anything is read from it."""
        with self._lock:
            found = self._planned(Stage.CONNECTION, number)
            if found is None:
                found = next(filter(None, (rule.choose(f"c{number}") for rule in self._connection_shares)), None)
            return found

    def for_head(self, number: int) -> Fault | None:
        """The fault of the n-th request that strikes before its body is read."""
        with self._lock:
            return self._planned(Stage.HEAD, number)

    def for_request(self, key: Key, request: int, connection: int) -> Fault | None:
        """The fault of a request that arrived whole. A fault of heads chosen by user strikes here as well."""
        with self._lock:
            self._seen[key] += 1
            turn = Turn(key, request, self._seen[key], connection)
            found = self._planned(Stage.REQUEST, request)
            if found is None and self._by_key.get(key):
                found = self._by_key[key].popleft()
            if found is None and turn.nth_of_key == 1:
                found = next(filter(None, (rule.choose(key) for rule in self._shares)), None)
            chooser = self.chooser
        return found if found is not None or chooser is None else chooser(turn)

    def _planned(self, stage: Stage, number: int) -> Fault | None:
        if self._next[stage]:
            return self._next[stage].popleft()
        return self._by_number.pop((stage, number), None)


def chooser_from(schedule: Chooser | Mapping[Key, Fault | Sequence[Fault]] | None) -> Chooser | None:
    """A mapping from user (or ``group/topic``) to its fault, or to the faults of its 1st, 2nd, ... request."""
    if schedule is None or callable(schedule):
        return schedule
    plan = {key: (value,) if isinstance(value, Fault) else tuple(value) for key, value in schedule.items()}

    def choose(turn: Turn) -> Fault | None:
        faults = plan.get(turn.key, ())
        return faults[turn.nth_of_key - 1] if turn.nth_of_key <= len(faults) else None

    return choose
