"""The engine, the ledger and the real client against a service that misbehaves: every row tells the truth."""

from __future__ import annotations

from random import Random

import pytest

from hotline_batch.client.topics import TopicsClient
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, SendMessage
from hotline_batch.model.runs import RunState
from hotline_batch.settings.units import MaxErrors
from tests.support.engine_bench import drive
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import add_run, messages, records, settle_left, states
from tests.support.service.faults import CATALOGUE, Fault, Stage, Verdict
from tests.support.service.hostile_server import HostileServer
from tests.support.service.judge import Claim, complaints

# Faults that cost more than a moment of real time, or that only say "stop" or "wait a day".
_MOMENTARY = [
    fault
    for fault in CATALOGUE.values()
    if fault.stage is Stage.REQUEST
    and not fault.stops_run
    and not fault.name.startswith(("hang", "late", "slow", "trickle", "stall", "go_down", "poison", "tls", "never"))
    and fault.acceptable & {Verdict.SENT, Verdict.UNKNOWN, Verdict.RETRY, Verdict.FAILED}
    and fault.seconds <= 1.0
]


def client_of(server: HostileServer) -> TopicsClient:
    return TopicsClient("owner-token", "13209946874612345", "instance-key", endpoint=server.url, timeout_seconds=60.0)


def claims(ledger: Ledger) -> list[Claim]:
    return [
        Claim(row.request.user_id, row.request.message, row.status(Kind.SEND).value)
        for row in records(ledger, "r")
        if isinstance(row.request, SendMessage)
    ]


@pytest.mark.parametrize(("concurrency", "seed"), [(1, 1), (8, 2)])
def test_amid_faults_of_every_kind_each_row_tells_the_truth(ledger: Ledger, concurrency: int, seed: int) -> None:
    """Every third user meets a fault at the first request: no message twice, none lost, none called failed falsely.

    The run stops at three doubtful rows in a row and is taken up again until all rows are done.
    """
    run = add_run(ledger, "r", messages(120))
    with HostileServer() as server, client_of(server) as client:
        for user in range(1001, 1121, 3):
            server.fault_for(user, Random(seed * 10_000 + user).choice(_MOMENTARY))  # noqa: S311 - which fault

        for _ in range(40):
            end = drive(ledger, run, client, concurrency=concurrency, budget=MaxErrors(), clock=FakeClock())
            settle_left(ledger, "r", 1.0)
            if end.state is RunState.FINISHED:
                break

        assert RunState.FINISHED is end.state
        assert {} == server.duplicates()
        assert [] == complaints(claims(ledger), server.applied, most_unknown=40)
        assert "pending" not in states(ledger, "r")


def test_wrong_keys_meet_the_service_once_with_thirty_two_allowed_in_flight(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(100))

    with HostileServer() as server:
        with TopicsClient("wrong", "13209946874612345", "wrong", endpoint=server.url, timeout_seconds=60.0) as client:
            end = drive(ledger, run, client, concurrency=32)

        assert 1 == len(server.requests)
    assert (RunState.STOPPED, "credentials_refused") == (end.state, end.stop_code)
    assert ["pending"] * 100 == states(ledger, "r")


def test_a_service_that_is_down_from_the_start_leaves_every_row_to_be_done(ledger: Ledger) -> None:
    run = add_run(ledger, "r", messages(30))
    with HostileServer() as server, client_of(server) as client:
        server.go_down()

        down = drive(ledger, run, client, concurrency=8)
        left = states(ledger, "r")
        server.come_back()
        up = drive(ledger, run, client, concurrency=8)

        assert ["pending"] * 30 == left
        assert (RunState.STOPPED, "unreachable") == (down.state, down.stop_code)
        assert RunState.FINISHED is up.state
        assert 30 == len(server.applied)
        assert {} == server.duplicates()


@pytest.mark.parametrize(
    "fault", [fault for fault in _MOMENTARY if fault.acceptable == {Verdict.UNKNOWN}][::5], ids=str
)
def test_an_outage_in_the_middle_costs_three_doubtful_rows(ledger: Ledger, fault: Fault) -> None:
    """From the tenth request on nothing is confirmed: three rows in doubt, none of them sent a second time later."""
    run = add_run(ledger, "r", messages(40))
    with HostileServer() as server, client_of(server) as client:
        for number in range(10, 60):
            server.fault_on_request(number, fault)

        drive(ledger, run, client)
        during = states(ledger, "r")
        server.heal()
        drive(ledger, run, client)

        assert ["succeeded"] * 9 + ["unknown"] * 3 + ["pending"] * 28 == during
        assert ["succeeded"] * 9 + ["unknown"] * 3 + ["succeeded"] * 28 == states(ledger, "r")
        assert {} == server.duplicates()
        assert [] == complaints(claims(ledger), server.applied, most_unknown=3)
