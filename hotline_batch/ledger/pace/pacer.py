"""When the next request may leave: an exact, evenly spaced pace that slows down when it is told to.

This is what one process knows of it, by a clock that never jumps; ``turns`` is what all processes of a ledger share.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from threading import Lock

# A pace stays so far below its limit, since requests travel for unequal times and leave a little late. It is a part of
# the window, but no more than any network needs.
_SLACK_SHARE = 0.01
_MOST_SLACK_SECONDS = 0.2
# What is late is caught up with, but by no more than this share of the slack, so that it never comes into one window
# too many; nor by more than so many seconds, or that share of the time between two requests, so that nothing bursts.
_CATCH_UP_SHARE_OF_SLACK = 0.7
_CATCH_UP_SECONDS = 0.02
_CATCH_UP_SHARE_OF_INTERVAL = 0.1
# Whoever comes later than this had nothing to send or was told to wait: that must not end in a burst.
_LATE_WAKE_UP_SECONDS = 0.1
# A claim is told so long before its turn as claims took lately, but never longer: meanwhile its row is in flight.
_MOST_LEAD_SECONDS = 0.05
_LEAD_SHARE_KEPT = 0.9
# Room for one request is all that one that was late needs, or for those of a slow commit: whoever was suspended for an
# hour must not have everybody wait for an hour.
_MOST_LATE_SECONDS = 1.0
SLOWEST_SHARE = 1 / 64
LONGEST_WAIT_SECONDS = 600.0
"""A service that asks for a longer pause stops the run; a person decides when it goes on."""

LONGEST_PAUSE_SECONDS = 86_400.0
"""No service is believed that asks for a longer pause: its clock may be wrong, and nobody could shorten it."""

_FASTER_AFTER_TURNS = 20
_FASTER_FACTOR = 1.25


@dataclass(slots=True)
class Known:
    """What a process knows of the turns of a pace; ``stored_at`` is what it last wrote, by the ledger's clock.

    ``pause_stored`` is the end of a pause that it learnt of, by that clock.
    """

    next_at: float = -math.inf
    reserved_at: float | None = None
    stored_at: float = 0.0
    pause_stored: float = 0.0


@dataclass(slots=True)
class Draft:
    """What a transaction makes of a pace: all turns that were granted, those that were new, when claims were told.

    ``paused_until`` is the end of a pause that another process was asked for.
    ``late_seconds`` is how much later than its turn a request left, which whoever comes next has to make room for.
    """

    known: Known
    late_seconds: float = 0.0
    new: list[float] = field(default_factory=list)
    granted: list[float] = field(default_factory=list)
    told_at: list[float] = field(default_factory=list)
    paused_until: float = -math.inf


class Pacer:
    """At most ``count`` requests in any window of ``window_seconds``, evenly spaced; slower when that is asked for.

    All times are monotonic seconds. Under a ``name`` the pace is shared with the other processes of the ledger. The
    dispatcher asks when to claim and tells what the service said; the journal's thread takes the turns; the workers ask
    when to leave, since a commit or a thread may be late.

    A pause binds its ``neighbours`` as well, the paces of other requests with the same keys.
    """

    def __init__(self, count: int, window_seconds: float, name: str = "", *, neighbours: Collection[str] = ()) -> None:
        self.name = name
        self.paused_names = (name, *neighbours) if name else ()
        slack_seconds = min(_SLACK_SHARE * window_seconds, _MOST_SLACK_SECONDS)
        self._fastest_interval = (window_seconds + slack_seconds) / count
        even_seconds = max(_CATCH_UP_SECONDS, _CATCH_UP_SHARE_OF_INTERVAL * self._fastest_interval)
        self._catch_up_seconds = min(even_seconds, _CATCH_UP_SHARE_OF_SLACK * slack_seconds)
        self._share = 1.0
        self._turns_since_change = 0
        self._slowed_at = self._not_before = self._paused_until = -math.inf
        self._claims_waiting = 0
        self._first_told_at = -math.inf
        self._claim_seconds = 0.0
        self._known = Known()
        self._leaving = 0
        self._leaves_next_at = -math.inf
        self._late_seconds = 0.0
        self._lock = Lock()

    # ── for the dispatcher ───────────────────────────────────────────────────────────────────────────────────────────

    def claim_at(self) -> float:
        """When the next row is to be claimed, so that the claim is durable by its turn; past where it may be now."""
        with self._lock:
            reserved_at = self._known.reserved_at
            due = max(self._free_at() if reserved_at is None else reserved_at, self._not_before)
            if self._claims_waiting:
                due = max(due, self._first_told_at) + self._claims_waiting * self.interval_seconds
            return due - min(self._claim_seconds, self.most_lead_seconds)

    def claim_told(self, now: float) -> None:
        """A claim is on its way to the ledger, which decides on its turn."""
        with self._lock:
            if not self._claims_waiting:
                self._first_told_at = now
            self._claims_waiting += 1

    def pause_until(self, moment: float) -> None:
        """Let nothing leave before ``moment``; a longer pause that was asked for earlier stays."""
        with self._lock:
            self._paused_until = max(self._paused_until, moment)
            self._not_before = max(self._not_before, moment)

    def slow_down(self, now: float, left_at: float) -> None:
        """Halve the pace: the service said to a request that left at ``left_at`` that it is too fast.

        It rises again step by step. Requests that were under way together and are refused together count as one
        refusal.
        """
        with self._lock:
            if left_at <= self._slowed_at:
                return
            self._slowed_at = now
            self._change_share(max(SLOWEST_SHARE, self._share / 2))
            self._not_before = max(self._not_before, now + self.interval_seconds)

    @property
    def paused_until(self) -> float:
        """The end of the longest pause that was asked for."""
        return self._paused_until

    @property
    def share(self) -> float:
        """The present pace as a share of the allowed one, 1 when nothing slows it down."""
        return self._share

    @property
    def interval_seconds(self) -> float:
        """The present time between two requests."""
        return self._fastest_interval / self._share

    @property
    def most_lead_seconds(self) -> float:
        """How long before its turn a row may be in flight."""
        return min(_MOST_LEAD_SECONDS, self.interval_seconds / 2)

    def _change_share(self, share: float) -> None:
        self._share = share
        self._turns_since_change = 0

    # ── for the journal ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def not_before(self) -> float:
        """When the service allows the next request, whosever turn it is."""
        return self._not_before

    def draft(self) -> Draft:
        """What is known, to be changed within a transaction."""
        with self._lock:
            return Draft(replace(self._known, next_at=self._free_at()), self._late_seconds)

    def turn_at(self, due: float, now: float) -> float:
        """The turn of a request that was due at ``due``; the next one is due an interval after it."""
        if now - due <= _LATE_WAKE_UP_SECONDS:
            return max(due, now - self._catch_up_seconds)
        return now

    def is_missed(self, turn: float, now: float) -> bool:
        """Whether a reserved turn is over: those of others follow it, and taken late it would crowd them."""
        return now - turn > self._catch_up_seconds

    def settle(self, draft: Draft, now: float) -> None:
        """The transaction is durable: the requests of the turns that were granted are about to leave."""
        took = now - min(draft.told_at, default=math.inf)
        self.pause_until(draft.paused_until)
        with self._lock:
            self._known = draft.known
            if draft.new and self._late_seconds <= draft.late_seconds:
                self._late_seconds = 0.0
            self._leaving += len(draft.granted)
            self._claims_waiting = max(0, self._claims_waiting - len(draft.told_at))
            self._claim_seconds = max(min(took, _MOST_LEAD_SECONDS), self._claim_seconds * _LEAD_SHARE_KEPT)
            self._turns_since_change += len(draft.granted)
            if self._share < 1.0 and self._turns_since_change >= _FASTER_AFTER_TURNS:
                self._change_share(min(1.0, self._share * _FASTER_FACTOR))

    def _free_at(self) -> float:
        """The first turn that this process has not taken; later where requests leave late."""
        return max(self._known.next_at, self._leaves_next_at + self._leaving * self.interval_seconds)

    # ── for the workers ──────────────────────────────────────────────────────────────────────────────────────────────

    def leave_at(self, turn: float, now: float) -> float:
        """When a request whose claim is durable may leave; if that is ``now``, it counts as gone.

        After a commit that took long, several may have their turns behind them: they keep their distance all the same.
        """
        with self._lock:
            due = max(turn, self._leaves_next_at)
            if due > now:
                return due
            self._leaves_next_at = self.turn_at(due, now) + self.interval_seconds
            most_late_seconds = max(self.interval_seconds, _MOST_LATE_SECONDS)
            late_seconds = min(now - turn - self._catch_up_seconds, most_late_seconds)
            self._late_seconds = max(self._late_seconds, late_seconds)
            self._leaving = max(0, self._leaving - 1)
            return now
