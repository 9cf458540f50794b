"""urllib3's connections, watched: each request leaves its evidence, none follows where another may still be answered.

Only what urllib3 and http.client show is extended here: ``connect``, ``request``, ``send``, ``getresponse``,
``is_connected``, ``response_class``, ``ConnectionCls``, ``QueueCls``. Tried with urllib3 2.8.0, requests 2.34.2 and
CPython 3.11; where an upgrade asks them otherwise, the tests of the evidence and of the failure points fail.
"""

from __future__ import annotations

import logging
import re
import socket
from queue import LifoQueue
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from hotline_batch.client.network.evidence import Body, Exchange, Stage, StrayAnswer
from hotline_batch.client.network.response import TimedResponse

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

    def connect(self) -> None:
        """Connect anew: what was before says nothing any more."""
        self.exchange = None
        self._longest_idle_seconds = _LONGEST_IDLE_SECONDS
        super().connect()  # type: ignore[misc]  # the connection it is mixed into
        _log.debug("connection opened")

    @property
    def is_connected(self) -> bool:
        """Whether a request may go over this connection as it is. urllib3 asks, and else connects anew."""
        is_usable = self.exchange is None or self.exchange.leaves_usable(self._longest_idle_seconds)
        return is_usable and self._is_quiet

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
