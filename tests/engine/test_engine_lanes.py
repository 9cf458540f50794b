"""The connections of a run: whose row is the next one."""

from __future__ import annotations

import math
from random import Random

import pytest

from hotline_batch.engine.lanes import Lane, RowQueue
from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model import SendMessage
from tests.support.fake_clock import FakeClock

NOW = 1_000.0


@pytest.fixture
def lane() -> Lane:
    jobs = [PendingJob(at, at + 2, "main", SendMessage(1001 + at, "Hello"), 0, None) for at in range(3)]
    pacer = Pacer(10, 1.0)
    return Lane(
        RowQueue(lambda after, most: jobs[after + 1 : after + 1 + most], lambda _job: NOW),
        pacer,
        Judge(pacer, 5, FakeClock(NOW), Random(1)),  # noqa: S311 - jitter
    )


def claim_one(lane: Lane) -> PendingJob:
    lane.in_flight += 1
    lane.pacer.claim_told(NOW)
    return lane.queue.take(NOW)


def test_until_all_is_known_to_be_well_rows_go_one_at_a_time(lane: Lane) -> None:
    """A wrong key meets one row, and not as many as may be in flight."""
    assert lane.due_at() <= NOW
    claim_one(lane)

    assert math.inf == lane.due_at()
    lane.judge.all_is_well()
    assert lane.due_at() < math.inf


def test_row_waits_for_its_turn_and_for_its_time(lane: Lane) -> None:
    """Whichever of both comes later."""
    lane.judge.all_is_well()
    lane.due_at()
    first = claim_one(lane)

    assert pytest.approx(NOW + lane.pacer.interval_seconds) == lane.due_at()
    lane.due_at()
    lane.queue.take(NOW)
    lane.queue.take(NOW)
    lane.queue.try_again(first, NOW + 50.0)
    assert NOW + 50.0 == lane.due_at()


def test_lane_without_rows_is_never_due(lane: Lane) -> None:
    for _ in range(3):
        lane.due_at()
        lane.queue.take(NOW)

    assert math.inf == lane.due_at()
