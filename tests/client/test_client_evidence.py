"""How far a request came, shown by raw sockets: what is not there whole cannot have been delivered."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from urllib3.connection import HTTPConnection
from urllib3.util import connection as urllib3_connection

from hotline_batch.client.network.connections import TimedResponse, Watched, WatchedHTTPConnection
from hotline_batch.client.network.evidence import Exchange as Evidence
from hotline_batch.client.network.transport import MOST_ANSWER_BYTES, trust
from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError, Delivery, NotReached, Refused, Unconfirmed
from hotline_batch.model.jobs import MessageSent
from tests.support.proxy import Proxy
from tests.support.service.certificates import Certificate, authority
from tests.support.service.exchange import Exchange, render, to_json
from tests.support.service.faults import Applied, Fault, Verdict
from tests.support.service.hostile_server import HostileServer

USER = 987654321
LONG = "x" * 30_000_000
"""More than the kernels of both sides hold together."""
CONFIRMATION = to_json({"result": "message_sent", "topic_link": "https://t.me/c/2101424779/1"})


def client_for(url: str, **options: object) -> TopicsClient:
    return TopicsClient("owner-token", "13209946874612345", "instance-key", endpoint=url, **options)  # type: ignore[arg-type]  # as they are


@contextmanager
def raw_service(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a service that does this with each connection, one after the other."""

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(60)


def read_head(connection: socket.socket) -> None:
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(1024)


def read_all(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(1 << 20):
            pass


def test_long_message_arrives_whole() -> None:
    """The kernel takes it in many pieces; none is lost, none comes twice."""
    text = "Статус " * 500_000
    with HostileServer() as server, client_for(server.url) as client:
        with pytest.raises(Refused, match="too long"):
            client.send_message(USER, text)

        assert [text] == [request.content["message"] for request in server.requests]


def test_message_of_which_the_last_byte_never_left_is_not_delivered() -> None:
    """Nobody reads, so the write runs out of time: no doubt, for no server can act on half a JSON object."""
    is_over = threading.Event()
    with raw_service(lambda _connection: bool(is_over.wait(120))) as url:  # type: ignore[arg-type,return-value]  # waits
        with client_for(url, timeout_seconds=0.3) as client, pytest.raises(NotReached) as caught:
            client.send_message(USER, LONG)
        is_over.set()

    assert (Delivery.NO, "connection_cut_while_sending") == (caught.value.delivery, caught.value.code)


def test_body_in_pieces_has_one_head_and_ends_with_its_last_piece() -> None:
    """The libraries hand it over whole; if they ever should not, what is said of it is still true."""
    with raw_service(read_all) as url:
        connection = WatchedHTTPConnection("127.0.0.1", int(url.split(":")[2].strip("/")), timeout=10)
        connection.connect()
        with connection.sock as ours:  # type: ignore[union-attr]  # connected
            connection.sock = recorded = Recorded(ours)  # type: ignore[assignment]  # send is all that is asked of it
            connection.exchange = exchange = Evidence(10)
            connection.send(b"POST / HTTP/1.1\r\n\r\n")
            connection.send(b"{")
            recorded.is_broken = True
            with pytest.raises(BrokenPipeError):
                connection.send(b"}")

    assert b"POST / HTTP/1.1\r\n\r\n{" == recorded.written
    assert Delivery.NO is exchange.delivery_if_it_failed


class Recorded:
    """A socket that takes what is written until it is broken."""

    def __init__(self, sock: socket.socket) -> None:
        self.fileno = sock.fileno
        self.is_broken = False
        self.written = b""

    def send(self, data: memoryview) -> int:
        if self.is_broken:
            raise BrokenPipeError
        self.written += data
        return len(data)


def test_error_of_our_own_while_the_body_leaves_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the kernel took the last byte is not known then; here it did."""
    send = socket.socket.send

    def send_and_break(self: socket.socket, *arguments: object) -> int:
        send(self, *arguments)  # type: ignore[arg-type]  # passed on as they are
        raise MemoryError

    with HostileServer() as server, client_for(server.url) as client:
        monkeypatch.setattr(socket.socket, "send", send_and_break)
        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "one")
        monkeypatch.undo()

        server.wait_until(lambda: server.applied_for(USER) == ["one"])
        client.send_message(USER, "two")
        assert (Delivery.MAYBE, 2) == (caught.value.delivery, server.connections)


@pytest.mark.parametrize(
    ("answer", "kind", "delivery"),
    [
        (render(413, b"Too large"), Refused, Delivery.NO),
        (render(500, b"{}"), NotReached, Delivery.NO),
        (render(200, CONFIRMATION), Unconfirmed, Delivery.MAYBE),
    ],
    ids=["refusal", "error", "confirmation"],
)
def test_answer_before_the_whole_request_was_there(answer: bytes, kind: type[ApiError], delivery: Delivery) -> None:
    """A refusal counts; an error delivered nothing; a confirmation of what never arrived is none."""

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    with raw_service(serve) as url, client_for(url, timeout_seconds=120) as client, pytest.raises(kind) as caught:
        client.send_message(USER, LONG)

    assert delivery is caught.value.delivery


@pytest.mark.parametrize(
    "interim",
    [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n" * 3,
     b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 199 Wait\r\nContent-Length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"],
    ids=["hints", "several", "mixed"],
)  # fmt: skip
def test_interim_answers_are_passed_over(interim: bytes) -> None:
    """The final one is read as if it had come alone, and the connection goes on."""

    def behave(exchange: Exchange) -> None:
        exchange.write(interim + render(201, exchange.good_body()))

    with HostileServer() as server, client_for(server.url) as client:
        server.fault_next(Fault("interim", behave, Verdict.SENT, Applied.YES), 2)
        replies = [client.send_message(USER, text) for text in ("one", "two")]

        assert [("one", 201), ("two", 201)] == [(reply.message, reply.http_status) for reply in replies]
        assert 1 == server.connections


def test_switch_of_protocols_is_final() -> None:
    """Nobody asked for it, and nothing that we could read follows: in doubt at once, not after the time-out."""

    def behave(exchange: Exchange) -> None:
        exchange.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        exchange.hang()

    with HostileServer() as server, client_for(server.url, timeout_seconds=300) as client:
        server.fault_next(Fault("switch", behave, Verdict.UNKNOWN, seconds=300))
        started = time.monotonic()
        with pytest.raises(Unconfirmed):
            client.send_message(USER, "one")

    assert time.monotonic() - started < 150


@pytest.mark.parametrize("more", [0, 1])
def test_longest_answer_that_is_read(more: int) -> None:
    """A megabyte is; one byte more is no answer of this service."""

    def behave(exchange: Exchange) -> None:
        exchange.answer(200, exchange.good_body().ljust(MOST_ANSWER_BYTES + more))

    with HostileServer() as server, client_for(server.url) as client:
        server.fault_next(Fault("long", behave, Verdict.SENT, Applied.YES))
        if not more:
            assert "one" == client.send_message(USER, "one").message
            return
        with pytest.raises(Unconfirmed) as caught:
            client.send_message(USER, "one")

    assert ("reply_unreadable", True) == (caught.value.code, "longer" in caught.value.reason)


def test_every_read_has_only_what_is_left_until_the_deadline() -> None:
    """A pause within the time-out behind every piece would else make the answer as late as it has pieces."""
    waits: list[float | None] = []

    class Recording(socket.socket):
        def settimeout(self, value: float | None) -> None:
            waits.append(value)
            super().settimeout(value)

    ours, theirs = socket.socketpair()
    exchange = Evidence(60)
    with Recording(fileno=ours.detach()) as recording, theirs:
        response = TimedResponse(exchange, recording, method="POST")
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        response.begin()
        exchange.answer_deadline -= 50
        theirs.sendall(b"{}")
        response.read()
        exchange.answer_deadline -= 50
        late = TimedResponse(exchange, recording, method="POST")
        exchange.answer_deadline -= 100
        with pytest.raises(TimeoutError, match="not complete in time"):
            late.begin()
        late.close()

    assert 50 < (waits[0] or 0) <= 60
    assert 0 < (waits[1] or 0) <= 10


def test_proxy_that_drips_its_answer_for_ever_ends_at_the_time_limit() -> None:
    """Each byte comes in time, the tunnel does not: not reached, and nothing of the request has left."""

    never = threading.Event()

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        with suppress(OSError):
            for _ in range(100_000):
                connection.sendall(b"X: 1\r\n")
                never.wait(0.02)

    started = time.monotonic()
    with (
        raw_service(serve) as proxy,
        client_for("https://127.0.0.1:9/", proxy=proxy, timeout_seconds=0.4) as client,
        pytest.raises(NotReached) as caught,
    ):
        client.send_message(USER, "one")

    assert (Delivery.NO, True) == (caught.value.delivery, time.monotonic() - started < 60)


def test_connection_made_anew_owes_nothing_to_the_one_before() -> None:
    """What followed the first answer of a new connection leaves that answer ours, whatever went on before."""

    def twice(exchange: Exchange) -> None:
        exchange.write(render(200, exchange.good_body()) * 2)

    with HostileServer() as server, client_for(server.url) as client:
        for text in ("one", "two"):
            server.fault_next(Fault("twice", twice, Verdict.SENT, Applied.YES))
            assert text == client.send_message(USER, text).message

        assert ([1, 2], ["one", "two"]) == (
            [request.connection for request in server.requests], server.applied_for(USER),
        )  # fmt: skip


def test_a_connection_is_used_again_only_behind_a_whole_answer_and_soon() -> None:
    """Whoever suspended the machine meanwhile: the server's clock went on."""
    exchange = Evidence(30.0)
    not_ended = exchange.leaves_usable(60.0)
    exchange.end()

    assert (not_ended, exchange.leaves_usable(60.0), exchange.leaves_usable(0.0)) == (False, True, False)
    exchange.ended_wall -= 61.0
    assert not exchange.leaves_usable(60.0)
    exchange.ended_wall += 122.0
    assert exchange.leaves_usable(60.0)
    for spoilt in ("answered_too_early", "more_followed"):
        stray = Evidence(30.0, **{spoilt: True})
        stray.end()
        assert not stray.leaves_usable(60.0)


def test_nobody_is_trusted_besides_those_of_the_file(tmp_path: Path) -> None:
    """The libraries add the public authorities to whom we trust, if they are let."""
    ca_file = str(authority().write_ca_file(tmp_path / "ca.pem"))
    with HostileServer(tls=Certificate.GOOD) as server, client_for(server.url, ca_file=ca_file) as client:
        client.send_message(USER, "one")

    assert 1 == len(trust(ca_file).get_ca_certs())
    assert trust(ca_file) is trust(ca_file)


def test_proxy_toward_a_service_without_tls_is_told_the_whole_address() -> None:
    """Without a tunnel it knows from the first line alone where the request is to go."""
    heads: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        heads.append(connection.recv(65_536))
        connection.sendall(render(200, CONFIRMATION))

    with raw_service(serve) as proxy, client_for("http://127.0.0.1:9/hook?of=us", proxy=proxy) as client:
        client.send_message(USER, "one")

    assert heads[0].startswith(b"POST http://127.0.0.1:9/hook?of=us HTTP/1.1\r\n")


def test_through_a_proxy_no_piece_of_a_request_waits_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nagle's algorithm, which the library leaves on toward proxies, would hold the end of a request back."""
    made: list[int] = []
    connect = urllib3_connection.create_connection

    def connect_and_look(*arguments: object, **more: object) -> socket.socket:
        found: socket.socket = connect(*arguments, **more)  # type: ignore[arg-type]  # passed on as they are
        made.append(found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return found

    monkeypatch.setattr(urllib3_connection, "create_connection", connect_and_look)
    ca_file = str(authority().write_ca_file(tmp_path / "ca.pem"))
    with (
        HostileServer(tls=Certificate.GOOD) as server,
        Proxy() as proxy,
        client_for(server.url, ca_file=ca_file, proxy=proxy.url) as client,
    ):
        for text in ("one", "two"):
            assert isinstance(client.send_message(USER, text), MessageSent)

        assert (2, 1, 1) == (len(server.requests), server.connections, len(proxy.connects))
    assert [True] == [bool(option) for option in made]


def test_head_and_body_leave_together() -> None:
    """A gateway that refuses upon the head alone would else answer before the body left, and be taken for a stray."""
    pieces: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        for _ in range(10):
            pieces.append(connection.recv(65_536))
            connection.sendall(render(200, CONFIRMATION))
        read_all(connection)

    with raw_service(serve) as url, client_for(url) as client:
        for number in range(10):
            client.send_message(USER, f"text {number}")

    assert [True] * 10 == [piece.startswith(b"POST ") and piece.endswith(b"}") for piece in pieces]


@pytest.mark.parametrize("name", ["connect", "is_connected", "request", "send", "response_class", "getresponse"])
def test_what_is_extended_is_there_to_be_extended(name: str) -> None:
    """A new version of urllib3 or Python that calls it otherwise would leave every request without evidence."""
    assert hasattr(HTTPConnection, name)
    assert name in vars(Watched)
