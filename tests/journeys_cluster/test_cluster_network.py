"""A worker whose way to the database swallows everything, for good or for a while; judged by the service's record."""

from __future__ import annotations

import pytest

from tests.support.ledgers.relay import Manner, Relay
from tests.support.processes.cluster import CONCURRENCY, Office, asleep, wait_until

ROWS = 200
LANES = 4


@pytest.mark.parametrize("comes_back", [True, False])
def test_worker_that_is_cut_off_is_replaced(office: Office, *, comes_back: bool) -> None:
    """The other one drives within seconds; the first one sends nothing anew, and serves again when it is back."""
    with (
        Relay(office.database.cluster.port) as relay,
        office.worker(ledger_port=relay.port) as one,
        office.worker() as two,
    ):
        with asleep(two):
            handed = office.hand_over(ROWS)
            office.wait_until_sent(handed, 20)
            relay.behave(Manner.SWALLOW)
        office.wait_until_driven_by(handed, two)
        if comes_back:
            relay.behave(Manner.PASS)
        office.wait_for(handed)

        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES)
        if comes_back:
            wait_until(lambda: office.serving == 2)
            again = office.hand_over(8)
            office.wait_for(again)
            assert [] == office.untruths(again)
        assert one.is_running
    assert "Traceback" not in one.said + two.said
