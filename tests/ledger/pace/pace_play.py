"""Processes that send as fast as one pace lets them, their claims and commits as late as the test says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Engine

from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.ledger.pace.turns import Turn, Turns

MOST_TOLD = 8


class Process:
    """One of those that share a pace: its own clock began at another moment than the one on the wall."""

    def __init__(self, pacer: Pacer, engine: Engine | None = None, began: float = 0.0) -> None:
        self.pacer = pacer
        self.began = began
        self.told_at: list[float] = []
        self.free_at = -math.inf
        self.durable: tuple[Turns, list[float]] | None = None
        self.leaving: list[tuple[float, float]] = []
        self._engine = engine

    @contextmanager
    def turns(self, moment: float, *pauses: tuple[str, float]) -> Iterator[Turns]:
        """The turns of a transaction at that moment, on the wall."""
        with self._engine.begin() if self._engine else _nothing() as connection:
            turns = Turns(connection, [self.pacer], pauses, lambda: moment, lambda: moment - self.began)
            yield turns
            turns.store()

    def take(self, moment: float, told_at: float | None = None) -> Turn:
        """A turn, as a claim at that moment takes it."""
        return self.take_all(moment, [moment if told_at is None else told_at])[0]

    def take_all(self, moment: float, told_at: list[float]) -> list[Turn]:
        with self.turns(moment) as turns:
            taken = [turns.take(self.pacer, told - self.began) for told in told_at]
        turns.settle(moment - self.began)
        return [Turn(turn.is_granted, turn.at + self.began) for turn in taken]

    def leave(self, turn: Turn, durable_at: float) -> float:
        """When the request of a granted turn leaves, whose claim is durable by then."""
        now = durable_at - self.began
        while (leaves_at := self.pacer.leave_at(turn.at - self.began, now)) > now:
            now = leaves_at
        return now + self.began

    def claim_at(self) -> float:
        return self.pacer.claim_at() + self.began

    # ── one happening after the other ────────────────────────────────────────────────────────────────────────────────

    def next_happening(self, now: float, late: float, leaves_late: float) -> float:
        happens_at = [] if len(self.told_at) >= MOST_TOLD else [max(self.claim_at(), now) + late]
        if self.leaving:
            happens_at.append(max(self.leaving[0][0], now) + min(late, leaves_late))
        if self.durable:
            happens_at.append(self.free_at)
        elif self.told_at:
            happens_at.append(max(self.free_at, self.told_at[0]))
        return min(happens_at, default=math.inf)

    def go_on(self, moment: float, commit_seconds: float) -> list[float]:
        """Settle, commit, leave or tell, whatever comes first; when a request left."""
        if self.durable and moment >= self.free_at:
            turns, granted = self.durable
            self.durable = None
            turns.settle(moment - self.began)
            self.leaving = sorted([*self.leaving, *((moment, turn) for turn in granted)])
        elif self.told_at and not self.durable and moment >= max(self.free_at, self.told_at[0]):
            with self.turns(moment) as turns:
                taken = [turns.take(self.pacer, told - self.began) for told in self.told_at]
            self.told_at = []
            self.durable = turns, [turn.at for turn in taken if turn.is_granted]
            self.free_at = moment + commit_seconds
        elif self.leaving and moment >= self.leaving[0][0]:
            _, turn = self.leaving.pop(0)
            leaves_at = self.pacer.leave_at(turn, moment - self.began) + self.began
            if leaves_at <= moment:
                return [moment]
            self.leaving = sorted([*self.leaving, (leaves_at, turn)])
        else:
            self.pacer.claim_told(moment - self.began)
            self.told_at.append(moment)
        return []


def play(
    processes: list[Process], lateness: list[float], commits: list[float], leaves_late: float = math.inf
) -> list[tuple[float, int]]:
    """When which process's requests left: one happening for each lateness, commits as long as told, in turn.

    ``leaves_late`` is the longest time by which a request leaves later than it may.
    """
    now, left = 1000.0, []
    commit_seconds = chain(commits, repeat(commits[-1]))
    for late in lateness:
        happenings = [process.next_happening(now, late, leaves_late) for process in processes]
        number = happenings.index(min(happenings))
        now = max(now, happenings[number])
        left += [(moment, number) for moment in processes[number].go_on(now, next(commit_seconds))]
    return left


@contextmanager
def _nothing() -> Iterator[Any]:
    """For a pace that nobody shares, which needs no ledger."""
    yield None
