"""urllib3's connections, watched: each request leaves its evidence, none follows where another may still be answered,
and an answer is complete by its deadline or failed.

Only what urllib3 and http.client show is extended here: ``connect``, ``request``, ``send``, ``getresponse``,
``is_connected``, ``response_class``, ``ConnectionCls``, ``QueueCls``. Tried with urllib3 2.8.0, requests 2.34.2 and
CPython 3.11; where an upgrade asks them otherwise, the tests of the evidence and of the failure points fail.
"""

from __future__ import annotations

import http.client
import io
import logging
import os
import re
import socket
import sys
import time
from contextlib import suppress
from queue import LifoQueue
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from hotline_batch.client.network.evidence import Body, Exchange, Stage, StrayAnswer
from hotline_batch.language.words import words

if sys.platform == "linux":
    from fcntl import ioctl
    from termios import TIOCOUTQ

    _NONE = bytes(4)

    def is_all_acknowledged(sock: socket.socket) -> bool:
        """Whether the other side has confirmed every byte that was written; also where nobody can say.

        The kernel of whoever answers confirms what it read before or with the answer's first byte.
        """
        with suppress(OSError):
            if ioctl(sock.fileno(), TIOCOUTQ, bytes(4)) == _NONE:
                return True
            # Kernels that only act like Linux, as some containers have, may note it a moment after the data is there.
            time.sleep(0.001)
            return ioctl(sock.fileno(), TIOCOUTQ, bytes(4)) == _NONE
        return True

else:

    def is_all_acknowledged(_sock: socket.socket) -> bool:
        """Nobody can say here, so yes."""
        return True


class _TimedReader(io.RawIOBase):
    """Reads a socket, every single read bounded by what is left until the deadline.

    A read time-out alone does not bound an answer: a byte every quarter of a second keeps it open for ever.
    """

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self.is_over = False
        self.was_early = False
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # holds the socket open as http.client expects
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_over:
            return 0
        seconds_left = self._exchange.answer_deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError(words("the answer was not complete in time"))
        self._sock.settimeout(seconds_left)
        count = self._sock.recv_into(buffer)
        self.was_early = not is_all_acknowledged(self._sock)
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks of a socket in order to read an answer."""
        return _AnswerReader(self, self._exchange)

    def is_more_there(self) -> bool:
        """Whether bytes wait at the socket; its end, a reset or TLS' own messages are none."""
        try:
            self._sock.settimeout(0)
            return bool(self._sock.recv(1))
        except OSError:
            return False

    def close(self) -> None:
        self._file.close()
        super().close()


class _AnswerReader(io.BufferedReader):
    """What http.client reads an answer from; it closes it where the answer ends."""

    def __init__(self, raw: _TimedReader, exchange: Exchange) -> None:
        super().__init__(raw)
        self._timed = raw
        self._exchange = exchange

    def close(self) -> None:
        if not self.closed:
            self._timed.is_over = True  # from here on, peek shows what was received already and reads no further
            exchange = self._exchange
            # Of the socket of a tunnel that is being made, TLS is to have every byte.
            is_request = exchange.stage is not Stage.NOT_STARTED
            exchange.more_followed = bool(self.peek(1)) or (is_request and self._timed.is_more_there())
            exchange.end()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """An answer that is complete by its deadline or fails; interim answers (103 Early Hints) are passed over."""

    def __init__(self, exchange: Exchange, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        exchange.start_waiting()
        self._exchange = exchange
        self._reader = _TimedReader(sock, exchange)
        super().__init__(self._reader, *args, **kwargs)  # type: ignore[arg-type]  # makefile is all that is asked of it

    def begin(self) -> None:
        """Read the head of the final answer."""
        super().begin()
        while 100 < self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]  # "not begun" to http.client
            super().begin()
        # Taken here and not with the first byte: an interim answer may well come before the body was read.
        self._exchange.answered_too_early = self._reader.was_early


_log = logging.getLogger(__name__)

# Node's HTTP server, which n8n runs on, closes idle connections after about 5 s; a request that meets the closing is
# lost in doubt. Connections idle for less than half of that never met it (24,600 requests measured).
_LONGEST_IDLE_SECONDS = 2.0
_KEPT_FOR = re.compile(r"\btimeout\s*=\s*([0-9]{1,5})(?![0-9])", re.IGNORECASE)  # over a day says nothing
_END_OF_HEAD = b"\r\n\r\n"


class Watched:
    """Mixed into urllib3's connections. ``exchange`` is the last request's, None before the first."""

    exchange: Exchange | None = None
    sock: socket.socket | None
    timeout: Any
    _head: bytes = b""
    _longest_idle_seconds: float = _LONGEST_IDLE_SECONDS
    _process: int = 0

    def connect(self) -> None:
        """Connect anew: what was before says nothing any more."""
        self.exchange = None
        self._longest_idle_seconds = _LONGEST_IDLE_SECONDS
        self._process = os.getpid()
        super().connect()  # type: ignore[misc]  # the connection it is mixed into
        _log.debug("connection opened")

    @property
    def is_connected(self) -> bool:
        """Whether a request may go over this connection as it is. urllib3 asks, and else connects anew.

        Not in a fork of the process that made it (``multiprocessing``): both would read each other's answers.
        """
        is_usable = self.exchange is None or self.exchange.leaves_usable(self._longest_idle_seconds)
        return is_usable and self._process == os.getpid() and self._is_quiet

    @property
    def _is_quiet(self) -> bool:
        """Whether nothing waits there: neither bytes, which nobody asked for, nor the end."""
        return bool(super().is_connected)  # type: ignore[misc]  # the connection it is mixed into

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request with a ``body`` that is a Body. Connecting is a step of its own, before any evidence."""
        body: Body = kwargs["body"]
        exchange = body.exchange
        if self.sock is None:
            self.connect()
        exchange.over_used_connection = self.exchange is not None
        exchange.stage = Stage.HEAD
        self.exchange = exchange
        super().request(*args, **kwargs)  # type: ignore[misc]  # the connection it is mixed into

    def send(self, data: bytes) -> None:
        """Hand bytes to the kernel, and note how far they came."""
        exchange = self.exchange
        if exchange is None:  # toward a proxy, about the tunnel
            super().send(data)  # type: ignore[misc]  # the connection it is mixed into
            return
        if data.endswith(_END_OF_HEAD):
            # The head leaves together with the body. A gateway that refuses upon the head alone would else answer
            # before the body was written, which is what a stray answer looks like.
            self._head = data
            return
        if exchange.over_used_connection and not self._is_quiet:
            raise StrayAnswer
        rest = memoryview(self._head + data)
        self._head = b""
        exchange.stage = Stage.BODY_OFFERED
        while rest:
            exchange.before_it_leaves()
            try:
                accepted = self.sock.send(rest)  # type: ignore[union-attr]  # request has connected it
            except OSError:
                exchange.stage = Stage.BODY_REFUSED
                raise
            rest = rest[accepted:]

    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> TimedResponse:
        """What http.client reads an answer with; that of a proxy to CONNECT has as long as connecting has."""
        return TimedResponse(self.exchange or Exchange(self.timeout), sock, *args, **kwargs)

    def getresponse(self) -> Any:
        """The answer's head, and how long the server says that it keeps the connection."""
        response = super().getresponse()  # type: ignore[misc]  # the connection it is mixed into
        if kept_for := _KEPT_FOR.search(response.headers.get("Keep-Alive", "")):
            self._longest_idle_seconds = min(_LONGEST_IDLE_SECONDS, int(kept_for[1]) / 2)
        return response


class WatchedHTTPConnection(Watched, HTTPConnection):  # type: ignore[misc]  # bytes alone are sent
    """Plain HTTP, used toward this machine only."""


class WatchedHTTPSConnection(Watched, HTTPSConnection):  # type: ignore[misc]  # the same
    """HTTPS."""


class _LastInFirstOut(LifoQueue[Any]):
    """As many idle connections as there ever were in use at once: urllib3 fills a bounded queue before it is used."""

    def __init__(self, _maxsize: int) -> None:
        super().__init__()


class WatchedHTTPPool(HTTPConnectionPool):
    """Connections to this machine."""

    ConnectionCls = WatchedHTTPConnection
    QueueCls = _LastInFirstOut  # type: ignore[assignment]  # its stub has a type variable that nothing binds


class WatchedHTTPSPool(HTTPSConnectionPool):
    """Connections to the service."""

    ConnectionCls = WatchedHTTPSConnection
    QueueCls = _LastInFirstOut  # type: ignore[assignment]  # the same


POOLS = {"http": WatchedHTTPPool, "https": WatchedHTTPSPool}
