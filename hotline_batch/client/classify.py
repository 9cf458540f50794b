"""What came back -> a typed reply, or a typed error that says whether the message may have been delivered.

Success is only ever the positive answer: HTTP 2xx, a JSON object (or a list of just one), `result` as documented.
Everything else is settled here, once: refused (`no`), or without proof either way (`maybe`).
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException, IncompleteRead  # the latter is also the base of urllib3's own
from typing import Protocol

from urllib3.exceptions import ProtocolError, ReadTimeoutError

from hotline_batch.client.evidence import Stage, StrayAnswer
from hotline_batch.client.proxy_pages import proxy_in_headers, proxy_on_page
from hotline_batch.client.redaction import Redactor
from hotline_batch.client.retry_after import wait_asked_for
from hotline_batch.client.transport import Answer, AnswerTooLong, TransportFailure
from hotline_batch.client.wire import decode_reply, is_about_another_topic, is_positive
from hotline_batch.errors import (
    ApiError,
    CredentialsRefused,
    Delivery,
    EndpointMissing,
    NotReached,
    RateLimited,
    Redirected,
    Refused,
    Unconfirmed,
    UntrustedEndpoint,
)
from hotline_batch.model import Reply, Request

# What n8n and the proxies in front of it say where no workflow listens; any other 404 with an error is the API's own.
_NOTHING_LISTENS = re.compile(r"not registered|cannot (post|get) /|page not found|<html|<!doctype", re.IGNORECASE)
_ABOUT_KEYS = re.compile(
    r"api[ _-]?key|\binstance\b|\btoken\b|unauthori[sz]ed|authori[sz]ation|authenticat|forbidden|access denied|"
    r"permission denied",
    re.IGNORECASE,
)
# A refusal that speaks of these is this row's own, whatever else it speaks of ("the user has no dialog with this
# instance"): taken for a refusal of the keys, it would stop the run at the same row again and again.
_ABOUT_ROW = re.compile(r"\b(user|topic|thread|dialog|chat|recipient|message)s?\b|\bblocked\b", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not found|no such|unknown|does not exist|doesn't exist", re.IGNORECASE)
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")
_ASKED_TO_WAIT = {408, 425, 429}
_LET_IN_REFUSED = {401, 403, 407}
_PROXY_WANTS_PASSWORD = 407
_REQUEST_REFUSED = {400, 413, 414, 415, 422, 431}


# ── no complete answer ───────────────────────────────────────────────────────────────────────────────────────────────


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
            case OSError() if "getaddrinfo" in repr(cause.__traceback__) or type(cause).__name__ == "gaierror":
                return "the name of the service was not found"
            case OSError() if cause.strerror:
                return cause.strerror.lower()
            case _:
                continue
    return "no connection"


# ── a complete answer ────────────────────────────────────────────────────────────────────────────────────────────────


def classify_answer(answer: Answer, request: Request, redactor: Redactor) -> Reply:
    """The typed reply of a confirmed request. Raises ApiError for every other answer."""
    text = _decode(answer.body)
    fields = _object_in(text, redactor)
    if fields is None or not is_positive(fields, request):
        raise _error_for(answer, text, fields, redactor)
    if 200 <= answer.status < 300 and answer.sent_whole:
        if is_about_another_topic(fields, request):
            reason = "The service answered about another topic than was asked for."
            raise Unconfirmed("another_topic", reason, delivery=Delivery.MAYBE, http_status=answer.status)
        return decode_reply(fields, request, answer.status)
    if answer.status >= 300:
        reason = f"HTTP {answer.status}: the service refuses and confirms at once."
        raise Unconfirmed("reply_unexpected", reason, delivery=Delivery.MAYBE, http_status=answer.status)
    raise _error_for(answer, text, fields, redactor)


def _error_for(answer: Answer, text: str, fields: Mapping[str, object] | None, redactor: Redactor) -> ApiError:
    status = answer.status
    said = redactor.reason(_error_text(fields) or text)
    shown = f"HTTP {status}: {said}" if said else f"HTTP {status} without a text"
    proxy = proxy_in_headers(answer.headers)
    if hint := proxy or proxy_on_page(text):
        shown = f"{shown} (this looks like a page of {hint} in your network, not like the service)"
    wait = wait_asked_for(answer.headers, fields, said, time.time())

    def error(kind: type[ApiError], code: str, reason: str, delivery: Delivery) -> ApiError:
        return kind(code, reason, delivery=delivery, http_status=status, retry_after_seconds=wait)

    if 200 <= status < 300:
        return _unconfirmed_success(fields, text, said, error_of=error)
    if 300 <= status < 400:
        return error(Redirected, "redirected", f"HTTP {status}: the service points elsewhere.", Delivery.MAYBE)
    if status in _ASKED_TO_WAIT:
        return error(RateLimited, "rate_limited", shown, Delivery.NO)
    if status in _LET_IN_REFUSED:
        # A proxy that says itself that it did not let the request through: the keys may be right.
        by_proxy = bool(proxy) or status == _PROXY_WANTS_PASSWORD
        kind, code = (UntrustedEndpoint, "proxy_refused") if by_proxy else (CredentialsRefused, "credentials_refused")
        return error(kind, code, shown, Delivery.NO)
    if status == 405 or (status == 404 and (not _error_text(fields) or _NOTHING_LISTENS.search(text))):
        return error(EndpointMissing, "endpoint_missing", shown, Delivery.NO)
    if 400 <= status < 499:
        about_row = _ABOUT_ROW.search(said) and _NOT_FOUND.search(said)
        code = "request_refused" if status in _REQUEST_REFUSED and not about_row else "api_refused"
        return error(Refused, code, shown, Delivery.NO)
    if not answer.sent_whole:
        return error(NotReached, "connection_cut_while_sending", shown, Delivery.NO)
    code = "server_error" if status in {500, 501, 505} else "gateway_error" if status > 499 else "reply_unexpected"
    return error(Unconfirmed, code, shown, Delivery.MAYBE)


def _unconfirmed_success(
    fields: Mapping[str, object] | None,
    text: str,
    said: str,
    *,
    error_of: _ErrorMaker,
) -> ApiError:
    refusal = _error_text(fields) if fields is not None and _is_refusal(fields) else ""
    if refusal and _ABOUT_KEYS.search(refusal) and not _ABOUT_ROW.search(refusal):
        return error_of(CredentialsRefused, "credentials_refused", f"The service answered: {said}", Delivery.NO)
    if refusal:
        return error_of(Refused, "api_refused", f"The service answered: {said}", Delivery.NO)
    if not text.strip() or text.strip() in {"[]", "{}", "null", "[{}]"}:
        return error_of(Unconfirmed, "reply_empty", "The service answered without saying what it did.", Delivery.MAYBE)
    if "workflow was started" in text.lower():
        reason = "The service took the request, but does not say whether the message was posted."
        return error_of(Unconfirmed, "accepted_unconfirmed", reason, Delivery.MAYBE)
    if fields is None:
        return error_of(Unconfirmed, "reply_unreadable", f"The answer is not the service's: {said}", Delivery.MAYBE)
    return error_of(Unconfirmed, "reply_unexpected", f"The answer is no confirmation: {said}", Delivery.MAYBE)


class _ErrorMaker(Protocol):
    def __call__(self, kind: type[ApiError], code: str, reason: str, delivery: Delivery) -> ApiError: ...


def _is_refusal(fields: Mapping[str, object]) -> bool:
    """Whether the object says that it failed, in one of the ways services say so, and claims no result beside it."""
    if fields.get("result") not in (None, "error", False):
        return False
    return bool(fields.get("error")) or fields.get("ok") is False or fields.get("success") is False


def _error_text(fields: Mapping[str, object] | None) -> str:
    if fields is None:
        return ""
    for name in ("error", "message", "description", "hint"):
        found = fields.get(name)
        if isinstance(found, dict):
            found = found.get("message") or json.dumps(found, ensure_ascii=False)
        if isinstance(found, str) and found.strip():
            return found
    return json.dumps(dict(fields), ensure_ascii=False) if fields else ""


def _decode(body: bytes) -> str:
    # utf-8-sig: a byte order mark before JSON is a mistake of the server's, not of the message's.
    return body.decode("utf-8-sig", errors="replace")


def _object_in(text: str, redactor: Redactor) -> Mapping[str, object] | None:
    """The JSON object in an answer, also as the only element of a list; None where there is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    cleaned = redactor.fields(value) if isinstance(value, dict) else None
    return cleaned if isinstance(cleaned, dict) else None
