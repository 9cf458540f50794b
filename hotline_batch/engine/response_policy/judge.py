"""What one answer means: for its row, for everybody who waits for the same service, and for the run.

A run of bad outcomes stops it: an outage leaves three doubtful rows, not three thousand.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.response_policy.decision import (
    RetryDecision,
    StopRun,
    TryAgain,
    backoff_seconds,
    decide,
    wants_a_slower_pace,
)
from hotline_batch.errors import ApiError, EndpointMissing, LedgerError, NotReached, RateLimited, Refused
from hotline_batch.issues.issue import Issue, because_of
from hotline_batch.issues.words import issue_of, words_of
from hotline_batch.language.languages import SOURCE, reading_in
from hotline_batch.ledger.journal.entries import Postponed
from hotline_batch.ledger.pace.pacer import LONGEST_PAUSE_SECONDS, Pacer
from hotline_batch.model.jobs import Failed, Outcome, Request, Succeeded, Unknown
from hotline_batch.model.runs import Delivery
from hotline_batch.settings.units import MaxErrors

# A restart of the service shows for some seconds as "nothing registered"; these waits add up to about a minute.
_MOST_MISSING_IN_A_ROW = 6


@dataclass(frozen=True, slots=True)
class Verdict:
    """``result`` is kept for the row; ``due_at`` is when it may go again (monotonic seconds); ``stop`` ends the run."""

    result: Outcome | Postponed
    due_at: float | None = None
    stop: StopRun | None = None


class Judge:
    """Judges the answers of one connection's service, one after the other.

    ``is_well`` is whether the last answers show that the service does its work, ``was_ever_well`` whether any did.
    """

    def __init__(self, pacer: Pacer, most_tries: int, clock: Clock, random: Random) -> None:
        self.is_well = self.was_ever_well = False
        self._pacer = pacer
        self._most_tries = most_tries
        self._clock = clock
        self._random = random
        self._unreached_in_a_row = 0
        self._missing_in_a_row = 0
        self._missing_until = -math.inf

    def judge(self, request: Request, result: Succeeded | ApiError, tries: int, left_at: float) -> Verdict:
        """The verdict on the ``tries``-th try of a row in this session, whose request left at a moment (monotonic)."""
        match result:
            case Succeeded():
                self.all_is_well()
                return Verdict(result)
            case ApiError():
                decision = decide(request, result, tries, self._most_tries, self._random)
                return self._verdict(result, self._with_neighbours(result, decision, left_at))

    def _verdict(self, error: ApiError, decision: RetryDecision) -> Verdict:
        match decision:
            case TryAgain(seconds, everybody_waits):
                due_at = self._clock.monotonic() + seconds
                if everybody_waits:
                    self._pacer.pause_until(due_at)
                later = Postponed(self._clock.wall() + seconds, issue_of(error), error.http_status)
                return Verdict(later, due_at)
            case StopRun(issue, outcome_of_row):
                kept = Postponed(self._clock.wall(), issue, error.http_status)
                return Verdict(outcome_of_row or kept, stop=decision)
            case outcome:
                return Verdict(outcome)

    def _with_neighbours(self, error: ApiError, decision: RetryDecision, left_at: float) -> RetryDecision:
        """The decision about a row, seen in the light of what the rows around it met."""
        if isinstance(error, NotReached) and error.http_status is None:
            self._unreached_in_a_row += 1
            self.is_well = False
            if isinstance(decision, Failed) and self._unreached_in_a_row >= self._most_tries:
                return StopRun(because_of("unreachable", issue_of(error)))  # nobody gets through: it is not this row
            if isinstance(decision, TryAgain):
                # One cut connection is an accident. Nobody ever reached, or two in a row: it is not this row.
                is_outage = not self.was_ever_well or self._unreached_in_a_row > 1
                return replace(decision, everybody_waits=decision.everybody_waits or is_outage)
            return decision
        if error.retry_after_seconds:  # also where the run stops: it binds whoever sends next
            asked_seconds = min(error.retry_after_seconds, LONGEST_PAUSE_SECONDS)
            self._pacer.pause_until(self._clock.monotonic() + asked_seconds)
        self._unreached_in_a_row = 0
        if isinstance(error, EndpointMissing):
            return self._missing(error)
        match error:
            case Refused():
                self.all_is_well()
            case RateLimited():  # who is asked to wait was not looked at: the keys may still be wrong
                self._missing_in_a_row = 0
            case _ if error.delivery is Delivery.MAYBE:
                self._missing_in_a_row = 0
                self.is_well = False
            case _:
                pass  # turned away before anything was looked at
        if wants_a_slower_pace(error):
            self._pacer.slow_down(self._clock.monotonic(), left_at)
        return decision

    def _missing(self, error: EndpointMissing) -> RetryDecision:
        """Nothing listens: at once the end where it never did, else pauses with one probe after each."""
        now = self._clock.monotonic()
        self.is_well = False
        if now < self._missing_until:
            # It left before the pause that the first of its wave began, so it tells nothing new.
            return TryAgain(self._missing_until - now, everybody_waits=True)
        self._missing_in_a_row += 1
        if not self.was_ever_well or self._missing_in_a_row > _MOST_MISSING_IN_A_ROW:
            return StopRun(issue_of(error))
        seconds = backoff_seconds(self._missing_in_a_row, self._random)
        self._missing_until = now + seconds
        return TryAgain(seconds, everybody_waits=True)

    def all_is_well(self) -> None:
        """The service answered as it should."""
        self._unreached_in_a_row = self._missing_in_a_row = 0
        self.is_well = self.was_ever_well = True


_MOST_UNKNOWN_IN_A_ROW = 3


def _nothing_between(_first: int, _last: int) -> bool:
    return False


class Breaker:
    """Counts outcomes in the order in which they come, and says when to stop.

    Doubts are counted in a row of the run, and in a row of each connection: where one is out of order, what goes well
    through others in between says nothing about it.

    ``is_well_between`` says whether a row between two positions of the sheet is well already, from another session or
    an earlier answer: failed rows around it are not in a row. ``state`` is what it remembers, for another
    breaker of the same run to go on from.
    """

    def __init__(
        self, budget: MaxErrors, rows: int, is_well_between: Callable[[int, int], bool] = _nothing_between
    ) -> None:
        self._budget = budget
        self._is_well_between = is_well_between
        self._failed_positions: list[int] = []
        self._most_failed = math.inf if budget.share is None else max(1, math.ceil(round(budget.share * rows, 6)))
        self._unknown_in_a_row = 0
        self._unknown_by_connection: Counter[str] = Counter()
        self._failed = 0

    @property
    def state(self) -> str:
        """What it remembers, as JSON; empty at the beginning."""
        remembered = {
            "failed_positions": self._failed_positions,
            "unknown_in_a_row": self._unknown_in_a_row,
            "unknown_by_connection": self._unknown_by_connection,
            "failed": self._failed,
        }
        return (
            json.dumps({name: value for name, value in remembered.items() if value}) if any(remembered.values()) else ""
        )

    def remember(self, state: str) -> None:
        """Go on from what another breaker remembered."""
        remembered = json.loads(state) if state else {}
        self._failed_positions = list(remembered.get("failed_positions", ()))
        self._unknown_in_a_row = int(remembered.get("unknown_in_a_row", 0))
        self._unknown_by_connection = Counter(remembered.get("unknown_by_connection", {}))
        self._failed = int(remembered.get("failed", 0))

    def note(self, outcome: Outcome, position: int = 0, connection: str = "") -> StopRun | None:
        """Count the outcome of the row at a position, through a connection; the reason to stop, if there is one."""
        if not isinstance(outcome, Unknown):
            self._unknown_in_a_row = 0
            self._unknown_by_connection.pop(connection, None)
        match outcome:
            case Succeeded():
                self._failed_positions.clear()
                return None
            case Failed(issue):
                self._failed += 1
                self._failed_positions.append(position)
            case Unknown(issue):
                self._unknown_in_a_row += 1
                self._unknown_by_connection[connection] += 1
        with reading_in(SOURCE):  # as the ledger keeps it for whoever reads it
            reason = words_of(issue)
        unknown_in_a_row = max(self._unknown_in_a_row, self._unknown_by_connection[connection])
        if unknown_in_a_row >= _MOST_UNKNOWN_IN_A_ROW:
            told = f"{unknown_in_a_row} rows in a row may or may not have been delivered. The last: {reason}"
            return StopRun(Issue.worded("unknown_in_a_row", told))
        in_a_row = len(self._failed_positions)
        if self._budget.in_a_row is not None and in_a_row >= self._budget.in_a_row:
            # Asked when it matters: it is a look into the ledger.
            if not self._is_any_well_among_the_failed():
                told = f"{in_a_row} rows in a row failed (max_errors). The last: {reason}"
                return StopRun(Issue.worded("too_many_failed", told))
            self._failed_positions = [position]
        if self._failed >= self._most_failed:
            told = f"{self._failed} rows failed, as many as max_errors allows. The last: {reason}"
            return StopRun(Issue.worded("too_many_failed", told))
        return None

    def _is_any_well_among_the_failed(self) -> bool:
        try:
            return self._is_well_between(min(self._failed_positions), max(self._failed_positions))
        except LedgerError:
            return False  # then the run stops, which is right where the ledger fails
