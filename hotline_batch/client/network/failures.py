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

_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")


def classify_failure(failure: TransportFailure) -> ApiError:
    """The typed error of a request without a complete answer. Never raises, and never quotes the request."""
    causes = tuple(_causes(failure.cause))
    if failure.exchange.delivery_if_it_failed is Delivery.NO:
        return _not_reached(failure.exchange.stage, causes)
    code, reason = _lost_reply(causes)
    return Unconfirmed(code, reason, delivery=Delivery.MAYBE)


def _not_reached(stage: Stage, causes: tuple[BaseException, ...]) -> NotReached:
    if stage in {Stage.HEAD, Stage.BODY_REFUSED}:
        reason = "The connection broke before the request had left completely."
        return NotReached("connection_cut_while_sending", reason, delivery=Delivery.NO)
    for cause in causes:
        text = str(cause)
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"The certificate of the service is not trusted: {cause.verify_message.rstrip('.')}."
            return UntrustedEndpoint("certificate_refused", reason, delivery=Delivery.NO)
        if isinstance(cause, ssl.SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}:
            reason = "The service does not speak HTTPS under this address."
            return UntrustedEndpoint("certificate_refused", reason, delivery=Delivery.NO)
        if refusal := _TUNNEL_REFUSED.search(text):
            return _no_tunnel(refusal[1])
    reason = f"The service could not be reached ({_in_words(causes)})."
    return NotReached("unreachable", reason, delivery=Delivery.NO)


def _no_tunnel(status: str) -> NotReached:
    """A proxy's no to a CONNECT: nothing went through it."""
    match status:
        case "407":
            reason = "The proxy wants a user name and password (407): write them into the setting proxy."
            return UntrustedEndpoint("proxy_refused", reason, delivery=Delivery.NO)
        case "502" | "503" | "504":
            reason = f"The proxy could not reach the service ({status})."
            return NotReached("unreachable", reason, delivery=Delivery.NO)
        case _:
            reason = f"The proxy refused the connection ({status})."
            return UntrustedEndpoint("proxy_refused", reason, delivery=Delivery.NO)


def _lost_reply(causes: tuple[BaseException, ...]) -> tuple[str, str]:
    for cause in causes:
        match cause:
            case StrayAnswer():
                return "reply_unexpected", "The answer may be another request's: more came over the same connection."
            case AnswerTooLong():
                return "reply_unreadable", "The answer was far longer than any answer of this service."
            case IncompleteRead():
                return "reply_cut", "The answer broke off in the middle."
            case ReadTimeoutError() | TimeoutError():
                return "reply_timeout", "The request left, but no complete answer arrived in time."
            case ConnectionError() | ssl.SSLError():
                return "reply_lost", "The request left, but the connection broke before the answer was complete."
            case _:
                continue
    if any(isinstance(cause, ProtocolError | HTTPException) for cause in causes):
        return "reply_unreadable", "The answer was not readable HTTP."
    return "reply_unreadable", "The answer could not be read."


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
                return "connection refused"
            case ConnectionResetError() | BrokenPipeError():
                return "the connection was reset"
            case TimeoutError():
                return "no connection in time"
            case ssl.SSLError():
                return "the secure connection could not be set up"
            case socket.gaierror():
                return "the name of the service was not found"
            case OSError() if cause.strerror:
                return cause.strerror.lower()
            case _:
                continue
    return "no connection"
