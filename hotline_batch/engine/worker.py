"""Claimed rows -> requests -> what they came to: a few threads, each of which sends one row after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hotline_batch.client.network.evidence import Withheld
from hotline_batch.engine.clock import Clock
from hotline_batch.engine.response_policy.decision import succeeded
from hotline_batch.errors import ApiError, SettingsError, Unconfirmed
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import api_error
from hotline_batch.language.words import words
from hotline_batch.ledger.journal.entries import Claimed, Postponed, Record
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.model.jobs import Attempt, Reply, Request, Succeeded
from hotline_batch.model.runs import Delivery
from hotline_batch.next_step import NextStep, step


class Performer(Protocol):
    """Whoever performs one request: the client of a connection."""

    def perform(self, request: Request, before_it_leaves: Callable[[], None]) -> Reply:
        """The reply, or ApiError; Withheld, which ``before_it_leaves`` raises, where nothing may leave any more."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What one request came to; ``left_at`` is monotonic seconds."""

    job: PendingJob
    attempt: Attempt
    result: Succeeded | ApiError
    left_at: float


CLAIM_EXPIRED = "claim_expired"
"""The code of a row that did not leave since its worker gave no sign of life for too long."""


@dataclass(frozen=True, slots=True)
class Expired:
    """Nothing left, for the time that has passed since the row was claimed: ``claim_expired``, so that nobody knows
    whose row it is by now, or ``outside_hours``.
    """

    job: PendingJob
    at: float
    code: str

    def as_record(self) -> Record:
        """What the ledger keeps: an attempt that sent nothing; the row is to be sent."""
        issue = Issue(self.code)
        made = Attempt(self.job.attempts + 1, self.at, 0.0, None, issue.code, Delivery.NO)
        return Record(self.job, made, Postponed(self.at, issue, None), self.at)


def attempt(
    job: PendingJob, performer: Performer, clock: Clock, before_it_leaves: Callable[[], None]
) -> Answered | Expired:
    """Perform the row's request, once; what ``before_it_leaves`` withholds has expired.

    Never raises: an error of our own leaves the row in doubt, not the run in ruins.
    """
    started_at, left_at = clock.wall(), clock.monotonic()
    result: Succeeded | ApiError
    try:
        result = succeeded(job.request, performer.perform(job.request, before_it_leaves))
    except Withheld as withheld:
        return Expired(job, clock.wall(), withheld.code)
    except ApiError as error:
        result = error
    except Exception as error:  # noqa: BLE001 - see above
        issue = Issue("internal_error", parameters={"kind": type(error).__name__})
        result = api_error(Unconfirmed, issue, Delivery.MAYBE)
        result.__cause__ = error
    made = Attempt(
        number=job.attempts + 1,
        started_at=started_at,
        duration_seconds=clock.monotonic() - left_at,
        http_status=result.http_status,
        error_code=result.code if isinstance(result, ApiError) else "",
        delivery=result.delivery if isinstance(result, ApiError) else Delivery.YES,
    )
    return Answered(job, made, result, left_at)


class Workers:
    """So many threads that ``send`` claimed rows; use it as a context manager.

    Nobody waits for them at its end: what is on its way then may take as long as the service lets it.
    """

    def __init__(self, count: int, send: Callable[[Claimed], None]) -> None:
        self._work: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._send = send
        self._threads = [threading.Thread(target=self._send_what_comes, daemon=True) for _ in range(count)]

    def __enter__(self) -> Workers:
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError:
            self.__exit__()
            raise SettingsError(
                words(
                    "This machine has no room for {threads} requests in flight. Nothing left.",
                    threads=len(self._threads),
                ),
                step(NextStep.LOWER_CONCURRENCY),
            ) from None
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in self._threads:
            self._work.put(None)

    def put(self, claimed: Claimed) -> None:
        """Let a claimed row leave; returns at once."""
        self._work.put(claimed)

    def _send_what_comes(self) -> None:
        while (claimed := self._work.get()) is not None:
            self._send(claimed)
