"""One JSON body out, one answer in: `requests` with no retries, no redirects, no environment, a deadline and a cap.

It trusts the certificates of the system, or those of a file.
"""

from __future__ import annotations

import errno
import ssl
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import certifi
import requests
import truststore
import urllib3
from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.util import Retry, Timeout

from hotline_batch.client.network.connections import POOLS
from hotline_batch.client.network.evidence import Body, Exchange, StrayAnswer, Withheld, unconditionally
from hotline_batch.errors import Delivery, SettingsError
from hotline_batch.language.words import words

MOST_ANSWER_BYTES = 1_000_000
"""More than this is no answer of this API; reading on would only cost memory."""

_CONNECT_SECONDS = 10.0
# One retry layer only, and it is not this one: any retry in here may post a message twice.
_NEVER_AGAIN = Retry(total=0, connect=0, read=0, redirect=0, status=0, other=0)


@cache
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Who is trusted: the certificates of the file, else the system's authorities, a company's own among them.

    Raises SettingsError for a file that holds none.
    """
    # Reading the certificates costs over 20 ms, so it happens once a process and not once a connection.
    if ca_file is None:
        return _trust_of_the_system()
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            words(
                "The file of trusted certificates {ca_file} cannot be used ({kind}). It has to hold "
                "certificates in PEM form; it is named by ca_file, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or "
                "SSL_CERT_FILE.",
                ca_file=ca_file,
                kind=type(error).__name__,
            )
        ) from None
    context.sslsocket_class = _TlsSocket
    return context


def _trust_of_the_system() -> ssl.SSLContext:
    if sys.platform in {"darwin", "win32"}:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere the system's authorities are files that OpenSSL knows; truststore would read them for each connection.
    context = ssl.create_default_context()
    if context.cert_store_stats()["x509_ca"] == 0:
        context.load_verify_locations(certifi.where())
    context.sslsocket_class = _TlsSocket
    return context


class _TlsSocket(ssl.SSLSocket):
    """A socket that closes itself where the service resets it before the handshake; CPython leaves that one open."""

    def getpeername(self) -> Any:
        # The first thing that wrap_socket asks. What it does with an error closes nothing (CPython 3.11).
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, "The connection was reset before the handshake.") from error


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


def manager_for(endpoint: str, *, ca_file: str | None, proxy: str | None, **options: Any) -> urllib3.PoolManager:
    """urllib3's way to an endpoint, through the proxy with its password where there is one."""
    if endpoint.startswith("https:"):
        options["ssl_context"] = trust(ca_file)
    if proxy:
        return urllib3.ProxyManager(proxy, proxy_headers=HTTPAdapter().proxy_headers(proxy), **options)
    return urllib3.PoolManager(**options)


class _WatchedAdapter(HTTPAdapter):
    """Posts over watched connections; whoever needs one takes the one that was used last.

    Any number of threads may use it: the pool hands a connection to one at a time.
    """

    def __init__(self, endpoint: str, ca_file: str | None, proxy: str | None) -> None:
        super().__init__(max_retries=_NEVER_AGAIN)
        proxies = {urlsplit(endpoint).scheme: proxy} if proxy else {}
        self._target = super().request_url(_prepared(endpoint, {}), proxies)
        # Toward proxies too: else what is written in small pieces waits there for confirmations.
        at_once = HTTPConnection.default_socket_options
        self.poolmanager = manager_for(endpoint, ca_file=ca_file, proxy=proxy, socket_options=at_once)
        self.poolmanager.pool_classes_by_scheme = POOLS
        self._endpoint = endpoint
        self._pool = self.poolmanager.connection_from_url(endpoint)

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> urllib3.HTTPConnectionPool:
        """The manager's own pool, and none that requests configures."""
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to set: the TLS context of the pool always verifies, and trusts nobody besides."""

    def request_url(self, *_args: Any, **_kwargs: Any) -> str:
        """What every request asks for, since there is one endpoint: its path, or all of it to a proxy of plain HTTP."""
        return self._target

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:  # noqa: ARG002 - as requests asks it
        """urllib3's answer as it came: nobody here keeps cookies, or asks for what requests would make of it."""
        response = requests.Response()
        response.raw = resp
        return response

    def close(self) -> None:
        """Close every connection, those in use as soon as they are not; later requests make new ones."""
        closing = self._pool
        self.poolmanager.clear()
        self._pool = self.poolmanager.connection_from_url(self._endpoint)
        closing.close()


def _prepared(endpoint: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """A request without a body yet, and without a jar for cookies, which nobody keeps."""
    prepared = requests.PreparedRequest()
    prepared.prepare_method("POST")
    prepared.prepare_url(endpoint, None)
    prepared.prepare_headers(headers)
    return prepared


class Transport:
    """Posts JSON bodies to one endpoint, for any number of threads."""

    def __init__(
        self,
        endpoint: str,
        headers: dict[str, str],
        *,
        timeout_seconds: float,
        ca_file: str | None = None,
        proxy: str | None = None,
    ) -> None:
        self._prepared = _prepared(endpoint, headers)
        self._adapter = _WatchedAdapter(endpoint, ca_file, proxy)
        self._reply_seconds = timeout_seconds
        self._timeout: Any = Timeout(connect=min(_CONNECT_SECONDS, timeout_seconds), read=timeout_seconds)

    def post(self, body: bytes, before_it_leaves: Callable[[], None] = unconditionally) -> Answer:
        """Post ``body`` once and read the whole answer.

        ``before_it_leaves`` may raise Withheld, which is raised from here: then nothing was posted.
        Raises TransportFailure, with the evidence of how far the request came, where no complete answer arrived, or one
        that may be another request's.
        """
        exchange = Exchange(self._reply_seconds, before_it_leaves)
        request = self._prepared.copy()
        request.headers["Content-Length"] = str(len(body))
        request.body = Body.of(body, exchange)
        try:
            sent = self._adapter.send(request, stream=True, timeout=self._timeout)
            response: urllib3.HTTPResponse = sent.raw
            content = _content_of(response, exchange)
        except Withheld:
            raise
        except Exception as failure:  # noqa: BLE001 - a parser's RecursionError leaves a message in doubt like a reset does
            raise TransportFailure(exchange, failure) from None
        sent_whole = exchange.delivery_if_it_failed is Delivery.MAYBE
        return Answer(response.status, response.headers, content, sent_whole)

    def close(self) -> None:
        """Close the connections."""
        self._adapter.close()


def _content_of(response: urllib3.HTTPResponse, exchange: Exchange) -> bytes:
    try:
        content = response.read(MOST_ANSWER_BYTES + 1, decode_content=True)
    finally:
        response.close()  # closes the connection of an answer that was not read to its end, else nothing
    if len(content) > MOST_ANSWER_BYTES:
        raise AnswerTooLong
    if exchange.answer_may_be_anothers:
        raise StrayAnswer
    return content


class _TrustingAdapter(HTTPAdapter):
    """HTTPS with the certificates of the settings."""

    def __init__(self, ca_file: str | None) -> None:
        self._trusted = trust(ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """With our TLS context, which always verifies."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._trusted)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same through a proxy."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._trusted)

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to set: the context trusts nobody besides."""


def trust_as_set(session: Session, *, ca_file: str | None, proxy: str | None) -> None:
    """Let a session trust the file's certificates, else the system's, and use this proxy or none; nothing of the
    environment counts.
    """
    session.trust_env = False
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    session.mount("https://", _TrustingAdapter(ca_file))
