"""What happens to the rows of a run -> lines of the log, each with run and row; codes and figures, never a text."""

from __future__ import annotations

import logging
from typing import TypeAlias

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.engine.session import LaneTaken, StopRequested, StopTold
from hotline_batch.engine.worker import Answered, Expired
from hotline_batch.errors import ApiError
from hotline_batch.ledger.journal.entries import (
    Claim,
    Claimed,
    ClaimRefused,
    LaneLost,
    Lost,
    News,
    Postponed,
    Recorded,
    TooEarly,
)
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.model.jobs import Failed, Outcome, SendMessage, Succeeded, Unknown
from hotline_batch.model.runs import Delivery

_log = logging.getLogger(__name__)

Event: TypeAlias = News | Answered | Expired | LaneTaken | StopRequested | StopTold

_STATES = {Succeeded: "succeeded", Failed: "failed", Unknown: "unknown"}


class RunLog:
    """The log of one session of a run. Shared by threads."""

    def __init__(self, run_id: str, clock: Clock) -> None:
        self._run_id = run_id
        self._clock = clock
        self._shares: dict[str, float] = {}
        self._closed_until: float | None = None

    def happened(self, news: Event) -> None:
        """Something that a thread of the session was told."""
        if not _log.isEnabledFor(logging.INFO):
            return
        match news:
            case Claimed(job, turn_at):
                wait_seconds = max(0.0, turn_at - self._clock.monotonic())
                self._say(logging.INFO, "row claimed", job, wait_seconds=wait_seconds or None)
            case ClaimRefused(job, code):
                self._say(logging.WARNING, "claim refused", job, code=code)
            case TooEarly(job):
                self._say(logging.DEBUG, "turn awaited", job)
            case Answered():
                self._answered(news)
            case Recorded(record, _):
                self._recorded(record.job, record.result)
            case Lost(entry, error):
                told = "claim" if isinstance(entry, Claim) else "outcome"
                self._say(logging.ERROR, "ledger took no more", entry.job, entry=told, reason=error.in_english)
            case _:
                self._called_off(news)

    def _called_off(self, news: Expired | LaneLost | LaneTaken | StopRequested | StopTold) -> None:
        match news:
            case LaneLost(job):
                self._say(logging.WARNING, "claim lost", job)
            case Expired(job, code=code):
                self._say(logging.WARNING, "claim expired", job, code=code)
            case LaneTaken(name):
                self._say(logging.WARNING, "lane taken over", None, lane=name or None)
            case StopTold(code):
                self._say(logging.WARNING, "stop told", None, code=code)
            case StopRequested():
                self._say(logging.WARNING, "stop requested", None)

    def leaves(self, job: PendingJob) -> None:
        """The request of a row leaves now."""
        if _log.isEnabledFor(logging.INFO):
            request = job.request
            characters = len(request.message) if isinstance(request, SendMessage) else None
            self._say(logging.INFO, "request leaves", job, attempt=job.attempts + 1, characters=characters)

    def pace(self, job: PendingJob, wait_seconds: float, share: float) -> None:
        """After an answer that was no success: how long everybody waits, and which share of the pace is left."""
        if wait_seconds > 0 or share != self._shares.get(job.connection, 1.0):
            self._say(logging.WARNING, "pace held back", job, wait_seconds=max(0.0, wait_seconds), share=share)
        self._shares[job.connection] = share

    def closed(self, until: float) -> None:
        """The hours let nothing leave until a moment; told once."""
        if until != self._closed_until:
            self._closed_until = until
            self._say(logging.INFO, "hours awaited", None, wait_seconds=max(0.0, until - self._clock.wall()))

    def stops(self, reason: StopRun) -> None:
        """Nothing new leaves any more."""
        self._say(logging.ERROR, "run stops", None, code=reason.code)

    def _answered(self, answered: Answered) -> None:
        made, result = answered.attempt, answered.result
        cause = result.__cause__ if isinstance(result, ApiError) else None
        if cause is not None:
            extra = {"run": self._run_id, "row": answered.job.number}
            _log.error("internal error", exc_info=cause, extra=extra)
        self._say(
            logging.INFO if made.delivery is Delivery.YES else logging.WARNING,
            "answer received",
            answered.job,
            attempt=made.number,
            http_status=made.http_status,
            code=made.error_code or None,
            delivery=made.delivery,
            seconds=made.duration_seconds,
        )

    def _recorded(self, job: PendingJob, result: Outcome | Postponed) -> None:
        if isinstance(result, Postponed):
            wait_seconds = max(0.0, result.not_before - self._clock.wall())
            self._say(logging.WARNING, "row postponed", job, code=result.issue.code, wait_seconds=wait_seconds)
            return
        issue = result.warning if isinstance(result, Succeeded) else result.issue
        level = logging.INFO if isinstance(result, Succeeded) else logging.WARNING
        self._say(level, "row done", job, state=_STATES[type(result)], code=issue.code if issue else None)

    def _say(self, level: int, words: str, job: PendingJob | None, **facts: object) -> None:
        about = {"row": job.number, "connection": job.connection} if job else {}
        _log.log(level, words, extra={"run": self._run_id, **about, **facts})
