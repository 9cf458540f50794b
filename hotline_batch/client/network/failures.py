"""A request without a complete answer -> a typed error that says whether the message may have been delivered."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead  # the latter is also the base of urllib3's own

from urllib3.exceptions import ProtocolError, ReadTimeoutError

from hotline_batch.client.network.evidence import Stage, StrayAnswer
from hotline_batch.client.network.transport import AnswerTooLong, TransportFailure
from hotline_batch.errors import ApiError, Delivery, NotReached, Unconfirmed, UntrustedEndpoint
from hotline_batch.issues.in_doubt import FAR_TOO_LONG, NO_HTTP, STRAY
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.not_delivered import (
    NAME_AND_PASSWORD,
    NO_HTTPS,
    PROXY_WITHOUT_SERVICE,
    TUNNEL_REFUSED,
)
from hotline_batch.issues.words import (
    CONNECTION_REFUSED,
    CONNECTION_RESET,
    NAME_NOT_FOUND,
    NO_CONNECTION,
    NOT_IN_TIME,
    NOT_SECURED,
    api_error,
)

_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")


def classify_failure(failure: TransportFailure) -> ApiError:
    """The typed error of a request without a complete answer. Never raises, and never quotes the request."""
    causes = tuple(_causes(failure.cause))
    if failure.exchange.delivery_if_it_failed is Delivery.NO:
        return _not_reached(failure.exchange.stage, causes)
    return api_error(Unconfirmed, _lost_reply(causes), Delivery.MAYBE)


def _not_reached(stage: Stage, causes: tuple[BaseException, ...]) -> NotReached:
    if stage in {Stage.HEAD, Stage.BODY_REFUSED}:
        return api_error(NotReached, Issue("connection_cut_while_sending"), Delivery.NO)
    for cause in causes:
        text = str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = {"why": cause.verify_message.rstrip(".")}
            return api_error(UntrustedEndpoint, Issue("certificate_refused", parameters=why), Delivery.NO)
        if isinstance(cause, ssl.SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}:
            return api_error(UntrustedEndpoint, Issue("certificate_refused", parameters={CASE: NO_HTTPS}), Delivery.NO)
        if refusal := _TUNNEL_REFUSED.search(text):
            return _no_tunnel(refusal[1])
    return api_error(NotReached, Issue("unreachable", parameters={"why": _in_words(causes)}), Delivery.NO)


def _no_tunnel(status: str) -> NotReached:
    """A proxy's no to a CONNECT: nothing went through it."""
    match status:
        case "407":
            issue = Issue("proxy_refused", parameters={CASE: NAME_AND_PASSWORD})
            return api_error(UntrustedEndpoint, issue, Delivery.NO)
        case "502" | "503" | "504":
            issue = Issue("unreachable", parameters={CASE: PROXY_WITHOUT_SERVICE, "status": status})
            return api_error(NotReached, issue, Delivery.NO)
        case _:
            issue = Issue("proxy_refused", parameters={CASE: TUNNEL_REFUSED, "status": status})
            return api_error(UntrustedEndpoint, issue, Delivery.NO)


def _lost_reply(causes: tuple[BaseException, ...]) -> Issue:
    for cause in causes:
        match cause:
            case StrayAnswer():
                return Issue("reply_unexpected", parameters={CASE: STRAY})
            case AnswerTooLong():
                return Issue("reply_unreadable", parameters={CASE: FAR_TOO_LONG})
            case IncompleteRead():
                return Issue("reply_cut")
            case ReadTimeoutError() | TimeoutError():
                return Issue("reply_timeout")
            case ConnectionError() | ssl.SSLError():
                return Issue("reply_lost")
            case _:
                continue
    if any(isinstance(cause, ProtocolError | HTTPException) for cause in causes):
        return Issue("reply_unreadable", parameters={CASE: NO_HTTP})
    return Issue("reply_unreadable")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what lies inside it, innermost first: libraries wrap the telling one several times."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return reversed(seen)


def _in_words(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        match cause:
            case ConnectionRefusedError():
                return CONNECTION_REFUSED
            case ConnectionResetError() | BrokenPipeError():
                return CONNECTION_RESET
            case TimeoutError():
                return NOT_IN_TIME
            case ssl.SSLError():
                return NOT_SECURED
            case socket.gaierror():
                return NAME_NOT_FOUND
            case OSError() if cause.strerror:
                return cause.strerror.lower()
            case _:
                continue
    return NO_CONNECTION
