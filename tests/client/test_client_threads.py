"""Many threads, one client, every fault at once: the evidence of one request is never another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError, Delivery
from hotline_batch.model.jobs import MessageSent
from tests.client.test_client_delivery import verdicts_of
from tests.support.service.command_line import TOO_COSTLY_FOR_A_MIX
from tests.support.service.faults import ANSWER_WELL, OVER_PLAIN_OR_TLS, Fault
from tests.support.service.faults.fault import Stage
from tests.support.service.hostile_server import HostileServer

FIRST_USER = 1_000_001
TIMEOUT_SECONDS = 180.0
"""Forty answers in pieces, on a machine that is busy with something else."""
WITHOUT_END = ("hang", "stall", "late_apply", "slow_endless", "never_reads")
# The end of a connection may reach the client only when the next request is on its way over it.
ENDS_BEHIND = {"stale_connection", "reset_idle_connection", "unsolicited_408", "answer_twice"}
MIX = [
    replace(fault, seconds=min(fault.seconds, 0.001))
    for fault in OVER_PLAIN_OR_TLS
    if fault.stage is Stage.REQUEST
    and fault.name not in TOO_COSTLY_FOR_A_MIX | ENDS_BEHIND
    and not fault.name.startswith(WITHOUT_END)
]


@settings(max_examples=15)
@given(st.lists(st.one_of(st.just(ANSWER_WELL), st.sampled_from(MIX)), min_size=8, max_size=40), st.integers(2, 8))
def test_what_is_said_of_each_request_is_true_of_that_request(faults: list[Fault], threads: int) -> None:
    """Each user meets a fault of their own, whoever else is in flight over whichever connection."""
    with (
        HostileServer() as server,
        TopicsClient(
            "owner-token", "13209946874612345", "instance-key", endpoint=server.url, timeout_seconds=TIMEOUT_SECONDS
        ) as client,
    ):
        for number, fault in enumerate(faults):
            server.fault_for(FIRST_USER + number, fault)

        def send(number: int) -> MessageSent | ApiError:
            try:
                return client.send_message(FIRST_USER + number, f"Text of {number}")
            except ApiError as error:
                return error

        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(send, range(len(faults))))
        server.apply_late_now()

        for number, (fault, result) in enumerate(zip(faults, results, strict=True)):
            copies = server.applied_for(FIRST_USER + number)
            assert verdicts_of(result) & fault.acceptable, (fault, result)
            assert len(copies) <= 1
            assert not copies or copies == [f"Text of {number}"]
            match result:
                case MessageSent():
                    assert copies
                    assert fault is not ANSWER_WELL or copies == [result.message]
                case ApiError():
                    assert result.delivery is Delivery.MAYBE or not copies
        assert server.connections <= threads + len(faults)
