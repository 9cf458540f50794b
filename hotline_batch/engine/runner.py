"""Promises -> outcomes: one dispatcher decides, a few threads send, the journal keeps.

    dispatcher ─claim─► journal ─durable─► workers ─answer─► dispatcher ─outcome─► journal ─durable─► dispatcher

Every decision is made by the dispatcher, in one thread, from events that arrive in its inbox; so there is no lock.
A row is sent only after its claim is durable, and counts as done only after its outcome is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

from hotline_batch.engine.breaker import Breaker
from hotline_batch.engine.clock import Clock
from hotline_batch.engine.event_queue import EventQueue
from hotline_batch.engine.judge import Judge
from hotline_batch.engine.lane import Lane
from hotline_batch.engine.progress import Progress, Teller
from hotline_batch.engine.retry_policy import LONGEST_WAIT_SECONDS, StopRun
from hotline_batch.engine.run_log import RunLog
from hotline_batch.engine.senders import Senders
from hotline_batch.engine.session import CANARY, RunChoices, RunEnd
from hotline_batch.engine.stop import StopRequested
from hotline_batch.engine.throttle import Throttle
from hotline_batch.engine.worker import Answered, Performer, attempt
from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
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
from hotline_batch.ledger.workers.holds import Hold
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
        throttles: Mapping[str, Throttle],
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
        self._log = RunLog(run.id, clock.wall)
        self._senders = Senders(choices.concurrency, self._send)
        self._inbox = inbox
        self._lanes = {
            name: Lane(throttles[name], partial(self._next_pending, name), self._due_again_at)
            for name in ledger.connections_pending(run.id)
        }
        self._only_lane = next(iter(self._lanes.values())) if len(self._lanes) == 1 else None
        self._judges = {name: Judge(lane, choices.most_tries, clock, random) for name, lane in self._lanes.items()}
        self._rows = ledger.pending_rows(run.id)
        self._last_position = math.inf
        if choices.most_rows is not None and choices.most_rows < self._rows:
            self._last_position = ledger.pending_position(run.id, choices.most_rows)
            self._rows = choices.most_rows
        self._breaker = Breaker(choices.error_budget, run.rows, self._is_well_between)
        self._counts: Counter[Status] = Counter()
        self._tries: Counter[int] = Counter()
        self._due: dict[int, float] = {}
        self._in_flight: dict[int, PendingJob] = {}
        self._returned: set[int] = set()
        self._stop: StopRun | None = None
        self._interrupts = 0
        self._started = clock.monotonic()
        self._teller = Teller(self._rows, clock, on_progress)

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
        with self._senders, journal:
            self._dispatch(journal)
        return self._end()

    def _next_pending(self, connection: str, after: int, most: int) -> Sequence[PendingJob]:
        page = self._ledger.next_pending(self._run, connection, after, most)
        return [job for job in page if job.position <= self._last_position]

    def _take_news(self, news: News) -> None:
        match news:
            case Claimed():
                self._log.happened(news)
                self._senders.put(news)
            case _:
                self._inbox.put(news)

    # ── the dispatcher ───────────────────────────────────────────────────────────────────────────────────────────────

    def _dispatch(self, journal: Journal) -> None:
        while self._interrupts < 2:
            seconds = self._seconds_to_next()
            if seconds is None and not self._in_flight:
                return
            full = len(self._in_flight) - len(self._returned) >= self._choices.concurrency
            if seconds is not None and seconds <= 0 and not full:
                self._send_next(journal)
                wait: float | None = 0.0
            else:
                wait = None if seconds is None or full else seconds
                self._tell(waiting_seconds=0.0 if full else seconds or 0.0)
            slice_seconds = _TELL_EVERY_SECONDS if wait is None else min(wait, _TELL_EVERY_SECONDS)
            event = self._clock.receive(self._inbox, slice_seconds)
            while event is not None:
                self._take_in(event, journal)
                event = None if self._inbox.is_empty else self._clock.receive(self._inbox, 0.0)
        while (answer := self._clock.receive(self._inbox, 0.0)) is not None:
            self._take_in(answer, journal)  # nobody waits any longer, but what has been answered is kept

    def _seconds_to_next(self) -> float | None:
        if self._stop or self._interrupts:
            return None
        try:
            if self._only_lane:
                due = self._only_lane.due_at()
            else:
                due = min((lane.due_at() for lane in self._lanes.values()), default=math.inf)
        except LedgerError as error:
            self._stop_for(StopRun(Issue.worded("ledger_failed", str(error))))
            return None
        return None if due == math.inf else due - self._clock.monotonic()

    def _send_next(self, journal: Journal) -> None:
        now = self._clock.monotonic()
        lane = self._only_lane or min(self._lanes.values(), key=Lane.due_at)
        job = lane.take(now)
        self._in_flight[job.position] = job
        self._tries[job.position] += 1
        journal.tell(Claim(job, self._clock.wall(), lane.throttle.pace))

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
                self._land(job)
                self._note(job, result)
            case ClaimRefused(job):
                self._land(job).throttle.give_back(self._clock.monotonic())
                self._count(job, Status.SKIPPED)
            case TooEarly(job, at):
                self._wait_for_turn(job, at)
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
        lane = self._lanes[job.connection]
        lane.in_flight -= 1
        return lane

    def _judge(self, answered: Answered) -> Record:
        job = answered.job
        verdict = self._judges[job.connection].judge(answered, self._tries[job.position])
        if verdict.due_at is not None:
            self._due[job.position] = verdict.due_at
        self._stop_for(verdict.stop)
        throttle = self._lanes[job.connection].throttle
        wait_seconds = throttle.paused_until - self._clock.monotonic()
        self._log.pace(job, wait_seconds, throttle.pace_share)
        pause = (throttle.name, wait_seconds) if throttle.name and wait_seconds > 0 else None
        return Record(job, answered.attempt, verdict.result, self._clock.wall(), pause)

    def _wait_for_turn(self, job: PendingJob, at: float) -> None:
        """The next turn lies ahead and is kept for this process: this row goes first when it comes."""
        lane = self._land(job)
        self._tries[job.position] -= 1
        lane.throttle.wait_for_turn(at)
        lane.try_again(job, at)

    def _note(self, job: PendingJob, result: Outcome | Postponed) -> None:
        lane = self._lanes[job.connection]
        match result:
            case Postponed():
                made = job._replace(attempts=job.attempts + 1)
                lane.try_again(made, self._due.pop(job.position, self._clock.monotonic()))
                return
            case Succeeded():
                self._judges[job.connection].all_is_well()
                self._count(job, Status.SENT if self._run.kind is Kind.SEND else Status.ENRICHED)
            case Failed():
                self._count(job, Status.FAILED)
            case Unknown():
                self._count(job, Status.UNKNOWN)
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

    def _count(self, job: PendingJob, status: Status) -> None:
        self._counts[status] += 1
        self._tries.pop(job.position, None)
        self._lanes[job.connection].settle(job)

    # ── the workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, claimed: Claimed) -> None:
        job, wait_seconds = claimed
        if wait_seconds:
            self._clock.wait(wait_seconds)
        self._log.leaves(job)
        self._inbox.put(attempt(job, self._performers[job.connection], self._clock))

    # ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _due_again_at(self, job: PendingJob) -> float:
        # The clock on the wall may have been set back since: no wait is longer than one that could have been asked for.
        seconds = (job.not_before or 0.0) - self._clock.wall()
        return self._clock.monotonic() + min(max(0.0, seconds), LONGEST_WAIT_SECONDS)

    def _tell(self, *, waiting_seconds: float) -> None:
        if not self._teller.is_due():
            return
        self._teller.tell(
            self._counts,
            waiting_seconds=waiting_seconds,
            pace=min((lane.throttle.pace_share for lane in self._lanes.values()), default=1.0),
            stopping=bool(self._stop or self._interrupts),
        )

    def _end(self) -> RunEnd:
        seconds = self._clock.monotonic() - self._started
        is_done = self._counts.total() >= self._rows
        if self._interrupts and not is_done:
            return RunEnd(RunState.INTERRUPTED, seconds, "interrupted", "Stopped by a person.")
        if self._stop and not is_done:
            reached = any(lane.was_ever_well for lane in self._lanes.values())
            return RunEnd(RunState.STOPPED, seconds, self._stop.code, self._stop.reason, reached)
        if self._last_position < math.inf:
            return RunEnd(RunState.STOPPED, seconds, CANARY, f"The first {self._rows} rows are done (--canary).")
        return RunEnd(RunState.FINISHED, seconds)
