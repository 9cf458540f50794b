"""The catalogue is sound, and faults of the connection do on the wire what their names say."""

from __future__ import annotations

import ssl

import pytest

from tests.support.service.faults import CATALOGUE, GOING_DOWN, OVER_PLAIN_OR_TLS, OVER_TLS_ONLY
from tests.support.service.faults.cuts import HANDSHAKE, TLS_CUT_ANSWERS
from tests.support.service.faults.fault import NOT_DELIVERED, Applied, Fault, Stage, Verdict
from tests.support.service.hostile_server import HostileServer, named
from tests.support.service.raw_client import (
    SILENT,
    ask,
    connect,
    listen_to,
    lookup_content,
    meet,
    request_bytes,
    send_content,
)

# ── the catalogue as a whole ──────────────────────────────────────────────────────────────────────────────────────────


def test_names_are_unique() -> None:
    """A name in a failing test points at one fault."""
    assert len(CATALOGUE) == len(OVER_PLAIN_OR_TLS) + len(OVER_TLS_ONLY) + len(GOING_DOWN)


@pytest.mark.parametrize("fault", CATALOGUE.values(), ids=str)
def test_verdict_is_sound(fault: Fault) -> None:
    """No fault that posts the message may be called undelivered, and none that does not may be called sent."""
    if fault.may_be_delivered:
        assert not fault.acceptable & NOT_DELIVERED
    if fault.applied is not Applied.YES:
        assert Verdict.SENT not in fault.acceptable
    assert fault.stops_run or Verdict.STOP is not fault.decidable


@pytest.mark.parametrize("fault", OVER_PLAIN_OR_TLS, ids=str)
def test_message_is_applied_as_the_fault_says(server: HostileServer, fault: Fault) -> None:
    """Once, never, or not before its time; and the next request is answered well."""
    heard = meet(server, fault.name)
    before_its_time = len(server.applied)
    late = server.apply_late_now()

    assert before_its_time == (fault.applied is Applied.YES)
    assert late == (fault.applied is Applied.LATER)
    assert len(server.applied) == fault.may_be_delivered
    assert heard.ending == "silent" if fault.name in SILENT else heard.ending in {"closed", "reset"}
    assert 200 == ask(server, send_content(1002)).status


@pytest.mark.parametrize("fault", [fault for fault in OVER_PLAIN_OR_TLS if fault.stage is Stage.REQUEST], ids=str)
def test_lookup_meets_the_fault_and_applies_nothing(server: HostileServer, fault: Fault) -> None:
    """Lookups suffer as messages do, except that there is nothing to apply."""
    if fault.name == "gzip_bomb":
        fault = named("gzip_garbage")
    meet(server, fault.name, lookup_content())

    assert [fault.name] == [request.fault for request in server.requests]
    assert (0, []) == (server.apply_late_now(), server.applied)


# ── before the request ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["reset_on_accept", "reset_after_head", "reset_inside_body"])
def test_reset_before_the_body_is_read(server: HostileServer, name: str) -> None:
    """RST, and the server never held the request."""
    heard = meet(server, name)

    assert ("reset", b"") == (heard.ending, heard.data)
    assert [] == server.requests


@pytest.mark.parametrize("name", ["close_on_accept", "close_after_head", "fin_without_reading"])
def test_closed_before_the_body_is_read(server: HostileServer, name: str) -> None:
    """The connection ends without a byte, and the server never held the request."""
    heard = meet(server, name)

    assert heard.ending in {"closed", "reset"}
    assert (b"", []) == (heard.data, server.requests)


def test_reset_can_be_aimed_at_the_nth_connection(server: HostileServer) -> None:
    """Faults of connections count connections."""
    server.fault_on_request(2, named("reset_on_accept"))

    assert [200, None, 200] == [ask(server).status for _ in range(3)]


def test_fault_of_heads_planned_for_a_user_strikes_after_the_body(server: HostileServer) -> None:
    """The user is known only from the body, so it is read first; nothing is applied all the same."""
    server.fault_for(1001, named("reset_after_head"))

    assert "reset" == ask(server).ending
    assert (1, []) == (len(server.requests), server.applied)


# ── no answer, or half of one ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "ending"), [("close_unanswered_applied", "closed"), ("reset_unanswered_applied", "reset")]
)
def test_unanswered(server: HostileServer, name: str, ending: str) -> None:
    """The request was read whole; then FIN, or RST."""
    heard = meet(server, name)

    assert (ending, b"", 1) == (heard.ending, heard.data, len(server.requests))


def test_late_message_is_applied_in_its_time(server: HostileServer) -> None:
    """By itself after its seconds, although the client left long before."""
    server.fault_next(named("late_apply").lasting(1.0))

    with connect(server) as connection:
        connection.sendall(request_bytes(send_content()))
        server.wait_until(lambda: len(server.requests) == 1)
    server.wait_until(lambda: len(server.applied) == 1)

    assert server.applied[0].at - server.requests[0].at >= 1.0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("half_head_applied", b"Content-Le"),
        ("half_body_applied", b"topic_link"),
        ("half_chunked_body_applied", b"topic_link"),
        ("half_body_until_close_applied", b"topic_link"),
        ("stall_in_body_applied", b"thread_id"),
        ("reset_in_answer_applied", b""),
    ],
)
def test_answer_is_cut(server: HostileServer, name: str, data: bytes) -> None:
    """Something of the good answer arrives, and not its end."""
    heard = meet(server, name)

    assert data in heard.data
    assert not heard.data.endswith((b"}", b"0\r\n\r\n"))


def test_last_chunk_is_missing(server: HostileServer) -> None:
    """The whole JSON is there, but not the end of the chunked body."""
    heard = meet(server, "no_last_chunk_applied")

    assert b'"message_sent"' in heard.body
    assert heard.body.endswith(b"}\r\n")


@pytest.mark.parametrize("name", ["slow_endless_head_applied", "slow_endless_body_applied"])
def test_bytes_trickle_without_end(server: HostileServer, name: str) -> None:
    """Each byte comes soon, the answer never."""
    server.fault_next(named(name).lasting(0.02))

    heard = ask(server, seconds=2.0)

    assert "silent" == heard.ending
    assert 3 < len(heard.data) < 200


def test_slow_answer_is_complete(server: HostileServer) -> None:
    """Byte by byte to the end."""
    heard = meet(server, "slow_but_complete")

    assert b'"result":"message_sent"' in heard.body
    assert heard.body.endswith(b"}")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("garbage_status_line_applied", b"SMTP ready"),
        ("huge_header_applied", b"a" * 70_000),
        ("too_many_headers_applied", b"X-Header-149"),
    ],
)
def test_head_is_not_http(server: HostileServer, name: str, found: bytes) -> None:
    """What a reader of HTTP must refuse."""
    assert found in meet(server, name).data


def test_stale_connection_is_closed_without_notice(server: HostileServer) -> None:
    """The answer promises keep-alive, the connection ends behind it."""
    server.fault_next(named("stale_connection"))
    with connect(server) as connection:
        connection.sendall(request_bytes(send_content(), keep_alive=True))
        heard = listen_to(connection)

    assert (200, "closed") == (heard.status, heard.ending)
    assert b"close" not in heard.head


def test_idle_connection_is_reset(server: HostileServer) -> None:
    """A whole answer, then RST."""
    server.fault_next(named("reset_idle_connection"))
    with connect(server) as connection:
        connection.sendall(request_bytes(send_content(), keep_alive=True))
        heard = listen_to(connection)

    assert (200, "reset") == (heard.status, heard.ending)


@pytest.mark.parametrize("fault", GOING_DOWN, ids=str)
def test_service_dies_at_a_request(server: HostileServer, fault: Fault) -> None:
    """The connection is reset, others are refused until it comes back."""
    server.fault_next(fault)

    first, second = ask(server), ask(server)
    server.come_back()

    assert ("reset", "refused") == (first.ending, second.ending)
    assert fault.may_be_delivered == bool(server.applied_for(1001))
    assert 200 == ask(server, send_content(1002)).status


def test_service_comes_back_by_itself(server: HostileServer) -> None:
    """After the fault's seconds."""
    server.fault_next(named("go_down_not_applied").lasting(0.01))

    ask(server)

    server.wait_until(lambda: ask(server, seconds=5.0).status == 200)


# ── TLS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", HANDSHAKE, ids=str)
def test_handshake_fails_before_a_request_byte(
    secure_server: HostileServer, trusting: ssl.SSLContext, fault: Fault
) -> None:
    """Silence, RST, FIN, garbage or plain HTTP in place of a handshake: no request arrives."""
    heard = meet(secure_server, fault.name, tls=trusting)

    assert {"handshake_silent": "silent", "handshake_reset": "reset"}.get(fault.name, "tls") == heard.ending
    assert (b"", []) == (heard.data, secure_server.requests)


@pytest.mark.parametrize("fault", TLS_CUT_ANSWERS, ids=str)
def test_tls_breaks_after_the_request(secure_server: HostileServer, trusting: ssl.SSLContext, fault: Fault) -> None:
    """The whole request was read; then bytes that no TLS layer accepts."""
    heard = meet(secure_server, fault.name, tls=trusting)

    assert ("tls", b"") == (heard.ending, heard.data)
    assert (1, fault.may_be_delivered) == (len(secure_server.requests), bool(secure_server.applied))


@pytest.mark.parametrize("name", ["reset_unanswered_applied", "close_unanswered_applied", "half_body_applied"])
def test_connection_is_cut_over_tls_too(secure_server: HostileServer, trusting: ssl.SSLContext, name: str) -> None:
    """The faults of plain connections work beneath TLS."""
    heard = meet(secure_server, name, tls=trusting)

    assert heard.ending in {"reset", "closed", "tls"}
    assert (1, 1) == (len(secure_server.requests), len(secure_server.applied))
