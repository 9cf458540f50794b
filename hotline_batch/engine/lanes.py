"""The connections of a run: of each its rows in their order, its pace, and what the answers say of its service."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.response_policy.decision import LONGEST_WAIT_SECONDS
from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.engine.session import RunChoices
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model import Run, SendMessage

_ROWS_A_PAGE = 256
# Rows that wait for an earlier row of the same user. A sheet of one user's rows must not be read whole into memory.
_MOST_HELD = 1_024


class RowQueue:
    """Hands out the due rows of one connection; all times are monotonic seconds.

    ``read_page(after, most)`` gives the next pending rows beyond a position; reading ahead is not claiming.
    ``due_again_at(job)`` is when a row that was postponed may go again. No row is given while an earlier row of the
    same user is under way or waits for a retry.
    """

    def __init__(
        self, read_page: Callable[[int, int], Sequence[PendingJob]], due_again_at: Callable[[PendingJob], float]
    ) -> None:
        self._read_page = read_page
        self._due_again_at = due_again_at
        self._ready: deque[PendingJob] = deque()
        self._retries: list[tuple[float, int, PendingJob]] = []
        self._held: dict[int, deque[PendingJob]] = {}
        self._held_rows = 0
        self._after = -1
        self._is_read_to_the_end = False
        self._ticket = count()

    def due_at(self) -> float:
        """When the next row is due: minus infinity for a new one, infinity while there is none."""
        self._fill()
        if self._ready:
            return -math.inf
        return self._retries[0][0] if self._retries else math.inf

    def take(self, now: float) -> PendingJob:
        """The next due row; a retry that is due goes before new rows. Call only once one is due."""
        if self._retries and self._retries[0][0] <= now:
            return heapq.heappop(self._retries)[2]
        return self._ready.popleft()

    def settle(self, job: PendingJob) -> None:
        """The row is done with: the next row of that user may go."""
        user = _user_of(job)
        held = self._held.get(user) if user is not None else None
        if user is None or held is None:
            return
        if held:
            self._held_rows -= 1
            self._ready.append(held.popleft())
        else:
            del self._held[user]

    def try_again(self, job: PendingJob, due_at: float) -> None:
        """The row comes back at ``due_at``; later rows of that user wait for it."""
        heapq.heappush(self._retries, (due_at, next(self._ticket), job))

    def _fill(self) -> None:
        while not self._ready and not self._is_read_to_the_end and self._held_rows < _MOST_HELD:
            page = self._read_page(self._after, _ROWS_A_PAGE)
            self._is_read_to_the_end = len(page) < _ROWS_A_PAGE
            for job in page:
                self._after = job.position
                self._admit(job)

    def _admit(self, job: PendingJob) -> None:
        user = _user_of(job)
        if user is not None and user in self._held:
            self._held[user].append(job)
            self._held_rows += 1
            return
        if user is not None:
            self._held[user] = deque()
        if job.not_before is None:
            self._ready.append(job)
        else:
            self.try_again(job, self._due_again_at(job))


def _user_of(job: PendingJob) -> int | None:
    return job.request.user_id if isinstance(job.request, SendMessage) else None


@dataclass(slots=True)
class Lane:
    """One connection, and how many of its rows are in flight.

    Until an answer shows that all is well, and whenever the service cannot be reached, rows go one at a time: a wrong
    key or an outage meets one row and not as many as may be in flight.
    """

    queue: RowQueue
    pacer: Pacer
    judge: Judge
    in_flight: int = 0

    def due_at(self) -> float:
        """When the next row is to be claimed (monotonic seconds); infinity while there is none."""
        if self.in_flight and not self.judge.is_well:
            return math.inf
        row_due_at = self.queue.due_at()
        return row_due_at if row_due_at == math.inf else max(row_due_at, self.pacer.claim_at())


class Lanes:
    """All connections that still have rows to send, and the ``rows`` that this session is to do."""

    def __init__(
        self, ledger: Ledger, run: Run, pacers: Mapping[str, Pacer], choices: RunChoices, clock: Clock, random: Random
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._clock = clock
        self.rows = ledger.pending_rows(run.id)
        self._last_position = math.inf
        if choices.most_rows is not None and choices.most_rows < self.rows:
            self._last_position = ledger.pending_position(run.id, choices.most_rows)
            self.rows = choices.most_rows
        self._lanes = {
            name: Lane(
                RowQueue(partial(self._read_page, name), self._due_again_at),
                pacers[name],
                Judge(pacers[name], choices.most_tries, clock, random),
            )
            for name in ledger.connections_pending(run.id)
        }

    def of(self, job: PendingJob) -> Lane:
        """The lane of a row."""
        return self._lanes[job.connection]

    def next(self) -> tuple[float, Lane | None]:
        """When the next row is to be claimed, and of which lane; infinity where there is none."""
        due_at, found = math.inf, None
        for lane in self._lanes.values():
            if (lane_due_at := lane.due_at()) < due_at:
                due_at, found = lane_due_at, lane
        return due_at, found

    @property
    def are_some_left_out(self) -> bool:
        """Whether the session ends before the last row, as a canary does."""
        return self._last_position < math.inf

    @property
    def share(self) -> float:
        """The slowest present pace as a share of the allowed one."""
        return min((lane.pacer.share for lane in self._lanes.values()), default=1.0)

    @property
    def was_any_well(self) -> bool:
        """Whether any service ever did its work."""
        return any(lane.judge.was_ever_well for lane in self._lanes.values())

    def _read_page(self, connection: str, after: int, most: int) -> Sequence[PendingJob]:
        page = self._ledger.next_pending(self._run, connection, after, most)
        return [job for job in page if job.position <= self._last_position]

    def _due_again_at(self, job: PendingJob) -> float:
        # The clock on the wall may have been set back since: no wait is longer than one that could have been asked for.
        seconds = (job.not_before or 0.0) - self._clock.wall()
        return self._clock.monotonic() + min(max(0.0, seconds), LONGEST_WAIT_SECONDS)
