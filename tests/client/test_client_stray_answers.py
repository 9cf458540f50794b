"""What comes over a connection in use and is no answer to the request: nobody is called sent by it."""

from __future__ import annotations

import http.client
import json
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotline_batch.client.network import evidence as client_evidence
from hotline_batch.client.network.connections import TimedResponse
from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import Delivery, NotReached, Unconfirmed
from hotline_batch.model.jobs import Status
from tests.support.batch_bench import FIRST_USER, Bench
from tests.support.service.certificates import Certificate, authority
from tests.support.service.exchange import Exchange, render, to_json
from tests.support.service.faults import ANSWER_WELL, Applied, Fault, Verdict, named
from tests.support.service.hostile_server import HostileServer

USER = 987654321
CONFIRMATION = {"result": "message_sent", "topic_link": "https://t.me/c/2101424779/1"}
STRAY = render(200, to_json(CONFIRMATION))
READ_AT_ONCE = 8192
"""What a buffered reader asks the socket for."""


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(authority().write_ca_file(tmp_path_factory.mktemp("ca") / "ca.pem"))


@contextmanager
def served(ca_file: str, *, over_tls: bool) -> Iterator[tuple[HostileServer, TopicsClient]]:
    keys = ("owner-token", "13209946874612345", "instance-key")
    with (
        HostileServer(tls=Certificate.GOOD if over_tls else None) as server,
        TopicsClient(*keys, endpoint=server.url, ca_file=ca_file, timeout_seconds=60) as client,
    ):
        yield server, client


def writes(data: bytes | Callable[[Exchange], bytes], applied: Applied = Applied.NO) -> Fault:
    """Whatever was asked, these bytes are written at once, and the connection stays open."""

    def behave(exchange: Exchange) -> None:
        exchange.write(data if isinstance(data, bytes) else data(exchange))

    return Fault("writes", behave, Verdict.UNKNOWN, applied)


class BegunExchange(client_evidence.Exchange):
    """That of a request over a connection in use, as it is when an answer is awaited."""

    def __init__(self, reply_seconds: float) -> None:
        super().__init__(reply_seconds)
        self.stage = client_evidence.Stage.BODY_OFFERED
        self.over_used_connection = True


def fills_a_read(body: bytes) -> bytes:
    """A good answer that ends exactly where a read does, so that what follows is not read along with it."""
    return render(200, body.ljust(READ_AT_ONCE - len(render(200, body.ljust(READ_AT_ONCE))) + READ_AT_ONCE))


BOTH = pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])


@BOTH
def test_answer_before_ours_is_no_confirmation(ca_file: str, over_tls: bool) -> None:
    """A confirmation that was another's, and behind it our own error: in doubt, whatever the first one says."""
    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_on_request(2, writes(STRAY + render(500, b'{"message": "Error in workflow"}')))
        client.send_message(USER, "one")

        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "two")

        assert (Delivery.MAYBE, "reply_unexpected") == (caught.value.delivery, caught.value.code)
        assert (["one"], 1) == (server.applied_for(USER), server.connections)


@BOTH
def test_answer_behind_the_one_that_was_read_is_seen_at_the_socket_and_in_tls(ca_file: str, over_tls: bool) -> None:
    """Also where it was not read along: it waits in the kernel, or decrypted in TLS, where nobody looks for it."""
    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_on_request(2, writes(fills_a_read(to_json(CONFIRMATION)) + render(500, b"{}")))
        client.send_message(USER, "one")

        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "two")

        assert "reply_unexpected" == caught.value.code


@BOTH
@pytest.mark.parametrize("fills", [False, True], ids=["read_along", "left_behind"])
def test_first_answer_of_a_connection_is_ours_and_what_follows_is_never_read(
    ca_file: str, over_tls: bool, fills: bool
) -> None:
    """Nobody asked before, so it can be no other's. The next request goes over a new connection, to its own answer."""

    def twice(exchange: Exchange) -> bytes:
        good = fills_a_read(exchange.good_body()) if fills else render(200, exchange.good_body())
        return good + STRAY

    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_next(writes(twice, Applied.YES))
        server.fault_on_request(2, named("bad_gateway_502_not_applied"))
        first = client.send_message(USER, "one")

        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "two")

        assert ("one", "gateway_error") == (first.message, caught.value.code)
        assert (["one"], 2) == (server.applied_for(USER), server.connections)


@BOTH
@pytest.mark.parametrize("status", [204, 304])
def test_body_where_none_may_be_ends_the_connection(ca_file: str, over_tls: bool, status: int) -> None:
    """The row itself is in doubt; the next one hears its own answer, over a new connection."""
    head = f"HTTP/1.1 {status} Nothing\r\n\r\n".encode()
    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_next(writes(head + STRAY))
        with pytest.raises(Unconfirmed):
            client.send_message(USER, "one")
        server.fault_on_request(2, named("bad_gateway_502_not_applied"))

        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "two")

        assert ("gateway_error", 2) == (caught.value.code, server.connections)


@BOTH
def test_more_than_was_announced_ends_the_connection(ca_file: str, over_tls: bool) -> None:
    """A line end too many is nobody's answer; the next request stays clear of it."""
    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_next(writes(lambda exchange: render(200, exchange.good_body()) + b"\r\n", Applied.YES))
        client.send_message(USER, "one")
        client.send_message(USER, "two")

        assert (["one", "two"], 2) == (server.applied_for(USER), server.connections)


def speaking_later(may_speak: threading.Event, has_spoken: threading.Event, *, ends: bool) -> Fault:
    """A good answer, and after it something that nobody asked for, or the end of the connection."""

    def later(exchange: Exchange) -> None:
        exchange.answer(200, exchange.good_body())
        assert may_speak.wait(60)
        if ends:
            exchange.connection.close()
        else:
            exchange.write(STRAY)
        has_spoken.set()

    return Fault("later", later, Verdict.SENT, Applied.YES)


@BOTH
@pytest.mark.parametrize("ends", [False, True], ids=["speaks", "ends"])
def test_idle_connection_that_speaks_or_ends_is_left(ca_file: str, over_tls: bool, ends: bool) -> None:
    """Seen before a byte is sent, so nothing is in doubt: the next row goes over a new one, once."""
    may_speak, has_spoken = threading.Event(), threading.Event()
    later = speaking_later(may_speak, has_spoken, ends=ends)

    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_next(later)
        client.send_message(USER, "one")
        may_speak.set()
        assert has_spoken.wait(60)
        client.send_message(USER, "two")

        assert (["one", "two"], 2) == (server.applied_for(USER), server.connections)


@BOTH
@pytest.mark.parametrize("ends", [False, True], ids=["speaks", "ends"])
def test_connection_that_speaks_or_ends_before_the_request_leaves_is_left_too(
    ca_file: str, over_tls: bool, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was quiet when it was chosen. Not a byte leaves, which is proof: the row may go again."""
    may_speak, has_spoken = threading.Event(), threading.Event()
    later = speaking_later(may_speak, has_spoken, ends=ends)

    putheader = http.client.HTTPConnection.putheader

    def put_and_hear(self: http.client.HTTPConnection, header: str | bytes, *values: str | bytes | int) -> None:
        # On a slow machine there is time for it between the look and the first byte: here there always is.
        may_speak.set()
        assert has_spoken.wait(60)
        putheader(self, header, *values)

    with served(ca_file, over_tls=over_tls) as (server, client):
        server.fault_next(later)
        client.send_message(USER, "one")
        monkeypatch.setattr(http.client.HTTPConnection, "putheader", put_and_hear)

        with pytest.raises(NotReached) as caught:
            client.send_message(USER, "two")

        assert (Delivery.NO, "connection_cut_while_sending") == (caught.value.delivery, caught.value.code)
        client.send_message(USER, "two")
        assert (["one", "two"], 2) == (server.applied_for(USER), server.connections)


@pytest.mark.parametrize("behind", [b"", b"x"], ids=["end", "bytes"])
@pytest.mark.parametrize("padding", [0, READ_AT_ONCE], ids=["read_along", "left_behind"])
def test_end_of_a_connection_behind_an_answer_is_nothing_that_was_said(behind: bytes, padding: int) -> None:
    """A server may hang up as soon as it has answered: the row is sent. A single byte is something."""
    answer = fills_a_read(b"{}") if padding else render(200, b"{}")
    exchange = BegunExchange(60)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer + behind)
        theirs.shutdown(socket.SHUT_WR)
        response = TimedResponse(exchange, ours, method="POST")
        response.begin()
        response.read()

    assert bool(behind) is exchange.more_followed
    assert bool(behind) is exchange.answer_may_be_anothers


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what the other side has confirmed")
def test_answer_that_comes_before_the_request_has_arrived_is_no_answer_to_it() -> None:
    """The kernel took all of it, the other side has not: what it says meanwhile belongs to something else."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that a long request does not fit in
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(60)
        serving = threading.Thread(target=speak_without_hearing, args=(listener,))
        serving.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with TopicsClient("owner-token", "1", "instance-key", endpoint=url, timeout_seconds=60) as client:
            client.send_message(USER, "one")

            with pytest.raises(Unconfirmed) as caught:
                client.send_message(USER, "long " * 20_000)

            client.send_message(USER, "over a new connection")
        serving.join(60)
    assert (Delivery.MAYBE, "reply_unexpected") == (caught.value.delivery, caught.value.code)


def speak_without_hearing(listener: socket.socket) -> None:
    """An answer to a whole request, another one to the first bytes of the next, which stay unread; then a new guest."""
    connection, _ = listener.accept()
    with connection:
        hear(connection)
        connection.sendall(STRAY)
        select.select([connection], [], [], 60)
        connection.sendall(STRAY)
        guest, _ = listener.accept()
        with guest:
            hear(guest)
            guest.sendall(STRAY)


def hear(connection: socket.socket) -> None:
    """A whole request."""
    heard = b""
    while not heard.endswith(b"}"):
        heard += connection.recv(4096)


def test_row_whose_answer_may_be_anothers_is_in_doubt_and_stays_so(tmp_path: Path) -> None:
    """The whole program: the row is unknown, the others are sent, and neither resume nor retry sends it again."""
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url)
        for row in range(3):
            server.fault_for(FIRST_USER + row, ANSWER_WELL)
        server.fault_for(FIRST_USER + 3, writes(STRAY + render(500, b"{}")))

        summary = bench.send("abcde")
        bench.drive(summary.run)
        bench.retry(summary.run)

        assert [Status.SENT] * 3 + [Status.UNKNOWN, Status.SENT] == bench.statuses(summary.run)
        assert "reply_unexpected" == bench.records(summary.run)[3].code
        assert 5 == len(server.requests)
        assert "more came over the same connection" in json.dumps(bench.results()[3])
