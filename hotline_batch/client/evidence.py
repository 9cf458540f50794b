"""One request's way out, watched at the socket -> proof that it was not delivered, or the lack of one.

A server can act on a JSON POST only once it holds the whole body. So the connection notes how far the body came:
while the last byte was never accepted by the kernel, nothing can have been delivered. Exception types do not tell
(the same ConnectionResetError is raised for a reset before the first byte and after the last); the socket does.
"""

from __future__ import annotations

import errno
import http.client
import io
import re
import socket
import time
from enum import Enum
from functools import partial
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from hotline_batch.client.usual_head import usual_head
from hotline_batch.errors import Delivery

# Node's HTTP server, which n8n runs on, closes idle connections after about 5 s; a request that meets the closing is
# lost in doubt. Connections idle for less than half of that never met it (24,600 requests measured).
_LONGEST_IDLE_SECONDS = 2.0
_LONGEST_LINE_BYTES = 65_536
_LENGTH_IN_HEAD = re.compile(rb"(?<=\r\nContent-Length: )[0-9]+(?=\r\n)", re.IGNORECASE)
# What a write meets whose other side has hung up.
_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})


class Stage(Enum):
    """How far a request came."""

    NOT_STARTED = "not started"
    HEAD = "head on its way"
    BODY_OFFERED = "body handed to the kernel"
    BODY_REFUSED = "body not accepted whole"
    BODY_ACCEPTED = "body accepted whole"


class Exchange:
    """The evidence of one request: how far it came, and when its answer must be complete (monotonic seconds)."""

    __slots__ = ("answer_deadline", "body", "reply_seconds", "stage")

    def __init__(self, body: bytes, reply_seconds: float) -> None:
        self.body = body
        self.reply_seconds = reply_seconds
        self.stage = Stage.NOT_STARTED
        self.answer_deadline = float("inf")

    @property
    def delivery_if_it_failed(self) -> Delivery:
        """``no`` where the body provably never left whole; ``maybe`` in every other case."""
        if self.stage in {Stage.BODY_OFFERED, Stage.BODY_ACCEPTED}:
            return Delivery.MAYBE
        return Delivery.NO

    def start_waiting(self) -> None:
        """The request is out; the answer must be complete within ``reply_seconds`` from here."""
        self.answer_deadline = time.monotonic() + self.reply_seconds


class _TimedReader(io.RawIOBase):
    """Reads a socket, every single read bounded by what is left until the deadline.

    A read time-out alone does not bound an answer: a byte every quarter of a second keeps it open for ever.
    """

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # holds the socket open as http.client expects
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds_left = self._exchange.answer_deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError("the answer was not complete in time")
        self._sock.settimeout(seconds_left)
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _TimedSocket:
    """What http.client asks of a socket in order to read an answer."""

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        self._sock = sock
        self._exchange = exchange

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._exchange))


class _TimedResponse(http.client.HTTPResponse):
    """An answer that is complete by its deadline or fails; interim answers (103 Early Hints) are passed over."""

    def __init__(self, exchange: Exchange, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        exchange.start_waiting()
        timed: Any = _TimedSocket(sock, exchange)  # makefile is all that is asked of it
        super().__init__(timed, *args, **kwargs)

    def begin(self) -> None:
        """Read the head: at once where it has the usual form, else as the library reads any."""
        usual = usual_head(self.fp.peek())
        if usual is None:
            super().begin()
            return
        self.fp.read(usual.size)
        self.version, self.code, self.status, self.reason = 11, usual.status, usual.status, usual.reason
        self.headers = self.msg = usual.fields
        self.chunked, self.will_close, self.length = False, False, usual.length

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in the stubs
        while 100 < status < 200 and status != http.client.SWITCHING_PROTOCOLS:
            while self.fp.readline(_LONGEST_LINE_BYTES) not in {b"\r\n", b"\n", b""}:
                pass
            version, status, reason = super()._read_status()  # type: ignore[misc]  # not in the stubs
        return version, status, reason


class _Watched:
    """Mixed into urllib3's connections: notes in ``exchange`` how far the request came."""

    exchange: Exchange | None = None
    sock: socket.socket | None
    _buffer: list[bytes]
    _held_head: bytes = b""
    last_used_monotonic: float = 0.0
    last_used_wall: float = 0.0
    longest_idle_seconds: float = _LONGEST_IDLE_SECONDS
    response_class: Any
    _head_around_length: tuple[bytes, ...] = ()

    def watch(self, exchange: Exchange) -> None:
        """Take the next request's evidence."""
        self.exchange = exchange
        self._held_head = b""
        self.response_class = partial(_TimedResponse, exchange)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.exchange is not None:
            self.exchange.stage = Stage.HEAD
        super().request(*args, **kwargs)  # type: ignore[misc]  # the connection it is mixed into

    def _send_output(self, message_body: Any = None, encode_chunked: bool = False) -> None:
        # The head waits for the body, so that both leave in one write: two writes cost a third of the whole request.
        if self.exchange is None or message_body is not None:
            super()._send_output(message_body, encode_chunked)  # type: ignore[misc]  # the connection it is mixed into
            return
        self._held_head = b"\r\n".join([*self._buffer, b"", b""])
        self._head_around_length = tuple(_LENGTH_IN_HEAD.split(self._held_head))
        self._buffer.clear()

    def send(self, data: Any) -> None:
        exchange = self.exchange
        if exchange is None or not self._held_head or data is not exchange.body:
            super().send(data)  # type: ignore[misc]  # the connection it is mixed into
            return
        rest = memoryview(self._held_head + data)
        self._held_head = b""
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]  # the same
        exchange.stage = Stage.BODY_OFFERED
        while rest:
            try:
                accepted = self.sock.send(rest)  # type: ignore[union-attr]  # connected above
            except OSError:
                exchange.stage = Stage.BODY_REFUSED
                raise
            rest = rest[accepted:]
        exchange.stage = Stage.BODY_ACCEPTED

    @property
    def can_ask_again(self) -> bool:
        """Whether the next request may go over this connection as it is."""
        return (
            self.sock is not None and len(self._head_around_length) == 2 and not self.is_stale() and self.is_connected  # type: ignore[attr-defined]  # of the connection it is mixed into
        )

    def ask_again(self, exchange: Exchange, write_seconds: float) -> http.client.HTTPResponse:
        """Send the next request, with the head of the last one but for its length; the head of its answer is read.

        The libraries put that head together and checked it: for each request anew that costs more than all the rest.
        """
        assert self.sock is not None  # noqa: S101 - can_ask_again
        self.watch(exchange)
        exchange.stage = Stage.HEAD
        before, after = self._head_around_length
        self._held_head = b"%b%d%b" % (before, len(exchange.body), after)
        self.sock.settimeout(write_seconds)
        try:
            self.send(exchange.body)
        except OSError as error:
            # Whoever refuses early and hangs up may have said why.
            if error.errno not in _HUNG_UP:
                raise
        response: http.client.HTTPResponse = self.response_class(self.sock, method="POST")
        try:
            response.begin()
        except BaseException:
            response.close()
            raise
        return response

    def is_stale(self) -> bool:
        """Whether the server may be closing this idle connection; a suspend shows on the wall clock alone."""
        idle_seconds = max(time.monotonic() - self.last_used_monotonic, time.time() - self.last_used_wall)
        return not 0 <= idle_seconds < self.longest_idle_seconds

    def note_use(self, keep_alive: str) -> None:
        """Remember when the last answer ended, and how long the server says that it keeps the connection."""
        self.last_used_monotonic = time.monotonic()
        self.last_used_wall = time.time()
        _, _, seconds = keep_alive.partition("timeout=")
        digits = seconds.split(",")[0].strip()
        if digits.isascii() and digits.isdecimal() and len(digits) < 6:  # over a day says nothing
            self.longest_idle_seconds = min(_LONGEST_IDLE_SECONDS, int(digits) / 2)


class WatchedHTTPConnection(_Watched, HTTPConnection):
    """Plain HTTP, used toward this machine only."""


class WatchedHTTPSConnection(_Watched, HTTPSConnection):
    """HTTPS."""


class _WatchedPool:
    """Mixed into urllib3's pools: connects before a request starts, never reuses a connection that may be closing."""

    exchange: Exchange | None = None
    connection: Any = None

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]  # the pool it is mixed into
        if not connection.is_closed and connection.is_stale():
            connection.close()
        if self.exchange is not None:
            connection.watch(self.exchange)
        self.connection = connection
        return connection

    def _validate_conn(self, conn: Any) -> None:
        super()._validate_conn(conn)  # type: ignore[misc]  # the pool it is mixed into
        if conn.is_closed:
            conn.connect()


class WatchedHTTPPool(_WatchedPool, HTTPConnectionPool):
    """Connections to this machine."""

    ConnectionCls = WatchedHTTPConnection


class WatchedHTTPSPool(_WatchedPool, HTTPSConnectionPool):
    """Connections to the service."""

    ConnectionCls = WatchedHTTPSConnection
