"""Promises -> outcomes: one dispatcher decides, a few threads send, the journal keeps.

    dispatcher ─claim─► journal ─durable─► workers ─answer─► dispatcher ─outcome─► journal ─durable─► dispatcher

Every decision is made by the dispatcher, in one thread, from events that arrive in its inbox; so there is no lock.
A row is sent only after its claim is durable, and counts as done only after its outcome is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random

from hotline_batch.client.network.evidence import Withheld
from hotline_batch.engine.clock import OUTSIDE_HOURS, Clock, EventQueue
from hotline_batch.engine.departure import Departure
from hotline_batch.engine.open_connections import OpenConnection, OpenConnections
from hotline_batch.engine.progress import OnProgress, Reporter
from hotline_batch.engine.response_policy.decision import StopRun, stop_of_ledger
from hotline_batch.engine.response_policy.judge import Breaker
from hotline_batch.engine.run_log import Event, RunLog
from hotline_batch.engine.session import (
    CANARY,
    HANDED_BACK,
    LaneTaken,
    RunChoices,
    RunEnd,
    StopReasons,
    StopRequested,
    StopTold,
    canary_reason,
)
from hotline_batch.engine.worker import Answered, Expired, Performer, Workers, attempt
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.journal.entries import (
    Claim,
    Claimed,
    ClaimRefused,
    LaneLost,
    Lost,
    News,
    Postponed,
    Record,
    Recorded,
    TooEarly,
)
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import Failed, Kind, Outcome, Status, Succeeded, Unknown
from hotline_batch.model.runs import Run, RunState

# How long a ledger that says nothing is waited for, once a person has asked once or twice to stop.
_HURRY_SECONDS = {1: 5.0, 2: 1.0}
_TELL_EVERY_SECONDS = 1.0
# While nothing may leave for hours, the clock on the wall is looked at so often: it may be set, or go on in sleep.
_LOOK_WHILE_CLOSED_SECONDS = 10.0
_LONGEST_WAIT_WITH_LANES_SECONDS = 60.0


class Runner:
    """Drives one session of those lanes of a run that are ``held`` to its end."""

    def __init__(  # noqa: PLR0913 - all but the first five are named
        self,
        ledger: Ledger,
        run: Run,
        performers: Mapping[str, Performer],
        pacers: Mapping[str, Pacer],
        choices: RunChoices,
        *,
        clock: Clock,
        random: Random,
        inbox: EventQueue[Event],
        on_progress: OnProgress,
        held: Hold,
    ) -> None:
        self._ledger = ledger
        self._held = held
        self._run = run
        self._performers = performers
        self._choices = choices
        self._clock = clock
        self._log = RunLog(run.id, clock)
        self._workers = Workers(choices.concurrency, self._send)
        self._inbox = inbox
        self._connections = OpenConnections(ledger, run, pacers, choices, clock, random, held)
        self._departure = Departure(held, self._connections, clock)
        self._breaker = Breaker(choices.error_budget, run.rows, partial(ledger.is_well_between, run.id))
        self._reporter = Reporter(self._connections, held, clock, on_progress)
        self._tries: Counter[int] = Counter()
        self._due: dict[int, float] = {}
        self._in_flight: dict[int, PendingJob] = {}
        self._returned: set[int] = set()
        self._reasons = StopReasons()
        self._has_company = not held.is_whole

    def drive(self) -> RunEnd:
        """Send what is due until nothing is left, a breaker opens or a person stops it."""
        guard_seconds = self._choices.duplicate_window_seconds if self._run.kind is Kind.SEND else 0.0
        # Whatever another run sent since this one was planned counts, however long ago that is.
        guard_since = min(self._clock.wall() - guard_seconds, self._run.created_at) if guard_seconds else math.inf
        journal = Journal(
            self._ledger,
            self._run.id,
            guard_since,
            self._take_news,
            self._clock.wall,
            self._clock.monotonic,
            held=self._held,
            identities=self._run.notes.identities if self._run.kind is Kind.SEND else {},
            in_a_row=self._breaker if self._has_company else None,
        )
        self._held.listen(
            lambda wish: self._inbox.put(StopTold(wish.code, wish.reason)),
            lambda name: self._inbox.put(LaneTaken(name)),
        )
        with self._departure, self._workers, journal:
            self._dispatch(journal)
        self._reporter.publish()
        return self._end()

    def _take_news(self, news: News) -> None:
        if isinstance(news, Claimed):
            self._log.happened(news)
            self._workers.put(news)
        else:
            self._inbox.put(news)

    def _send(self, claimed: Claimed) -> None:
        """In a thread of the workers: the request of a row leaves when it is its turn."""
        job, now = claimed.job, self._clock.monotonic()
        connection = self._connections.of(job)
        while (leaves_at := connection.pacer.leave_at(claimed.turn_at, now)) > now:
            self._clock.wait_until(leaves_at)
            now = self._clock.monotonic()
        try:
            self._departure.check(claimed)
        except Withheld as withheld:
            self._inbox.put(Expired(job, self._clock.wall(), withheld.code))
            return
        self._log.leaves(job)
        check_again = partial(self._departure.check, claimed)
        self._inbox.put(attempt(job, self._performers[job.connection], self._clock, check_again))

    # ── the dispatcher ───────────────────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self, journal: Journal) -> None:
        while self._reasons.interrupts < 2:
            due_at, connection = self._next_due()
            if connection is None and not self._in_flight:
                return
            is_full = len(self._in_flight) - len(self._returned) >= self._choices.concurrency
            wait_seconds = math.inf if is_full else max(0.0, due_at - self._clock.monotonic())
            if connection is not None and not wait_seconds:
                self._claim_next(connection, journal)
            else:
                until_next = wait_seconds if wait_seconds < math.inf else 0.0
                self._reporter.tell(waiting_seconds=until_next, stopping=self._reasons.is_any)
            event = self._receive(wait_seconds)
            while event is not None:
                self._take_in(event, journal)
                event = None if self._inbox.is_empty else self._clock.receive(self._inbox, 0.0)
        while (answer := self._clock.receive(self._inbox, 0.0)) is not None:
            self._take_in(answer, journal)  # nobody waits any longer, but what has been answered is kept

    def _receive(self, seconds: float) -> Event | None:
        """The next event; None after so long, or a little sooner: also while the hours let nothing leave."""
        is_idle = not self._in_flight and not self._reasons.is_any
        closed_until = self._connections.closed_until() if seconds and is_idle else None
        if closed_until is None:
            return self._clock.receive(self._inbox, min(seconds, _TELL_EVERY_SECONDS))
        began = self._clock.monotonic()
        self._log.closed(closed_until)
        is_long = closed_until - self._clock.wall() > _LONGEST_WAIT_WITH_LANES_SECONDS
        if is_long and self._choices.leaves_when_closed:
            return StopTold(HANDED_BACK, "")
        event = self._clock.receive(self._inbox, min(seconds, _LOOK_WHILE_CLOSED_SECONDS))
        self._reporter.was_closed(self._clock.monotonic() - began)
        return event

    def _next_due(self) -> tuple[float, OpenConnection | None]:
        if not self._reasons.is_any:
            try:
                return self._connections.next()
            except LedgerError as error:
                self._stop_for(stop_of_ledger(error))
        return math.inf, None

    def _claim_next(self, connection: OpenConnection, journal: Journal) -> None:
        now = self._clock.monotonic()
        job = connection.queue.take(now)
        connection.in_flight += 1
        connection.pacer.claim_told(now)
        self._in_flight[job.position] = job
        self._tries[job.position] += 1
        journal.tell(Claim(job, self._clock.wall(), connection.pacer, now))

    def _take_in(self, event: Event, journal: Journal) -> None:
        self._log.happened(event)
        match event:
            case Answered(job, made, Succeeded() as outcome):
                # Nothing to decide. A claim that is told from here on stands behind this outcome in the journal, so
                # the next row may be claimed in the very commit that keeps it: never more are in flight at once.
                journal.tell(Record(job, made, outcome, self._clock.wall()))
                self._returned.add(job.position)
            case Answered():
                journal.tell(self._judge(event))
            case Expired(job, code=code):
                self._tries[job.position] -= code == OUTSIDE_HOURS
                journal.tell(event.as_record())
            case Recorded(Record(job, _, result), stop):
                self._note(self._land(job), job, result, stop)
            case ClaimRefused(job):
                self._count(self._land(job), job, Status.SKIPPED)
            case LaneLost(job):
                self._connections.leave(self._land(job).lane)
            case LaneTaken(name):
                self._connections.leave(name)
            case TooEarly(job):  # it goes first when the turn comes
                self._tries[job.position] -= 1
                self._land(job).queue.try_again(job, self._clock.monotonic())
            case Lost(entry, error):
                self._land(entry.job)
                self._stop_for(stop_of_ledger(error))
            case StopRequested():
                self._reasons.interrupts += 1
                journal.hurry(_HURRY_SECONDS[min(self._reasons.interrupts, 2)])
            case StopTold():
                self._reasons.heed(event)
        self._reporter.tell(waiting_seconds=0.0, stopping=self._reasons.is_any)

    def _land(self, job: PendingJob) -> OpenConnection:
        del self._in_flight[job.position]
        self._returned.discard(job.position)
        connection = self._connections.of(job)
        connection.in_flight -= 1
        return connection

    def _judge(self, answered: Answered) -> Record:
        job, connection = answered.job, self._connections.of(answered.job)
        verdict = connection.judge.judge(job.request, answered.result, self._tries[job.position], answered.left_at)
        if verdict.due_at is not None:
            self._due[job.position] = verdict.due_at
        self._stop_for(verdict.stop)
        wait_seconds = connection.pacer.paused_until - self._clock.monotonic()
        is_held_back = wait_seconds > 0 or connection.pacer.share < 1
        connection.waits_for = answered.attempt.error_code if is_held_back else ""
        self._log.pace(job, wait_seconds, connection.pacer.share)
        pauses = [(name, wait_seconds) for name in connection.pacer.paused_names] if wait_seconds > 0 else []
        return Record(job, answered.attempt, verdict.result, self._clock.wall(), pauses)

    def _note(
        self, connection: OpenConnection, job: PendingJob, result: Outcome | Postponed, stop: object | None
    ) -> None:
        match result:
            case Postponed():
                due_at = self._due.pop(job.position, self._clock.monotonic())
                connection.queue.try_again(replace(job, attempts=job.attempts + 1), due_at)
                return
            case Succeeded():
                connection.judge.all_is_well()
                connection.waits_for = connection.waits_for if connection.pacer.share < 1 else ""
                self._count(connection, job, Status.SENT if self._run.kind is Kind.SEND else Status.ENRICHED)
            case Failed():
                self._count(connection, job, Status.FAILED)
            case Unknown():
                self._count(connection, job, Status.UNKNOWN)
        if not self._has_company:
            stop = self._breaker.note(result, job.position, job.connection)
        self._stop_for(stop if isinstance(stop, StopRun) else None)

    def _stop_for(self, reason: StopRun | None) -> None:
        """The first reason counts."""
        if reason and not self._reasons.stop:
            self._reasons.stop = reason
            self._log.stops(reason)
            if self._has_company and not reason.passes:
                self._held.stop_others(reason.code, reason.reason)

    def _count(self, connection: OpenConnection, job: PendingJob, status: Status) -> None:
        self._reporter.add(status)
        self._tries.pop(job.position, None)
        connection.count(job, status)
        connection.queue.settle(job)

    def _end(self) -> RunEnd:
        seconds, is_done = self._reporter.seconds, self._reporter.is_complete
        early = self._reasons.end(seconds, reached_anything=self._connections.was_any_well)
        if early and not is_done:
            return early
        if self._connections.are_some_left_out:
            return RunEnd(RunState.STOPPED, seconds, CANARY, canary_reason(self._connections.rows))
        return RunEnd(RunState.FINISHED, seconds)
