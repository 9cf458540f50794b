"""Whose turn it is: one pace for every process that uses this ledger, decided in the transaction that claims a row.

A turn that lies ahead is *reserved*: it belongs to whoever asked, who waits for it and then needs nobody's leave. So
two processes take turns, and neither starves. All moments that are stored are by the ledger's clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from hotline_batch.ledger.schema import pace as pace_table

# A late wake-up is caught up with, but never more than this, nor more than this share of the window: the pace leaves
# 1.3 % of it free, and no turn may come in by a late start of one and an early start of another.
_CATCH_UP_SECONDS = 0.02
_CATCH_UP_SHARE = 0.01
# Whoever comes later than this had nothing to send or was told to wait: that must not end in a burst.
_LATE_WAKE_UP_SECONDS = 0.1
# How much too early still counts as in time.
_MOST_TOO_EARLY_SECONDS = 0.005
_TOO_EARLY_SHARE = 0.002
# A turn is claimed so long before it comes, so that the commit is over by then: in that time the row is in flight.
_LEAD_SECONDS = 0.05
# A claim that waited for a slow ledger may be given a turn as far ahead as it waited, but not farther than this.
_MOST_AHEAD_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 600.0
_SLOWEST_FACTOR = 64

_MAKE = text("insert into pace (name, next_at, paused_until) values (:name, 0, 0) on conflict (name) do nothing")
_STORE = text("update pace set next_at = :next_at, paused_until = :paused_until where name = :name")


@dataclass(frozen=True, slots=True)
class Pace:
    """The present pace under a name: at least ``interval_seconds`` between two requests of all processes together.

    The limit counts requests in windows of ``window_seconds``.
    """

    name: str
    interval_seconds: float
    window_seconds: float

    def next_turn_at(self, due: float, now: float) -> float:
        """When the turn after this one is, for a request that was due at ``due`` and leaves ``now`` (any one clock)."""
        is_late_wake_up = now - due <= _LATE_WAKE_UP_SECONDS
        return (max(due, now - self._most_late) if is_late_wake_up else now) + self.interval_seconds

    def is_in_time(self, due: float, now: float) -> bool:
        """Whether a request that is due at ``due`` may leave ``now``."""
        early = min(_MOST_TOO_EARLY_SECONDS, self.interval_seconds / 10, _TOO_EARLY_SHARE * self.window_seconds)
        return due - now <= early

    def is_too_late(self, due: float, now: float) -> bool:
        """Whether a reserved turn is over: those of others follow it, and taken late it would crowd them."""
        return now - due > _CATCH_UP_SHARE * self.window_seconds

    @property
    def lead_seconds(self) -> float:
        """How long before its turn a request is claimed."""
        return min(_LEAD_SECONDS, self.interval_seconds / 2)

    @property
    def _most_late(self) -> float:
        return min(_CATCH_UP_SECONDS, _CATCH_UP_SHARE * self.window_seconds)


class Departures:
    """When this process's next request under each name may leave, by a clock that never jumps.

    Turns are given while a commit begins, and requests leave when it is durable. A slow commit would let those of one
    commit leave together, and the first of the next commit right behind them: here they keep their distance.
    ``stored`` is the turn that this process last stored under each name, by the ledger's clock; ``reserved`` the turn
    that it waits for, by the clock that never jumps.
    """

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self.stored: dict[str, float] = {}
        self.reserved: dict[str, float] = {}

    def seconds_to_next(self, name: str, now: float) -> float:
        """Seconds from ``now`` until the next request is due; less than 0 where it is late or the first."""
        return self._due.get(name, -math.inf) - now

    def leave(self, name: str, pace: Pace, now: float, turn: float = -math.inf) -> float:
        """Count one more request, not before its ``turn``; the seconds that it is to wait."""
        due = max(self._due.get(name, now), turn)
        leaves_at = now if pace.is_in_time(due, now) else due
        self._due[name] = pace.next_turn_at(due, leaves_at)
        return leaves_at - now


class Turn(NamedTuple):
    """What a wish came to, in times of the clock that never jumps: granted ``at``, or to be asked for again ``at``."""

    is_granted: bool
    at: float


class Book:
    """The stored turns under some names, locked until the transaction ends; ``close`` stores what has changed.

    ``moment`` is now by the ledger's clock, ``now`` by the clock of the process's own ``departures``.
    """

    def __init__(self, connection: Connection, names: Iterable[str], departures: Departures) -> None:
        self._connection = connection
        self._departures = departures
        self._taken: dict[str, float] = {}
        # In one order, so that two processes never wait for each other.
        wanted = sorted(set(names))
        if not wanted:
            self._next: dict[str, float] = {}
            self._paused: dict[str, float] = {}
            self._before: dict[str, tuple[float, float]] = {}
            return
        rows = self._locked(wanted)
        if len(rows) < len(wanted):
            connection.execute(_MAKE, [{"name": name} for name in wanted])
            rows = self._locked(wanted)
        self._before = {name: (next_at, paused_until) for name, next_at, paused_until in rows}
        self._next = {name: next_at for name, (next_at, _) in self._before.items()}
        self._paused = {name: paused_until for name, (_, paused_until) in self._before.items()}

    def _locked(self, names: list[str]) -> list[tuple[str, float, float]]:
        columns = pace_table.c
        query = select(columns.name, columns.next_at, columns.paused_until).where(columns.name.in_(names))
        return [tuple(row) for row in self._connection.execute(query.order_by(columns.name).with_for_update())]

    def pause(self, name: str, until: float) -> None:
        """Let no process send under a name before a moment; a longer pause that was asked for earlier stays."""
        self._paused[name] = max(self._paused[name], until)
        self._departures.reserved.pop(name, None)

    def take(self, pace: Pace, since: float, moment: float, now: float) -> Turn:
        """A turn for one request that wants it ``since`` a moment: granted, or reserved.

        A request that waited may be given a turn as far ahead as it waited (a second at most): else a ledger whose
        commits take longer than the time between two requests would set the pace.
        """
        name = pace.name
        reserved = self._valid_reservation(pace, moment, now)
        others = self._turn_after_others(name)
        lead = pace.lead_seconds if others > -math.inf or reserved is not None else 0.0
        ahead = max(lead, min(max(0.0, moment - since), _MOST_AHEAD_SECONDS))
        if reserved is not None:
            if not pace.is_in_time(reserved, now + ahead):
                return Turn(False, reserved - pace.lead_seconds)
            del self._departures.reserved[name]
            self._taken[name] = moment + reserved - now + pace.interval_seconds
            return Turn(True, reserved)
        wait = max(self._sane(others, moment, pace) - moment, self._departures.seconds_to_next(name, now))
        wait = max(
            wait, self._sane(self._paused[name], moment, pace) - moment, self._taken.get(name, -math.inf) - moment
        )
        due = moment + wait if wait > -math.inf else moment
        if pace.is_in_time(due, moment + ahead):
            self._keep(name, pace.next_turn_at(due, moment))
            self._taken[name] = self._next[name]
            return Turn(True, now + wait)
        self._keep(name, due + pace.interval_seconds)
        self._departures.reserved[name] = now + wait
        return Turn(False, now + wait - pace.lead_seconds)

    def give_back(self, name: str, turn: float, now: float) -> None:
        """A turn that was granted is not needed after all: it is kept for this process's next request."""
        self._departures.reserved.setdefault(name, max(turn, now))

    def close(self) -> None:
        """Store what has changed."""
        changed = [
            {"name": name, "next_at": self._next[name], "paused_until": self._paused[name]}
            for name, before in self._before.items()
            if before != (self._next[name], self._paused[name])
        ]
        if changed:
            self._connection.execute(_STORE, changed)

    def _keep(self, name: str, next_at: float) -> None:
        self._next[name] = self._departures.stored[name] = next_at

    def _valid_reservation(self, pace: Pace, moment: float, now: float) -> float | None:
        """The turn that this process waits for; one that is over, or lies in a pause, is given up."""
        reserved = self._departures.reserved.get(pace.name)
        if reserved is None:
            return None
        is_paused = self._sane(self._paused[pace.name], moment, pace) - moment > reserved - now
        if not is_paused and not pace.is_too_late(reserved, now):
            return reserved
        del self._departures.reserved[pace.name]
        return None

    def _turn_after_others(self, name: str) -> float:
        """The stored turn; minus infinity where there is none, or where this very process stored it."""
        turn = self._next[name]
        return -math.inf if not turn or turn == self._departures.stored.get(name) else turn

    @staticmethod
    def _sane(stored: float, moment: float, pace: Pace) -> float:
        """A moment that was stored; now, where a clock that was set back since stored it."""
        longest = max(_LONGEST_PAUSE_SECONDS, pace.interval_seconds * _SLOWEST_FACTOR) + 1.0
        return moment if stored - moment > longest else stored
