"""Promises -> outcomes: one dispatcher decides, a few threads send, the journal keeps.

    dispatcher ─claim─► journal ─durable─► workers ─answer─► dispatcher ─outcome─► journal ─durable─► dispatcher

Every decision is made by the dispatcher, in one thread, from events that arrive in its inbox; so there is no lock.
A row is sent only after its claim is durable, and counts as done only after its outcome is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

from hotline_batch.engine.clock import Clock, EventQueue
from hotline_batch.engine.lanes import Lane, Lanes
from hotline_batch.engine.progress import Counts, Progress
from hotline_batch.engine.response_policy.breaker import Breaker
from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.engine.run_log import RunLog
from hotline_batch.engine.session import CANARY, RunChoices, RunEnd, StopRequested
from hotline_batch.engine.worker import Answered, Performer, Workers, attempt
from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.holds import Hold
from hotline_batch.ledger.journal.entries import (
    Claim,
    Claimed,
    ClaimRefused,
    Lost,
    News,
    Postponed,
    Record,
    Recorded,
    TooEarly,
)
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model import Failed, Kind, Outcome, Run, RunState, Status, Succeeded, Unknown

_TELL_EVERY_SECONDS = 1.0
# How long a ledger that says nothing is waited for, once a person has asked once or twice to stop.
_HURRY_SECONDS = {1: 5.0, 2: 1.0}


Event: TypeAlias = Answered | ClaimRefused | TooEarly | Recorded | Lost | StopRequested


class Runner:
    """Drives one session of a run to its end."""

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
        on_progress: Callable[[Progress], None],
        held: Hold | None = None,
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
        self._lanes = Lanes(ledger, run, pacers, choices, clock, random)
        self._breaker = Breaker(choices.error_budget, run.rows, self._is_well_between)
        self._counts = Counts(self._lanes.rows, clock, on_progress)
        self._tries: Counter[int] = Counter()
        self._due: dict[int, float] = {}
        self._in_flight: dict[int, PendingJob] = {}
        self._returned: set[int] = set()
        self._stop: StopRun | None = None
        self._interrupts = 0

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
        )
        with self._workers, journal:
            self._dispatch(journal)
        return self._end()

    def _take_news(self, news: News) -> None:
        match news:
            case Claimed():
                self._log.happened(news)
                self._workers.put(news)
            case _:
                self._inbox.put(news)

    def _send(self, claimed: Claimed) -> None:
        """In a thread of the workers: the request of a row leaves when it is its turn."""
        job, now = claimed.job, self._clock.monotonic()
        pacer = self._lanes.of(job).pacer
        while (leaves_at := pacer.leave_at(claimed.turn_at, now)) > now:
            self._clock.wait_until(leaves_at)
            now = self._clock.monotonic()
        self._log.leaves(job)
        self._inbox.put(attempt(job, self._performers[job.connection], self._clock))

    # ── the dispatcher ───────────────────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self, journal: Journal) -> None:
        while self._interrupts < 2:
            due_at, lane = self._next_due()
            if lane is None and not self._in_flight:
                return
            is_full = len(self._in_flight) - len(self._returned) >= self._choices.concurrency
            wait_seconds = math.inf if is_full else max(0.0, due_at - self._clock.monotonic())
            if lane is not None and not wait_seconds:
                self._claim_next(lane, journal)
            else:
                self._tell(waiting_seconds=wait_seconds if wait_seconds < math.inf else 0.0)
            event = self._clock.receive(self._inbox, min(wait_seconds, _TELL_EVERY_SECONDS))
            while event is not None:
                self._take_in(event, journal)
                event = None if self._inbox.is_empty else self._clock.receive(self._inbox, 0.0)
        while (answer := self._clock.receive(self._inbox, 0.0)) is not None:
            self._take_in(answer, journal)  # nobody waits any longer, but what has been answered is kept

    def _next_due(self) -> tuple[float, Lane | None]:
        if self._stop or self._interrupts:
            return math.inf, None
        try:
            return self._lanes.next()
        except LedgerError as error:
            self._stop_for(StopRun(Issue.worded("ledger_failed", str(error))))
            return math.inf, None

    def _claim_next(self, lane: Lane, journal: Journal) -> None:
        now = self._clock.monotonic()
        job = lane.queue.take(now)
        lane.in_flight += 1
        lane.pacer.claim_told(now)
        self._in_flight[job.position] = job
        self._tries[job.position] += 1
        journal.tell(Claim(job, self._clock.wall(), lane.pacer, now))

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
            case Recorded(Record(job, _, result)):
                self._note(self._land(job), job, result)
            case ClaimRefused(job):
                self._count(self._land(job), job, Status.SKIPPED)
            case TooEarly(job):  # it goes first when the turn comes
                self._tries[job.position] -= 1
                self._land(job).queue.try_again(job, self._clock.monotonic())
            case Lost(entry, error):
                self._land(entry.job)
                self._stop_for(StopRun(Issue.worded("ledger_failed", str(error))))
            case StopRequested():
                self._interrupts += 1
                journal.hurry(_HURRY_SECONDS[min(self._interrupts, 2)])
        self._tell(waiting_seconds=0.0)

    def _land(self, job: PendingJob) -> Lane:
        del self._in_flight[job.position]
        self._returned.discard(job.position)
        lane = self._lanes.of(job)
        lane.in_flight -= 1
        return lane

    def _judge(self, answered: Answered) -> Record:
        job, lane = answered.job, self._lanes.of(answered.job)
        verdict = lane.judge.judge(job.request, answered.result, self._tries[job.position], answered.left_at)
        if verdict.due_at is not None:
            self._due[job.position] = verdict.due_at
        self._stop_for(verdict.stop)
        wait_seconds = lane.pacer.paused_until - self._clock.monotonic()
        self._log.pace(job, wait_seconds, lane.pacer.share)
        pause = (lane.pacer.name, wait_seconds) if lane.pacer.name and wait_seconds > 0 else None
        return Record(job, answered.attempt, verdict.result, self._clock.wall(), pause)

    def _note(self, lane: Lane, job: PendingJob, result: Outcome | Postponed) -> None:
        match result:
            case Postponed():
                due_at = self._due.pop(job.position, self._clock.monotonic())
                lane.queue.try_again(replace(job, attempts=job.attempts + 1), due_at)
                return
            case Succeeded():
                lane.judge.all_is_well()
                self._count(lane, job, Status.SENT if self._run.kind is Kind.SEND else Status.ENRICHED)
            case Failed():
                self._count(lane, job, Status.FAILED)
            case Unknown():
                self._count(lane, job, Status.UNKNOWN)
        self._stop_for(self._breaker.note(result, job.position))

    def _stop_for(self, reason: StopRun | None) -> None:
        """The first reason counts."""
        if reason and not self._stop:
            self._stop = reason
            self._log.stops(reason)

    def _is_well_between(self, first: int, last: int) -> bool:
        try:
            return self._ledger.is_well_between(self._run.id, first, last)
        except LedgerError:
            return False  # then the run stops, which is right where the ledger fails

    def _count(self, lane: Lane, job: PendingJob, status: Status) -> None:
        self._counts.add(status)
        self._tries.pop(job.position, None)
        lane.queue.settle(job)

    def _tell(self, *, waiting_seconds: float) -> None:
        if self._counts.is_due():
            stopping = bool(self._stop or self._interrupts)
            self._counts.tell(waiting_seconds=waiting_seconds, pace=self._lanes.share, stopping=stopping)

    def _end(self) -> RunEnd:
        seconds, is_done = self._counts.seconds, self._counts.is_complete
        if self._interrupts and not is_done:
            return RunEnd(RunState.INTERRUPTED, seconds, "interrupted", "Stopped by a person.")
        if self._stop and not is_done:
            return RunEnd(RunState.STOPPED, seconds, self._stop.code, self._stop.reason, self._lanes.was_any_well)
        if self._lanes.are_some_left_out:
            reason = f"The first {self._lanes.rows} rows are done, and a person is to look at them (canary)."
            return RunEnd(RunState.STOPPED, seconds, CANARY, reason)
        return RunEnd(RunState.FINISHED, seconds)
