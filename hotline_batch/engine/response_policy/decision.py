"""One request, answered or failed -> an outcome, another attempt, or the end of the run: decisions that can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from hotline_batch.client.answers.confirmation import Echo, echo_of
from hotline_batch.errors import (
    ApiError,
    CredentialsRefused,
    Delivery,
    EndpointMissing,
    LedgerError,
    NotReached,
    RateLimited,
    Redirected,
    Refused,
    TurnedAway,
    UntrustedEndpoint,
)
from hotline_batch.issues.issue import Issue, because_of
from hotline_batch.issues.words import issue_of, words_of
from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.ledger.database.transactions import ConnectionToLedgerLost
from hotline_batch.ledger.pace.pacer import LONGEST_WAIT_SECONDS
from hotline_batch.model.jobs import (
    TOPIC_LINK,
    Failed,
    GetTopicInfo,
    MessageSent,
    Outcome,
    Reply,
    Request,
    SendMessage,
    Succeeded,
    Unknown,
)

_FIRST_BACKOFF_SECONDS = 1.0
_LONGEST_BACKOFF_SECONDS = 60.0
_UNAVAILABLE = 503
# Beyond what a service asked for: it may round its own clock down.
_MARGIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The row is tried again after so many seconds.

    ``everybody_waits``: the reason lies with the service and not with this row, so nobody sends meanwhile.
    """

    after_seconds: float
    everybody_waits: bool


@dataclass(frozen=True, slots=True)
class StopRun:
    """No row can succeed as things are.

    ``outcome`` is what became of this row; None: it keeps its promise for when the run goes on. ``passes``: what is in
    the way goes by itself, and only whoever met it has to wait.
    """

    issue: Issue
    outcome: Outcome | None = None
    passes: bool = False

    @property
    def code(self) -> str:
        """The code of the issue."""
        return self.issue.code

    @property
    def reason(self) -> str:
        """The issue in words, English as the ledger keeps them for whoever reads it."""
        with reading_in(SOURCE):
            return words_of(self.issue)


def stop_of_ledger(error: LedgerError) -> StopRun:
    """Nothing more is sent where the ledger failed; that passes where it is only away."""
    return StopRun(Issue.worded("ledger_failed", str(error)), passes=isinstance(error, ConnectionToLedgerLost))


RetryDecision: TypeAlias = TryAgain | StopRun | Outcome


def decide(request: Request, error: ApiError, tries: int, most_tries: int, random: Random) -> RetryDecision:
    """What happens after ``error`` on the ``tries``-th try of a row in this session.

    A service that asks for a longer pause than LONGEST_WAIT_SECONDS stops the run, whatever becomes of this row.
    """
    decision = _decide(request, error, tries, most_tries, random)
    asked_seconds = error.retry_after_seconds or 0.0
    if asked_seconds <= LONGEST_WAIT_SECONDS or isinstance(decision, StopRun):
        return decision
    issue = because_of("rate_limited_too_long", issue_of(error), minutes=math.ceil(asked_seconds / 60))
    match decision:
        case Unknown():
            return StopRun(issue, decision)
        case Failed() if isinstance(error, Refused):
            return StopRun(issue, decision)
        case _:  # the row may be tried again, so it keeps its promise for when the run goes on
            return StopRun(issue)


def _decide(request: Request, error: ApiError, tries: int, most_tries: int, random: Random) -> RetryDecision:
    if isinstance(error, CredentialsRefused | TurnedAway | UntrustedEndpoint):
        return StopRun(issue_of(error))
    if error.delivery is Delivery.MAYBE and not request.idempotent:
        unknown = Unknown(issue_of(error), error.http_status)  # a second copy is worse than a question
        return StopRun(issue_of(error), unknown) if isinstance(error, Redirected) else unknown
    if isinstance(error, Redirected):
        return StopRun(issue_of(error))
    if isinstance(error, EndpointMissing):
        return TryAgain(backoff_seconds(tries, random), everybody_waits=True)
    may_try_again = isinstance(error, NotReached | RateLimited) or error.delivery is Delivery.MAYBE
    if not may_try_again or tries >= most_tries:
        return Failed(issue_of(error), error.http_status)
    wait = error.retry_after_seconds
    return TryAgain(
        after_seconds=backoff_seconds(tries, random) if wait is None else wait + _MARGIN_SECONDS,
        everybody_waits=wants_a_slower_pace(error) or wait is not None,
    )


def wants_a_slower_pace(error: ApiError) -> bool:
    """Whether the service has too much to do: it says so, or is unavailable, which is how nginx limits by default."""
    return isinstance(error, RateLimited) or error.http_status == _UNAVAILABLE


def backoff_seconds(tries: int, random: Random) -> float:
    """Exponential, with half of it left to chance, so that many rows do not come back in step."""
    longest = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2.0 ** min(tries - 1, 30))
    return longest * (0.5 + random.random() / 2)


def succeeded(request: Request, reply: Reply) -> Succeeded:
    """The outcome of a confirmed request, with a warning where the confirmation shows something else than was sent."""
    match request:
        case GetTopicInfo():
            return Succeeded(request.link, reply.fields, reply.http_status)
        case SendMessage(_, message):
            assert isinstance(reply, MessageSent)  # noqa: S101 - the client pairs request and reply
            warning = None
            if echo_of(message, reply.message) is not Echo.SAME:
                warning = Issue("reply_differs")
            elif not TOPIC_LINK.fullmatch(reply.topic_link):
                warning = Issue("reply_without_link")
            return Succeeded(reply.topic_link, reply.fields, reply.http_status, warning)
