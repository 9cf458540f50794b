"""What the journal is told, and the news that it tells; outcomes of all workers of a run -> one count of them.

The latter in the order in which they are kept: so an outage that three workers meet leaves three doubtful rows, not
three for each of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sqlalchemy import Connection, bindparam, select, text

from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.ledger.schema import streak as streak_table
from hotline_batch.model.jobs import Attempt, Outcome, Succeeded


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not an outcome: the row is pending again, due at ``not_before`` (seconds since the epoch, UTC)."""

    not_before: float
    issue: Issue
    http_status: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Mark the row in flight; it may be sent once that is durable, at its turn, if ``pacer`` gives turns.

    ``claimed_at`` is seconds since the epoch, UTC; ``told_at`` the same moment by the clock that never jumps.
    """

    job: PendingJob
    claimed_at: float
    pacer: Pacer | None = None
    told_at: float = math.inf


@dataclass(frozen=True, slots=True)
class Record:
    """Keep what became of a row, and the attempt that told.

    ``pauses`` are paces that nobody may use for so many seconds, where the service asked for that.
    """

    job: PendingJob
    attempt: Attempt
    result: Outcome | Postponed
    finished_at: float
    pauses: Sequence[tuple[str, float]] = ()


Entry: TypeAlias = Claim | Record


@dataclass(frozen=True, slots=True)
class Claimed:
    """The claim is durable: the row may be sent, not before its turn, nor long after the claim was told.

    ``turn_at`` and ``told_at`` are monotonic seconds, ``claimed_at`` the latter's time on the wall.
    """

    job: PendingJob
    turn_at: float = -math.inf
    told_at: float = math.inf
    claimed_at: float = math.inf


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Another run has the very same message; this row is skipped, with that code."""

    job: PendingJob
    code: str


@dataclass(frozen=True, slots=True)
class LaneLost:
    """Another worker has taken the lane of this row: nothing of it is sent from here any more."""

    job: PendingJob


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The turn lies ahead and is kept for this process; the row is as it was, to be claimed when it comes."""

    job: PendingJob


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome is durable: the row counts as done. ``stop`` is what the judge of all workers' outcomes says then."""

    record: Record
    stop: object | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The ledger took no more: a claim that will not be sent, or an outcome that leaves its row in doubt."""

    entry: Entry
    error: LedgerError


News: TypeAlias = Claimed | ClaimRefused | LaneLost | TooEarly | Recorded | Lost


# ── outcomes in a row ────────────────────────────────────────────────────────────────────────────────────────────────

_MAKE = text("insert into streak (run_key, state) values (:run_key, '') on conflict (run_key) do nothing")
_KEPT = select(streak_table.c.state).where(streak_table.c.run_key == bindparam("run_key"))
_LOCKED = _KEPT.with_for_update()
_STORE = text("update streak set state = :state where run_key = :run_key")


class OutcomesInARow(Protocol):
    """Whoever counts outcomes, such as the engine's breaker; what it remembers is a text that the ledger keeps."""

    def remember(self, state: str) -> None:
        """Go on from what was kept; an empty text is the beginning."""
        ...

    @property
    def state(self) -> str:
        """What is to be kept; empty where there is nothing that a good outcome would change."""
        ...

    def note(self, outcome: Outcome, position: int, connection: str) -> object | None:
        """Count the outcome of a row; the reason to stop, if there is one."""
        ...


def count_outcomes(
    connection: Connection, run_key: int, records: Sequence[Record], in_a_row: OutcomesInARow
) -> dict[int, object]:
    """Count what became of rows; the reasons to stop, by position."""
    state = connection.execute(_KEPT, {"run_key": run_key}).scalar()
    if not state and all(isinstance(record.result, Succeeded | Postponed) for record in records):
        return {}  # as nearly always, and nobody's turn is awaited
    if state is None:
        connection.execute(_MAKE, {"run_key": run_key})
    before = str(connection.execute(_LOCKED, {"run_key": run_key}).scalar_one())
    in_a_row.remember(before)
    stops = {}
    for record in records:
        job, result = record.job, record.result
        if isinstance(result, Postponed):
            continue
        if (stop := in_a_row.note(result, job.position, job.connection)) is not None:
            stops[job.position] = stop
    if in_a_row.state != before:
        connection.execute(_STORE, {"run_key": run_key, "state": in_a_row.state})
    return stops
