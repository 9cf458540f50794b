"""Whose turn it is: one pace for every process that uses this ledger, decided in the transaction that claims a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from hotline_batch.ledger import statements
from hotline_batch.ledger.prepared import prepared

# A late wake-up is caught up with, but never more than this, nor more than this share of the window: the pace leaves
# 1.3 % of it free, and no turn may come in by a late start of one and an early start of another.
_CATCH_UP_SECONDS = 0.02
_CATCH_UP_SHARE = 0.01
# Whoever comes later than this had nothing to send or was told to wait: that must not end in a burst.
_LATE_WAKE_UP_SECONDS = 0.1
# How much too early still counts as in time.
_MOST_TOO_EARLY_SECONDS = 0.005
_TOO_EARLY_SHARE = 0.002
# A claim that waited for a slow ledger may be given a turn as far ahead as it waited, but not farther than this.
_MOST_AHEAD_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 600.0
_SLOWEST_FACTOR = 64


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

    @property
    def _most_late(self) -> float:
        return min(_CATCH_UP_SECONDS, _CATCH_UP_SHARE * self.window_seconds)


class Departures:
    """When this process's next request under each name may leave, by a clock that never jumps.

    Turns are given while a commit begins, and requests leave when it is durable. A slow commit would let those of one
    commit leave together, and the first of the next commit right behind them: here they keep their distance.
    ``stored`` is the turn that this process last stored under each name, in seconds since the epoch.
    """

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self.stored: dict[str, float] = {}

    def seconds_to_next(self, name: str, now: float) -> float:
        """Seconds from ``now`` until the next request is due; less than 0 where it is late or the first."""
        return self._due.get(name, -math.inf) - now

    def leave(self, name: str, pace: Pace, now: float) -> float:
        """Count one more request; the seconds that it is to wait."""
        due = self._due.get(name, now)
        leaves_at = now if pace.is_in_time(due, now) else due
        self._due[name] = pace.next_turn_at(due, leaves_at)
        return leaves_at - now


class Wish(NamedTuple):
    """A request that wants a turn: under which pace, and since when (seconds since the epoch)."""

    pace: Pace
    since: float


def take_turns(
    connection: Connection, wishes: Sequence[Wish], moment: float, departures: Departures, now: float
) -> list[float | None]:
    """For each request, in order: None where it has its turn, else when its turn would be (seconds since the epoch).

    ``moment`` is now since the epoch, ``now`` by the clock of the process's own ``departures``: they alone count where
    nobody else took a turn meanwhile, so a clock that is set back holds nobody up. A request that waited may be given a
    turn as far ahead as it waited (a second at most): else a ledger whose commits take longer than the time between two
    requests would set the pace. Call within the transaction that claims the rows.
    """
    turns = {name: _turn_after_others(connection, name, departures) for name in {pace.name for pace, _ in wishes}}
    taken: dict[str, float] = {}
    told: list[float | None] = []
    for pace, since in wishes:
        due = taken.get(pace.name, turns[pace.name])
        if due - moment > _longest_wait(pace):
            due = moment  # stored by a clock that was set back since
        due = max(due, moment + departures.seconds_to_next(pace.name, now))
        if not pace.is_in_time(due, moment + min(max(0.0, moment - since), _MOST_AHEAD_SECONDS)):
            told.append(due)
            continue
        taken[pace.name] = pace.next_turn_at(due, moment)
        told.append(None)
    _store(connection, taken.items())
    departures.stored |= taken
    return told


def pause(connection: Connection, pauses: Iterable[tuple[str, float]]) -> None:
    """Let no process send under these names before these moments (seconds since the epoch)."""
    longest: dict[str, float] = {}
    for name, until in pauses:
        longest[name] = max(until, longest.get(name, until))
    stored = {name: _stored_turn(connection, name) for name in longest}
    _store(connection, ((name, max(until, stored[name] or until)) for name, until in longest.items()))


def _longest_wait(pace: Pace) -> float:
    return max(_LONGEST_PAUSE_SECONDS, pace.interval_seconds * _SLOWEST_FACTOR) + 1.0


def _turn_after_others(connection: Connection, name: str, departures: Departures) -> float:
    """The stored turn; minus infinity where there is none, or where this very process stored it."""
    turn = _stored_turn(connection, name)
    return -math.inf if turn is None or turn == departures.stored.get(name) else turn


def _stored_turn(connection: Connection, name: str) -> float | None:
    turn: float | None = prepared(statements.NEXT_TURN, connection.dialect).scalar(connection, {"name": name})
    return turn


def _store(connection: Connection, turns: Iterable[tuple[str, float]]) -> None:
    values = [{"name": name, "next_at": turn} for name, turn in turns]
    if values:
        prepared(statements.SET_NEXT_TURN, connection.dialect).execute(connection, values)
