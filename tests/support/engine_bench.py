"""A runner on a real ledger with a performer that says what the test wants, in a time of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.runner import Runner
from hotline_batch.engine.session import RunChoices, RunEnd
from hotline_batch.engine.worker import Performer
from hotline_batch.errors import (
    ApiError,
    CredentialsRefused,
    Delivery,
    EndpointMissing,
    NotReached,
    RateLimited,
    Redirected,
    Refused,
    Unconfirmed,
    UntrustedEndpoint,
)
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import GetTopicInfo, MessageSent, Reply, Request, SendMessage, TopicInfo
from hotline_batch.model.progress import Progress
from hotline_batch.model.runs import Run
from hotline_batch.opening_hours.week import Hours
from hotline_batch.settings.units import MaxErrors
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import hold_of

# So fast that the next request is due at the very same moment, although time stands still meanwhile.
NO_LIMIT = (10**15, 1.0)


def confirmed(request: Request) -> Reply:
    match request:
        case SendMessage(user_id, message):
            return MessageSent(f"https://t.me/c/1/{user_id}", message, "-1001", "7", {"result": "message_sent"})
        case GetTopicInfo(group_id, topic_id):
            return TopicInfo(str(group_id), str(topic_id), fields={"result": "topic_info"})


def unreachable() -> NotReached:
    return NotReached("unreachable", "The service could not be reached.", delivery=Delivery.NO)


def untrusted() -> UntrustedEndpoint:
    return UntrustedEndpoint("certificate_refused", "The certificate is not trusted.", delivery=Delivery.NO)


def refused() -> Refused:
    return Refused("api_refused", "No such user.", delivery=Delivery.NO, http_status=400)


def wrong_keys() -> CredentialsRefused:
    return CredentialsRefused("credentials_refused", "Wrong key.", delivery=Delivery.NO, http_status=403)


def missing() -> EndpointMissing:
    return EndpointMissing("endpoint_missing", "Not registered.", delivery=Delivery.NO, http_status=404)


def limited(seconds: float | None = None) -> RateLimited:
    return RateLimited("rate_limited", "Too many.", delivery=Delivery.NO, http_status=429, retry_after_seconds=seconds)


def lost(seconds: float | None = None) -> Unconfirmed:
    return Unconfirmed(
        "gateway_error", "HTTP 502", delivery=Delivery.MAYBE, http_status=502, retry_after_seconds=seconds
    )


def redirected() -> Redirected:
    return Redirected("redirected", "Elsewhere.", delivery=Delivery.MAYBE, http_status=302)


class Scripted:
    """Answers by a rule: ``rule(request, n)`` gives the error of the n-th request overall (from 1), or None for yes."""

    def __init__(self, rule: Callable[[Request, int], ApiError | None] = lambda _request, _n: None) -> None:
        self.rule = rule
        self.requests: list[Request] = []
        self.moments: list[float] = []
        self.clock: FakeClock | None = None
        self.in_flight = 0
        self.most_in_flight = 0
        self._lock = threading.Lock()

    def perform(self, request: Request, before_it_leaves: Callable[[], None] = lambda: None) -> Reply:
        self.connect()
        before_it_leaves()
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
            self.moments.append(self.clock.now if self.clock else 0.0)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            self.work()
            error = self.rule(request, number)
            if error is not None:
                raise error
            return confirmed(request)
        finally:
            with self._lock:
                self.in_flight -= 1

    def connect(self) -> None:
        """What takes time before anything leaves; a test may replace it."""

    def work(self) -> None:
        """What takes time; a test may replace it."""

    def users(self) -> list[int]:
        return [request.user_id for request in self.requests if isinstance(request, SendMessage)]


def runner_for(  # noqa: PLR0913 - a bench with every knob
    ledger: Ledger,
    run: Run,
    performers: Performer | Mapping[str, Performer],
    *,
    clock: FakeClock | None = None,
    inbox: EventQueue[Any] | None = None,
    rate: tuple[int, float] = NO_LIMIT,
    concurrency: int = 1,
    most_tries: int = 5,
    budget: MaxErrors | None = None,
    window_seconds: float = 86_400.0,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    name: str = "",
    held: Hold | None = None,
    hours: Mapping[str, Hours] | None = None,
    leaves_when_closed: bool = False,
) -> Runner:
    clock = clock or FakeClock()
    names = ledger.connections_pending(run.id)
    by_name = performers if isinstance(performers, Mapping) else dict.fromkeys(names, performers)
    for performer in by_name.values():
        if isinstance(performer, Scripted):
            performer.clock = clock
    runner = Runner(
        ledger,
        run,
        by_name,
        {connection: Pacer(*rate, name) for connection in names},
        RunChoices(
            concurrency,
            most_tries,
            budget or MaxErrors(in_a_row=10),
            window_seconds,
            hours=hours or {},
            leaves_when_closed=leaves_when_closed,
        ),
        clock=clock,
        random=Random(7),  # noqa: S311 - jitter, not cryptography
        inbox=inbox if inbox is not None else EventQueue(),
        on_progress=on_progress,
        held=held or hold_of(ledger, run.id),
    )
    clock.is_busy = lambda: bool(runner._in_flight)
    return runner


def drive(ledger: Ledger, run: Run, performers: Performer | Mapping[str, Performer], **options: Any) -> RunEnd:
    """One session of a run, from start to end."""
    return runner_for(ledger, run, performers, **options).drive()
