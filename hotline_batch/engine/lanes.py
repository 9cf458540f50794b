"""The connections of a run: of each its rows, its pace, and what the answers say of its service."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

from hotline_batch.engine.clock import Clock
from hotline_batch.engine.response_policy.decision import LONGEST_WAIT_SECONDS
from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.engine.row_queue import RowQueue
from hotline_batch.engine.session import RunChoices
from hotline_batch.ledger.ledger import Ledger, PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model import Run


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
