"""The connections that a worker sends through: of each its rows, its pace, and what answers say of its service."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random

from hotline_batch.engine.clock import ALWAYS_OPEN, OUTSIDE_HOURS, Clock, Gate
from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.engine.session import RunChoices
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Hold
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.pace.pacer import LONGEST_WAIT_SECONDS, Pacer
from hotline_batch.model.jobs import SendMessage, Status
from hotline_batch.model.progress import LaneProgress
from hotline_batch.model.runs import Run
from hotline_batch.opening_hours.week import ALWAYS


@dataclass(slots=True)
class OpenConnection:
    """One connection, and how many of its rows are in flight.

    Until an answer shows that all is well, and whenever the service cannot be reached, rows go one at a time: a wrong
    key or an outage meets one row and not as many as may be in flight. ``rows`` are those that this session is to do,
    ``changes`` by how much the counts of the ledger have changed in it; ``waits_for`` is the code of what slows it.
    """

    queue: RowQueue
    pacer: Pacer
    judge: Judge
    gate: Gate = ALWAYS_OPEN
    lane: str = WHOLE_RUN
    rows: int = 0
    in_flight: int = 0
    done: int = 0
    changes: Counter[Status] = field(default_factory=Counter)
    waits_for: str = ""

    def due_at(self) -> float:
        """When the next row is to be claimed (monotonic seconds); infinity while there is none."""
        if self.in_flight and not self.judge.is_well:
            return math.inf
        row_due_at = self.queue.due_at()
        if row_due_at == math.inf:
            return math.inf
        return max(row_due_at, self.pacer.claim_at(), self.gate.opens_at())

    def count(self, job: PendingJob, status: Status) -> None:
        """One more row is done."""
        self.done += 1
        self.changes[Status.UNKNOWN if job.is_in_doubt else Status.NOT_ATTEMPTED] -= 1
        self.changes[status] += 1


class OpenConnections:
    """The held connections that still have rows to send, and the ``rows`` of them that this session is to do."""

    def __init__(
        self,
        ledger: Ledger,
        run: Run,
        pacers: Mapping[str, Pacer],
        choices: RunChoices,
        clock: Clock,
        random: Random,
        hold: Hold,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._clock = clock
        self._hold = hold
        self._last_position = math.inf
        pending = ledger.pending_by_connection(run.id) if hold.pending is None else hold.pending
        if not hold.is_whole:
            pending = {name: rows for name, rows in pending.items() if name in hold.connections}
        self.rows = sum(pending.values())
        if choices.most_rows is not None and choices.most_rows < self.rows:
            self._last_position = ledger.pending_position(run.id, choices.most_rows)
            self.rows = choices.most_rows
        self._open = {
            name: OpenConnection(
                RowQueue(partial(self._read_page, name), self._due_again_at),
                pacers[name],
                Judge(pacers[name], choices.most_tries, clock, random),
                Gate(choices.hours.get(name, ALWAYS), clock),
                hold.lane_of(name),
                rows,
            )
            for name, rows in sorted(pending.items())
        }
        self._by_lane: defaultdict[str, list[OpenConnection]] = defaultdict(list)
        for found in self._open.values():
            self._by_lane[found.lane].append(found)
        self._lost: set[str] = set()

    def of(self, job: PendingJob) -> OpenConnection:
        """The connection of a row."""
        return self._open[job.connection]

    def next(self) -> tuple[float, OpenConnection | None]:
        """When the next row is to be claimed, and through which connection; infinity where there is none."""
        due_at, found = math.inf, None
        for connection in self._open.values():
            if connection.lane in self._lost:
                continue
            if (its_due_at := connection.due_at()) < due_at:
                due_at, found = its_due_at, connection
        return due_at, found

    def leave(self, lane: str) -> None:
        """Somebody else does the rest of a lane; what is on its way is awaited."""
        if lane not in self._lost:
            self._lost.add(lane)
            self.rows -= sum(found.rows - found.done - found.in_flight for found in self._by_lane[lane])

    def closed_until(self) -> float | None:
        """When the first connection with rows left opens (seconds since the epoch, UTC); None where one is open."""
        opens = math.inf
        for found in self._left():
            if (until := found.gate.closed_until()) is None:
                return None
            opens = min(opens, until)
        return opens if opens < math.inf else None

    def ends_in(self, seconds_of_work: float) -> float:
        """In how many seconds so much work is done within the hours of all connections with rows left."""
        return max((found.gate.after(seconds_of_work) for found in self._left()), default=seconds_of_work)

    def seconds_at_this_pace(self) -> float:
        """How long the rows that are left take at the present pace."""
        return max(((found.rows - found.done) * found.pacer.interval_seconds for found in self._left()), default=0.0)

    def _left(self) -> Iterator[OpenConnection]:
        return (found for found in self._open.values() if found.done < found.rows and found.lane not in self._lost)

    @property
    def are_some_left_out(self) -> bool:
        """Whether the session ends before the last row, as a canary does."""
        return self._last_position < math.inf

    @property
    def share(self) -> float:
        """The slowest present pace as a share of the allowed one."""
        return min((found.pacer.share for found in self._open.values()), default=1.0)

    @property
    def was_any_well(self) -> bool:
        """Whether any service ever did its work."""
        return any(found.judge.was_ever_well for found in self._open.values())

    def progress(self, seconds: float) -> Mapping[str, LaneProgress]:
        """How far each of the held lanes is, ``seconds`` after the session began."""
        now, wall = self._clock.monotonic(), self._clock.wall()
        told = {}
        for name, lane in self._hold.lanes.items():
            of_lane = self._by_lane.get(name)
            if not of_lane:  # nothing is left of it, which is to be known as well
                told[name] = LaneProgress(counts=lane.progress.counts)
                continue
            counts = Counter(lane.progress.counts)
            for found in of_lane:
                counts.update(found.changes)
            left = [found for found in of_lane if found.done < found.rows]
            due = [max(found.pacer.claim_at(), found.gate.opens_at()) - now for found in left]
            is_closed = bool(left) and all(found.gate.closed_until() for found in left)
            wait = min(due, default=0.0)
            rows = sum(found.rows for found in of_lane)
            told[name] = LaneProgress(
                counts={status: count for status, count in counts.items() if count},
                rows=min(rows, self.rows) if self.are_some_left_out else rows,
                done=sum(found.done for found in of_lane),
                seconds=seconds,
                pace_share=min(found.pacer.share for found in of_lane),
                waiting_until=wall + wait if wait > 0 else None,
                waiting_code=OUTSIDE_HOURS
                if is_closed
                else next((found.waits_for for found in of_lane if found.waits_for), ""),
            )
        return told

    def _read_page(self, connection: str, after: int, most: int) -> Sequence[PendingJob]:
        page = self._ledger.next_pending(self._run, connection, after, most)
        return [job for job in page if job.position <= self._last_position]

    def _due_again_at(self, job: PendingJob) -> float:
        # The clock on the wall may have been set back since: no wait is longer than one that could have been asked for.
        seconds = (job.not_before or 0.0) - self._clock.wall()
        return self._clock.monotonic() + min(max(0.0, seconds), LONGEST_WAIT_SECONDS)


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
