"""One JSON body out, one answer in: `requests` with no retries, no redirects, no environment, a deadline and a cap."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPResponse, IncompleteRead
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, Timeout

from hotline_batch.client.evidence import Exchange, WatchedHTTPPool, WatchedHTTPSPool
from hotline_batch.errors import Delivery, SettingsError

MOST_ANSWER_BYTES = 1_000_000
"""More than this is no answer of this API; reading on would only cost memory."""

_CONNECT_SECONDS = 10.0
# One retry layer only, and it is not this one: any retry in here may post a message twice.
_NEVER_AGAIN = Retry(total=0, connect=0, read=0, redirect=0, status=0, other=0)
_POOLS = {"http": WatchedHTTPPool, "https": WatchedHTTPSPool}


class Answer(NamedTuple):
    """A complete answer; ``headers`` are found in any case.

    ``sent_whole`` is False where the service answered before it had the whole request.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_whole: bool


class AnswerTooLong(Exception):
    """The answer is longer than MOST_ANSWER_BYTES."""


class TransportFailure(Exception):
    """No complete answer; ``exchange`` says how far the request came, ``cause`` what was raised."""

    def __init__(self, exchange: Exchange, cause: BaseException) -> None:
        super().__init__(type(cause).__name__)
        self.exchange = exchange
        self.cause = cause


class _TlsSocket(ssl.SSLSocket):
    """A socket that closes itself where the service resets it before the handshake; CPython leaves that one open."""

    def getpeername(self) -> Any:
        # The first thing that wrap_socket asks. What it does with an error closes nothing (CPython 3.11).
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, "The connection was reset before the handshake.") from error


@cache
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Who is trusted: the certificates of the file, else those that the program brings along.

    Raises SettingsError for a file that holds none.
    """
    # Parsing the bundle costs over 20 ms, so it happens once a process and not once a connection.
    try:
        context = ssl.create_default_context(cafile=ca_file or certifi.where())
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            f"The file of trusted certificates {ca_file} cannot be used ({type(error).__name__}). It has to hold "
            "certificates in PEM form; it is named by ca_file, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE."
        ) from None
    context.sslsocket_class = _TlsSocket
    return context


class _WatchedAdapter(HTTPAdapter):
    """Posts to one endpoint over watched connections, with nothing looked up per request."""

    def __init__(self, endpoint: str, ca_file: str | None, proxy: str | None) -> None:
        super().__init__(max_retries=_NEVER_AGAIN, pool_connections=1, pool_maxsize=1)
        tls: dict[str, Any] = {"ssl_context": trust(ca_file)} if endpoint.startswith("https:") else {}
        manager: urllib3.PoolManager
        if proxy:
            manager = urllib3.ProxyManager(proxy, num_pools=1, maxsize=1, **tls)
        else:
            manager = urllib3.PoolManager(num_pools=1, maxsize=1, **tls)
        manager.pool_classes_by_scheme = _POOLS
        self._manager = manager
        self.pool: Any = manager.connection_from_url(endpoint)
        parts = urlsplit(endpoint)
        path = parts.path or "/"
        self._path = f"{path}?{parts.query}" if parts.query else path

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> Any:
        """The one pool there is."""
        return self.pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to set: the TLS context of the pool always verifies."""

    def request_url(self, *_args: Any, **_kwargs: Any) -> str:
        """The path of the endpoint."""
        return self._path

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Any:  # noqa: ARG002 - requests' signature
        """urllib3's response itself: a ``requests.Response`` would add a cookie jar and a copy of the headers."""
        return resp

    def close(self) -> None:
        """Close every connection."""
        self._manager.clear()
        super().close()


class Transport:
    """Posts JSON bodies to one endpoint, one after the other; each thread has its own."""

    def __init__(
        self,
        endpoint: str,
        headers: dict[str, str],
        *,
        timeout_seconds: float,
        ca_file: str | None = None,
        proxy: str | None = None,
    ) -> None:
        self._adapter = _WatchedAdapter(endpoint, ca_file, proxy)
        self._reply_seconds = timeout_seconds
        self._timeout: Any = Timeout(connect=min(_CONNECT_SECONDS, timeout_seconds), read=timeout_seconds)
        self._prepared = requests.Request("POST", endpoint, headers=headers).prepare()

    def post(self, body: bytes) -> Answer:
        """Post ``body`` once and read the whole answer.

        Raises TransportFailure, with the evidence of how far the request came, where no complete answer arrived.
        """
        exchange = Exchange(body, self._reply_seconds)
        connection = self._adapter.pool.connection
        try:
            if connection is not None and connection.can_ask_again:
                return self._ask_again(connection, exchange)
            return self._ask(exchange)
        except Exception as failure:  # noqa: BLE001 - a parser's RecursionError leaves a message in doubt like a reset does
            if self._adapter.pool.connection is not None:
                self._adapter.pool.connection.close()
            raise TransportFailure(exchange, failure) from None

    def _ask(self, exchange: Exchange) -> Answer:
        """Over a connection that may have to be made first."""
        self._adapter.pool.exchange = exchange
        self._prepared.body = exchange.body
        self._prepared.headers["Content-Length"] = str(len(exchange.body))
        response: Any = self._adapter.send(self._prepared, stream=True, timeout=self._timeout)  # urllib3's
        try:
            content = _not_too_long(response.read(MOST_ANSWER_BYTES + 1, decode_content=True))
            self._adapter.pool.connection.note_use(response.headers.get("Keep-Alive", ""))
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return _answer(exchange, response.status, response.headers, content)

    def _ask_again(self, connection: Any, exchange: Exchange) -> Answer:
        """Over the connection that the last request went over."""
        response = connection.ask_again(exchange, self._timeout.connect_timeout)
        try:
            content = _not_too_long(_body_of(response))
        except BaseException:
            response.close()
            raise
        if response.will_close:
            connection.close()
        connection.note_use(response.headers.get("Keep-Alive", ""))
        return _answer(exchange, response.status, response.headers, content)

    def close(self) -> None:
        """Close the connection."""
        self._adapter.close()


def _body_of(response: HTTPResponse) -> bytes:
    """As much of the answer's body as is looked at."""
    if "Content-Encoding" in response.headers:
        packed = urllib3.HTTPResponse(
            response, dict(response.headers.items()), preload_content=False, request_method="POST"
        )
        return packed.read(MOST_ANSWER_BYTES + 1, decode_content=True)
    content = response.read(MOST_ANSWER_BYTES + 1)
    if response.length and len(content) <= MOST_ANSWER_BYTES:
        raise IncompleteRead(content, response.length)
    return content


def _not_too_long(content: bytes) -> bytes:
    if len(content) > MOST_ANSWER_BYTES:
        raise AnswerTooLong
    return content


def _answer(exchange: Exchange, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    return Answer(status, headers, content, sent_whole=exchange.delivery_if_it_failed is Delivery.MAYBE)
