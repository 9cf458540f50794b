"""The rows of one connection -> the one that is due next, each user's in the order of the sheet."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count

from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.model.jobs import SendMessage

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
