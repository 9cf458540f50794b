"""The rows of one connection on their way out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.engine.open_connections import RowQueue
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.model.jobs import GetTopicInfo, SendMessage


class Table:
    """Pending rows by position, and how far they were read."""

    def __init__(self, users: Sequence[int], not_before: float | None = None) -> None:
        self.users = users
        self.not_before = not_before
        self.read = 0

    def page(self, after: int, most: int) -> list[PendingJob]:
        positions = range(after + 1, min(after + 1 + most, len(self.users)))
        self.read = max(self.read, positions.stop)
        return [self.job(position) for position in positions]

    def job(self, position: int) -> PendingJob:
        request = SendMessage(self.users[position], f"Message {position}")
        return PendingJob(position, position + 2, "main", request, 0, self.not_before)


def queue_over(table: Table) -> RowQueue:
    return RowQueue(table.page, lambda job: job.not_before or 0.0)


@given(
    users=st.lists(st.integers(1, 4), min_size=1, max_size=60),
    chooser=st.randoms(use_true_random=False),
    concurrency=st.integers(1, 8),
)
def test_the_rows_of_a_user_keep_their_order_and_every_row_comes_once(users: list[int], chooser, concurrency) -> None:
    """Under any interleaving of answers and retries, and never two of a user at once."""
    rows, now = queue_over(Table(users)), 0.0
    out: list[PendingJob] = []
    finished: list[int] = []
    retried = 0

    while len(finished) < len(users):
        due = rows.due_at()
        if len(out) < concurrency and due < math.inf and (not out or chooser.random() < 0.6):
            now = max(now, due)
            job = rows.take(now)
            assert job.request.user_id not in [other.request.user_id for other in out]
            out.append(job)
            continue
        job = out.pop(chooser.randrange(len(out)))
        if retried < 50 and chooser.random() < 0.3:
            retried += 1
            rows.try_again(job, now + chooser.random())
        else:
            rows.settle(job)
            finished.append(job.position)

    assert sorted(finished) == list(range(len(users)))
    for user in set(users):
        of_user = [position for position in finished if users[position] == user]
        assert sorted(of_user) == of_user


def test_a_sheet_of_one_user_is_not_read_whole() -> None:
    """100,000 rows for one user: only some pages wait in memory, and all come in order."""
    table = Table([7] * 100_000)
    rows = queue_over(table)

    for position in range(3_000):
        rows.due_at()
        job = rows.take(float(position))
        rows.settle(job)
        assert position == job.position
        assert table.read <= position + 2_000


def test_other_users_go_on_while_one_waits_for_a_retry() -> None:
    """A row that waits holds back its own user alone."""
    rows = queue_over(Table([1, 1, 2, 3]))
    rows.due_at()
    first = rows.take(0.0)
    rows.try_again(first, 100.0)

    taken = []
    for now in (1.0, 2.0):
        assert rows.due_at() <= now
        taken.append(rows.take(now).position)

    assert [2, 3] == taken
    assert 100.0 == rows.due_at()


def test_a_due_retry_goes_before_new_rows() -> None:
    rows = queue_over(Table([1, 2, 3]))
    rows.due_at()
    first = rows.take(0.0)
    rows.try_again(first, 5.0)

    rows.due_at()

    assert first == rows.take(5.0)


def test_rows_postponed_in_an_earlier_session_wait_for_their_time() -> None:
    rows = queue_over(Table([1, 2], not_before=50.0))

    assert 50.0 == rows.due_at()


def test_look_ups_of_one_topic_need_no_order() -> None:
    """They hold nothing back, and nothing is kept of them."""
    job = PendingJob(0, 2, "main", GetTopicInfo(1, 2), 0, None)
    rows = RowQueue(lambda after, _most: [job, job] if after < 0 else [], lambda _job: 0.0)

    rows.due_at()
    rows.take(0.0)

    assert rows.due_at() < math.inf


def test_an_empty_queue_is_never_due() -> None:
    assert math.inf == queue_over(Table([])).due_at()
