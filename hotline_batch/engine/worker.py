"""One claimed row -> one request -> what it came to."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.outcome import succeeded
from hotline_batch.errors import ApiError, Unconfirmed
from hotline_batch.issues.api_errors import api_error
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.model import Attempt, Delivery, Reply, Request, Succeeded


class Performer(Protocol):
    """Whoever performs one request: the client of a connection."""

    def perform(self, request: Request) -> Reply:
        """The reply, or ApiError."""
        ...


class Answered(NamedTuple):
    """A worker's news: what one request came to."""

    job: PendingJob
    attempt: Attempt
    result: Succeeded | ApiError


def attempt(job: PendingJob, performer: Performer, clock: Clock) -> Answered:
    """Perform the row's request, once.

    Never raises: an error of our own leaves the row in doubt, not the run in ruins.
    """
    started_at, started = clock.wall(), clock.monotonic()
    result: Succeeded | ApiError
    try:
        result = succeeded(job.request, performer.perform(job.request))
    except ApiError as error:
        result = error
    except Exception as error:  # noqa: BLE001 - see above
        issue = Issue("internal_error", parameters={"kind": type(error).__name__})
        result = api_error(Unconfirmed, issue, Delivery.MAYBE)
        result.__cause__ = error
    made = Attempt(
        number=job.attempts + 1,
        started_at=started_at,
        duration_seconds=clock.monotonic() - started,
        http_status=result.http_status,
        error_code=result.code if isinstance(result, ApiError) else "",
        delivery=result.delivery if isinstance(result, ApiError) else Delivery.YES,
    )
    return Answered(job, made, result)
