"""What the journal is told, and the news that it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.ledger.pace import Pace
from hotline_batch.model import Attempt, Outcome


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not an outcome: the row is pending again, due at ``not_before`` (seconds since the epoch, UTC)."""

    not_before: float
    issue: Issue
    http_status: int | None


class Claim(NamedTuple):
    """Mark the row in flight; it may be sent once that is durable.

    It leaves at its ``pace``, which is shared with other processes where it has a name.
    """

    job: PendingJob
    claimed_at: float
    pace: Pace | None = None


class Record(NamedTuple):
    """Keep what became of a row, and the attempt that told.

    ``pause`` is a pace that nobody may use for so many seconds, where the service asked for that.
    """

    job: PendingJob
    attempt: Attempt
    result: Outcome | Postponed
    finished_at: float
    pause: tuple[str, float] | None = None


Entry: TypeAlias = Claim | Record


class Claimed(NamedTuple):
    """The claim is durable: the row may be sent, in ``wait_seconds``."""

    job: PendingJob
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ClaimRefused:
    """Another run has the very same message; this row is skipped."""

    job: PendingJob


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The turn lies ahead and is kept for this process; the row is as it was, to be claimed ``at`` (monotonic)."""

    job: PendingJob
    at: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome is durable: the row counts as done."""

    record: Record


@dataclass(frozen=True, slots=True)
class Lost:
    """The ledger took no more: a claim that will not be sent, or an outcome that leaves its row in doubt."""

    entry: Entry
    error: LedgerError


News: TypeAlias = Claimed | ClaimRefused | TooEarly | Recorded | Lost
