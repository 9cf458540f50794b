"""Every way in which a request can fail, on real sockets: what the client says of it is never untrue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import (
    ApiError,
    CredentialsRefused,
    Delivery,
    EndpointMissing,
    TurnedAway,
    UntrustedEndpoint,
)
from hotline_batch.ledger.pace.pacer import LONGEST_WAIT_SECONDS
from hotline_batch.model.jobs import MessageSent
from tests.support.service.certificates import Certificate, authority
from tests.support.service.faults import GOING_DOWN, OVER_PLAIN_OR_TLS, OVER_TLS_ONLY, Fault, Verdict
from tests.support.service.faults.fault import Stage
from tests.support.service.hostile_server import HostileServer

X_API_KEY, INSTANCE, API_KEY = "owner-token", "13209946874612345", "instance-key"
# Of an answer that never comes, nobody waits for the end; of any other, for as long as the machine takes.
WITHOUT_END = ("hang", "stall", "late_apply", "slow_endless", "never_reads", "handshake_silent")
SHORT_SECONDS = 0.5
SHORT_BEHIND_OTHERS_SECONDS = 3.0
"""Behind a handshake, or a request that has to be answered in that time."""
PATIENT_SECONDS = 120.0
USER = 987654321


def client_for(
    server: HostileServer, ca_file: Path | None = None, timeout_seconds: float = PATIENT_SECONDS
) -> TopicsClient:
    return TopicsClient(
        X_API_KEY,
        INSTANCE,
        API_KEY,
        endpoint=server.url,
        timeout_seconds=timeout_seconds,
        ca_file=str(ca_file) if ca_file else None,
    )


def seconds_for(fault: Fault, if_endless: float) -> float:
    """How long an answer is waited for."""
    return if_endless if fault.name.startswith(WITHOUT_END) else PATIENT_SECONDS


def verdicts_of(result: MessageSent | ApiError) -> set[Verdict]:
    """What the client's word allows the engine to do."""
    if isinstance(result, MessageSent):
        return {Verdict.SENT}
    if result.delivery is Delivery.MAYBE:
        return {Verdict.UNKNOWN}
    if isinstance(result, CredentialsRefused | UntrustedEndpoint | EndpointMissing | TurnedAway):
        return {Verdict.STOP}
    if (result.retry_after_seconds or 0) > LONGEST_WAIT_SECONDS:
        return {Verdict.STOP}
    return {Verdict.RETRY, Verdict.FAILED}


def send(client: TopicsClient) -> MessageSent | ApiError:
    try:
        return client.send_message(USER, "Status: bestätigt ✅")
    except ApiError as error:
        return error


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority().write_ca_file(path)
    return path


@pytest.fixture
def plain_server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


def assert_true_and_silent(
    result: MessageSent | ApiError, fault: Fault, server: HostileServer, requests_before: int = 0
) -> None:
    """The verdict is one that is true of the fault, one call was one request, and no key is in the words."""
    server.apply_late_now()
    applied = len(server.applied) - requests_before
    assert verdicts_of(result) & fault.acceptable, result
    assert len(server.requests) <= requests_before + 1
    assert applied <= 1
    if isinstance(result, ApiError):
        assert X_API_KEY not in repr(result)
        assert API_KEY not in repr(result)
        assert result.delivery is Delivery.MAYBE or not applied
    else:
        assert applied
        assert API_KEY not in repr(result)
        assert X_API_KEY not in repr(result)


@pytest.mark.parametrize("fault", [*OVER_PLAIN_OR_TLS, *GOING_DOWN], ids=str)
def test_what_is_said_of_a_fault_is_true(fault: Fault, plain_server: HostileServer) -> None:
    """Sent, failed and unknown are said only where they are true, and one call is one request."""
    plain_server.fault_next(fault)

    with client_for(plain_server, timeout_seconds=seconds_for(fault, SHORT_SECONDS)) as client:
        result = send(client)

    assert_true_and_silent(result, fault, plain_server)


@pytest.mark.parametrize("fault", [*OVER_PLAIN_OR_TLS, *OVER_TLS_ONLY], ids=str)
def test_over_tls_what_is_said_is_just_as_true(fault: Fault, ca_file: Path) -> None:
    """The same over HTTPS, where every failure looks different."""
    seconds = seconds_for(fault, SHORT_BEHIND_OTHERS_SECONDS)
    with HostileServer(tls=Certificate.GOOD) as server, client_for(server, ca_file, seconds) as client:
        server.fault_next(fault)

        result = send(client)

        assert_true_and_silent(result, fault, server)


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    "fault", [fault for fault in OVER_PLAIN_OR_TLS if fault.stage is not Stage.CONNECTION], ids=str
)
def test_over_a_connection_in_use_what_is_said_is_just_as_true(fault: Fault, over_tls: bool, ca_file: Path) -> None:
    """The same for a request that goes over the connection of the last one, which is a way of its own."""
    seconds, tls = seconds_for(fault, SHORT_BEHIND_OTHERS_SECONDS), Certificate.GOOD if over_tls else None
    with HostileServer(tls=tls) as server, client_for(server, ca_file, seconds) as client:
        server.fault_on_request(2, fault)
        assert isinstance(send(client), MessageSent)

        result = send(client)

        assert_true_and_silent(result, fault, server, requests_before=1)
        assert server.connections == 1


@pytest.mark.parametrize("certificate", [Certificate.EXPIRED, Certificate.WRONG_HOST, Certificate.NOT_TRUSTED], ids=str)
def test_a_certificate_that_is_not_trusted_stops_before_a_byte_is_sent(certificate: Certificate, ca_file: Path) -> None:
    """Expired, foreign or self-made: no request arrives, and the error says that it is the certificate."""
    with HostileServer(tls=certificate) as server, client_for(server, ca_file) as client:
        result = send(client)

        assert isinstance(result, UntrustedEndpoint)
        assert "certificate" in str(result)
        assert server.requests == []


def test_the_environment_cannot_change_where_a_request_goes_or_what_it_carries(
    plain_server: HostileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy variable nor a .netrc nor a CA bundle of the environment is looked at."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))

    with client_for(plain_server) as client:
        result = send(client)

    assert isinstance(result, MessageSent)
    assert plain_server.requests[0].field("authorization") == ""


def test_a_connection_is_reused_while_it_is_fresh(plain_server: HostileServer) -> None:
    """Ten messages in a row travel over one connection."""
    with client_for(plain_server) as client:
        for _ in range(10):
            send(client)

    assert len(plain_server.applied) == 10
    assert plain_server.connections == 1
