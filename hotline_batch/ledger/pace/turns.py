"""Whose turn it is: one pace for every process of this ledger, decided in the transaction that claims a row.

So a turn outlives a crash with its claim. One that lies ahead is *reserved*: it belongs to whoever asked, who comes
back for it and then needs nobody's leave; so two processes take turns, and neither starves. All moments that are
stored are by the ledger's clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, select, text

from hotline_batch.ledger.database.transactions import Length, database_now, reading
from hotline_batch.ledger.pace.pacer import LONGEST_PAUSE_SECONDS, LONGEST_WAIT_SECONDS, SLOWEST_SHARE, Draft, Pacer
from hotline_batch.ledger.schema import pace as pace_table

# A claim that waited for a slow ledger may be given a turn as far ahead as it waited, but not farther than this.
_MOST_AHEAD_SECONDS = 1.0
_CLOCKS_DIFFER_SECONDS = 1.0
_ROUNDING_SECONDS = 1e-6

_MAKE = text("insert into pace (name, next_at, paused_until) values (:name, 0, 0) on conflict (name) do nothing")
_LOCKED = (
    select(pace_table.c.name, pace_table.c.next_at, pace_table.c.paused_until)
    .where(pace_table.c.name.in_(bindparam("names", expanding=True)))
    .order_by(pace_table.c.name)
    .with_for_update()
)
_STORE = text("update pace set next_at = :next_at, paused_until = :paused_until where name = :name")


def is_still_paused(paused_until: float, now: float) -> bool:
    """Whether a stored pause is in force; not where it lies so far ahead that only a clock set back since can tell."""
    return 0.0 < paused_until - now <= LONGEST_PAUSE_SECONDS + _CLOCKS_DIFFER_SECONDS


def pauses_in_force(engine: Engine, names: Collection[str]) -> Mapping[str, float]:
    """By the name of a pace, the end of its pause (seconds since the epoch, UTC); without those that are free.

    Raises LedgerError.
    """
    asked = select(pace_table.c.name, pace_table.c.paused_until).where(pace_table.c.name.in_(list(names)))
    with reading(engine, "looking at the pauses", Length.SHORT) as connection:
        found = connection.execute(asked).fetchall()
        now = database_now(connection)
    return {row.name: row.paused_until for row in found if is_still_paused(row.paused_until, now)}


@dataclass(frozen=True, slots=True)
class Turn:
    """What a wish for a turn came to: granted, or only reserved, ``at`` a moment (monotonic seconds)."""

    is_granted: bool
    at: float


class Turns:
    """The turns that one transaction gives, their paces locked until it ends; ``settle`` once it is durable.

    ``pauses`` are names that nobody may use for so many seconds, as the service asked. ``clock`` is the ledger's,
    ``monotonic`` one that never jumps.
    """

    def __init__(
        self,
        connection: Connection,
        pacers: Iterable[Pacer],
        pauses: Iterable[tuple[str, float]],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._drafts = {pacer: pacer.draft() for pacer in pacers}
        pauses = list(pauses)
        # In one order, so that two processes never wait for each other.
        names = {pacer.name for pacer in self._drafts if pacer.name} | {name for name, _ in pauses}
        self._before = self._locked(sorted(names))
        self._next = {name: next_at for name, (next_at, _) in self._before.items()}
        self._moment, self._now = clock(), monotonic()  # as late as this, since others may have held the lock
        # What is over is forgotten at once: a clock that is set back later does not begin it anew.
        self._paused = {
            name: paused_until if is_still_paused(paused_until, self._moment) else 0.0
            for name, (_, paused_until) in self._before.items()
        }
        for name, seconds in pauses:
            self._paused[name] = max(self._paused[name], self._moment + min(seconds, LONGEST_PAUSE_SECONDS))

    def take(self, pacer: Pacer, told_at: float, *, however_far: bool = False) -> Turn:
        """A turn for a claim that was told at a moment: granted, or reserved where it lies too far ahead."""
        draft = self._drafts[pacer]
        self._learn_pause(pacer, draft)
        not_before = max(pacer.not_before, draft.paused_until)
        turn = draft.known.reserved_at
        if turn is None or turn < not_before or pacer.is_missed(turn, self._now):
            due = max(draft.known.next_at, self._after_others(pacer) + draft.late_seconds, not_before)
            turn = pacer.turn_at(due, self._now)
            draft.new.append(turn)
            self._say_next(pacer, turn + pacer.interval_seconds)
        waited_seconds = min(self._now - told_at, _MOST_AHEAD_SECONDS)
        is_granted = however_far or turn - self._now <= max(pacer.most_lead_seconds, waited_seconds) + _ROUNDING_SECONDS
        draft.known.reserved_at = None if is_granted else turn
        draft.told_at.append(told_at)
        if is_granted:
            draft.granted.append(turn)
        return Turn(is_granted, turn)

    def give_back(self, pacer: Pacer, turn: float) -> None:
        """A turn that was granted is not needed after all: the next request may have it."""
        draft = self._drafts[pacer]
        draft.granted.remove(turn)
        if draft.new and draft.new[-1] == turn:
            self._say_next(pacer, draft.new.pop())
        elif draft.known.reserved_at is None:
            draft.known.reserved_at = turn

    def store(self) -> None:
        """Write what has changed, as the last thing of the transaction."""
        changed = [
            {"name": name, "next_at": self._next[name], "paused_until": self._paused[name]}
            for name, before in self._before.items()
            if before != (self._next[name], self._paused[name])
        ]
        if changed:
            self._connection.execute(_STORE, changed)

    def settle(self, now: float) -> None:
        """The transaction is durable."""
        for pacer, draft in self._drafts.items():
            pacer.settle(draft, now)

    def _locked(self, names: Sequence[str]) -> dict[str, tuple[float, float]]:
        if not names:
            return {}
        rows = self._connection.execute(_LOCKED, {"names": names}).fetchall()
        if len(rows) < len(names):
            self._connection.execute(_MAKE, [{"name": name} for name in names])
            rows = self._connection.execute(_LOCKED, {"names": names}).fetchall()
        return {row.name: (row.next_at, row.paused_until) for row in rows}

    def _after_others(self, pacer: Pacer) -> float:
        """The first turn that others left; minus infinity where this very process wrote last, and knows better."""
        stored = self._next.get(pacer.name)
        if not stored or stored == self._drafts[pacer].known.stored_at:
            return -math.inf
        # Turns may be reserved for right after a pause.
        paused_seconds = max(0.0, pacer.paused_until - self._now, self._drafts[pacer].paused_until - self._now)
        longest = max(LONGEST_WAIT_SECONDS, pacer.interval_seconds / SLOWEST_SHARE) + _CLOCKS_DIFFER_SECONDS
        ahead = stored - self._moment
        return self._now + (0.0 if ahead > paused_seconds + longest else ahead)

    def _say_next(self, pacer: Pacer, next_at: float) -> None:
        known = self._drafts[pacer].known
        known.next_at = next_at
        if pacer.name:
            self._next[pacer.name] = known.stored_at = self._moment + next_at - self._now

    def _learn_pause(self, pacer: Pacer, draft: Draft) -> None:
        """What others stored, in this process's time; what it has learnt before goes by its own clock, never set."""
        stored = self._paused.get(pacer.name, 0.0)
        if stored - self._moment > LONGEST_WAIT_SECONDS + _CLOCKS_DIFFER_SECONDS:
            return  # whoever goes on all the same was told of it before
        if stored and stored != draft.known.pause_stored:
            draft.paused_until = self._now + stored - self._moment
        draft.known.pause_stored = stored
