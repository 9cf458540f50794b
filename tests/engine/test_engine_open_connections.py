"""The connections of a run: whose row is the next one."""

from __future__ import annotations

import math
from random import Random

import pytest

from hotline_batch.engine.open_connections import OpenConnection, RowQueue
from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import SendMessage
from tests.support.fake_clock import FakeClock

NOW = 1_000.0


@pytest.fixture
def connection() -> OpenConnection:
    jobs = [PendingJob(at, at + 2, "main", SendMessage(1001 + at, "Hello"), 0, None) for at in range(3)]
    pacer = Pacer(10, 1.0)
    return OpenConnection(
        RowQueue(lambda after, most: jobs[after + 1 : after + 1 + most], lambda _job: NOW),
        pacer,
        Judge(pacer, 5, FakeClock(NOW), Random(1)),  # noqa: S311 - jitter
    )


def claim_one(connection: OpenConnection) -> PendingJob:
    connection.in_flight += 1
    connection.pacer.claim_told(NOW)
    return connection.queue.take(NOW)


def test_until_all_is_known_to_be_well_rows_go_one_at_a_time(connection: OpenConnection) -> None:
    """A wrong key meets one row, and not as many as may be in flight."""
    assert connection.due_at() <= NOW
    claim_one(connection)

    assert math.inf == connection.due_at()
    connection.judge.all_is_well()
    assert connection.due_at() < math.inf


def test_row_waits_for_its_turn_and_for_its_time(connection: OpenConnection) -> None:
    """Whichever of both comes later."""
    connection.judge.all_is_well()
    connection.due_at()
    first = claim_one(connection)

    assert pytest.approx(NOW + connection.pacer.interval_seconds) == connection.due_at()
    connection.due_at()
    connection.queue.take(NOW)
    connection.queue.take(NOW)
    connection.queue.try_again(first, NOW + 50.0)
    assert NOW + 50.0 == connection.due_at()


def test_lane_without_rows_is_never_due(connection: OpenConnection) -> None:
    for _ in range(3):
        connection.due_at()
        connection.queue.take(NOW)

    assert math.inf == connection.due_at()
