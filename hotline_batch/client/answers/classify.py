"""A complete answer -> a typed reply, or a typed error that says whether the message may have been delivered.

Success is only ever the positive answer: HTTP 2xx, a JSON object (or a list of just one), `result` as documented, and
nothing in it that says otherwise. A refusal is only what is recognised as one, by its words (``recognised``) or by a
status that is given before any work. Everything else is settled here as well: without proof either way (`maybe`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from hotline_batch.client.answers.body import Said, decoded, object_in, parsed, said_by, says_failure
from hotline_batch.client.answers.confirmation import check_that_it_is_ours
from hotline_batch.client.answers.known_words import About
from hotline_batch.client.answers.retry_after import wait_asked_for
from hotline_batch.client.network.transport import Answer
from hotline_batch.client.redaction import Redactor
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
    TurnedAway,
    Unconfirmed,
    UntrustedEndpoint,
)
from hotline_batch.issues.in_doubt import CONTRADICTION, NOT_THE_SERVICES, UNCONFIRMED
from hotline_batch.issues.issue import CASE, NONE, Issue, Parameters
from hotline_batch.issues.words import OF_PROXY, api_error
from hotline_batch.model.jobs import Reply, Request

_ASKED_TO_WAIT = {425, 429}
_LET_IN_REFUSED = {401, 403, 407}
_NOTHING_THERE = {404, 405, 410}
# A gateway says these also of what it asked for behind itself.
_GAVE_UP_WAITING = {408, 499}
_PERHAPS_DONE = {409, 424}
# Said of the request as it came, before anybody works on it.
_FORM_REFUSED = {411, 413, 414, 415, 431}
_FORM_OR_ROW_REFUSED = {400, 422}
_CHALLENGED = {403, 429, 503}
_FAILED_AT_WORK = {500, 501, 505}

# How products name themselves in the Server header of answers of their own, and on their error pages. Via headers say
# nothing: proxies add them to the service's answers, too.
_PROXIES = {
    "Squid": r"\bsquid\b",
    "Zscaler": r"zscaler",
    "Blue Coat": r"blue ?coat|proxysg",
    "Skyhigh (McAfee) Web Gateway": r"mcafee|skyhigh|\bmwg\b",
    "Forcepoint": r"forcepoint|websense",
    "FortiGate": r"fortigate|fortiguard|fortinet",
    "Netskope": r"netskope",
    "Cisco Secure Web Appliance": r"ironport|cisco umbrella",
    "Palo Alto Networks": r"palo ?alto networks",
    "Sophos": r"\bsophos\b",
}
_ANY = re.compile("|".join(f"(?P<p{at}>{words})" for at, words in enumerate(_PROXIES.values())), re.IGNORECASE)
_IS_PAGE = re.compile(r"<html|<!doctype", re.IGNORECASE)
_TEXT_LOOKED_AT = 20_000


def classify_answer(answer: Answer, request: Request, redactor: Redactor) -> Reply:
    """The typed reply of a confirmed request. Raises ApiError for every other answer."""
    text = decoded(answer.body)
    fields = object_in(parsed(text))
    if fields is None or not is_positive(fields, request):
        raise error_of(answer, request, redactor)
    if not 200 <= answer.status < 300 or not answer.sent_whole or says_failure(fields, request):
        issue = Issue("reply_unexpected", parameters={CASE: CONTRADICTION, "status": answer.status})
        raise api_error(Unconfirmed, issue, Delivery.MAYBE, answer.status)
    if is_about_another_topic(fields, request):
        raise api_error(Unconfirmed, Issue("another_topic"), Delivery.MAYBE, answer.status)
    check_that_it_is_ours(answer.headers, fields, request, answer.status)
    cleaned = redactor.fields(fields)
    return decode_reply(cleaned if isinstance(cleaned, dict) else {}, request, answer.status)


def error_of(answer: Answer, request: Request, redactor: Redactor) -> ApiError:
    """What an answer that is no confirmation means."""
    said = said_by(decoded(answer.body), answer.status, request, redactor)
    proxy = _proxy_in_headers(answer.headers)
    shown = _as_shown(answer.status, said.reason, proxy or _proxy_on_page(said.text))
    asks_to_wait = answer.status in {429, 503} or About.PACE in said.about
    wait = wait_asked_for(answer.headers, said.fields, said.reason, time.time(), is_asked_to_wait=asks_to_wait)
    errors = _Errors(answer.status, wait)
    error = _by_somebody_in_front(answer, said, shown, is_proxy=bool(proxy), errors=errors)
    error = error or _by_the_service(answer.status, said, shown, errors)
    if error.delivery is Delivery.MAYBE and answer.status >= 400 and not answer.sent_whole:
        return errors.no(NotReached, "connection_cut_while_sending", shown)
    return error


def _as_shown(status: int, said: str, whose: str) -> Parameters:
    """An answer as a person is told of it: its status, its own words, and whose page it looks like."""
    case = {(True, False): "status", (False, False): "silent", (True, True): "page", (False, True): "silent_page"}
    parameters: dict[str, str | int] = {CASE: case[bool(said), bool(whose)], "status": status}
    return parameters | ({"said": said} if said else {}) | ({"whose": whose} if whose else {})


def _by_the_service(status: int, said: Said, shown: Parameters, errors: _Errors) -> ApiError:
    match status:
        case _ if 200 <= status < 300:
            return _without_confirmation(said, errors)
        case _ if 300 <= status < 400:
            return errors.maybe("redirected", {"status": status}, Redirected)
        case _ if 400 <= status < 500 and status not in _GAVE_UP_WAITING | _PERHAPS_DONE:
            return _refused(status, said, shown, errors)
        case 503 if About.NOT_BEGUN in said.about:
            return errors.no(RateLimited, "service_not_ready", shown)
        case _:
            return errors.maybe(_code_in_doubt(status), shown)


@dataclass(frozen=True, slots=True)
class _Errors:
    """Makes the errors of one answer."""

    status: int
    wait_seconds: float | None

    def no(self, kind: type[ApiError], code: str, told: Parameters) -> ApiError:
        return api_error(kind, Issue(code, parameters=told), Delivery.NO, self.status, self.wait_seconds)

    def maybe(self, code: str, told: Parameters = NONE, kind: type[ApiError] = Unconfirmed) -> ApiError:
        return api_error(kind, Issue(code, parameters=told), Delivery.MAYBE, self.status, self.wait_seconds)


def _by_somebody_in_front(
    answer: Answer, said: Said, shown: Parameters, *, is_proxy: bool, errors: _Errors
) -> ApiError | None:
    """Who stands before the service and let nothing through: the same for every row."""
    status = answer.status
    if status in _LET_IN_REFUSED and (is_proxy or status == 407):
        return errors.no(UntrustedEndpoint, "proxy_refused", shown)
    if "cf-mitigated" in answer.headers or (said.is_page and About.BOT_CHECK in said.about and status in _CHALLENGED):
        return errors.no(TurnedAway, "bot_check", shown)
    if status in {403, 429} and (said.is_page or said.is_line) and About.FIREWALL in said.about:
        return errors.no(TurnedAway, "firewall_refused", shown)
    return None


def _without_confirmation(said: Said, errors: _Errors) -> ApiError:
    """A success that confirms nothing."""
    told = {CASE: "success", "said": said.reason}
    if About.NOT_BEGUN in said.about:
        return errors.no(RateLimited, "service_not_ready", told)
    is_failure_or_line = said.is_failure or said.is_line
    if is_failure_or_line and (refusal := _recognised(said, told, errors)):
        return refusal
    if said.is_failure:
        return errors.maybe("error_reported", told)
    if not said.text.strip() or said.text.strip() in {"[]", "{}", "null", "[{}]"}:
        return errors.maybe("reply_empty")
    if "workflow was started" in said.text.lower():
        return errors.maybe("accepted_unconfirmed")
    if said.fields is None:
        return errors.maybe("reply_unreadable", told | {CASE: NOT_THE_SERVICES})
    return errors.maybe("reply_unexpected", told | {CASE: UNCONFIRMED})


def _refused(status: int, said: Said, shown: Parameters, errors: _Errors) -> ApiError:
    """A status between 400 and 499 that was given by whoever was asked, and not by somebody behind."""
    told = _told_by_the_status(status, said, errors)
    if told and _words_agree(status, said) and not said.is_claim:
        return errors.no(*told, shown)
    if refusal := _recognised(said, shown, errors):
        return refusal
    # A page is of somebody in front; what it says of itself ("Web Gateway") happened there.
    is_of_front = said.is_page and status not in _FORM_REFUSED | _FORM_OR_ROW_REFUSED
    if told is None or said.is_exception or (said.is_behind and not is_of_front):
        return errors.maybe(_code_in_doubt(status), shown)
    return errors.no(*told, shown)


def _told_by_the_status(status: int, said: Said, errors: _Errors) -> tuple[type[ApiError], str] | None:
    """What a status says by itself, of a request that nobody worked on."""
    if status in _ASKED_TO_WAIT:
        is_used_up = About.QUOTA in said.about and errors.wait_seconds is None
        return (TurnedAway, "quota_used_up") if is_used_up else (RateLimited, "rate_limited")
    if status in _LET_IN_REFUSED:
        return CredentialsRefused, "credentials_refused"
    if status in _NOTHING_THERE:
        return EndpointMissing, "endpoint_missing"
    if status == 402:
        return TurnedAway, "quota_used_up"
    is_about_form = said.is_page or not said.text.strip() or About.FORM in said.about
    if status in _FORM_REFUSED or (status in _FORM_OR_ROW_REFUSED and is_about_form):
        return Refused, "request_refused"
    return None


def _words_agree(status: int, said: Said) -> bool:
    """Whether the words leave no doubt about what the status says, so that other words in them do not count."""
    if status in _LET_IN_REFUSED:
        return About.KEYS in said.about and About.NAMES not in said.about
    return status in _ASKED_TO_WAIT or (status in _NOTHING_THERE and About.ADDRESS in said.about)


def _recognised(said: Said, shown: Parameters, errors: _Errors) -> ApiError | None:
    """The refusal that the words of an answer are, if they are known and speak of nothing that happened behind."""
    if said.is_page or said.is_behind:
        return None
    if About.PACE in said.about:
        return errors.no(RateLimited, "rate_limited", shown)
    if said.is_exception:
        return None
    if About.ROW in said.about or said.about >= {About.KEYS, About.NAMES}:
        # Of the keys and of the row: taken for one of the keys, it would stop the run at the same row again and again.
        return errors.no(Refused, "api_refused", shown)
    if About.KEYS in said.about:
        return errors.no(CredentialsRefused, "credentials_refused", shown)
    if About.QUOTA in said.about:
        return errors.no(TurnedAway, "quota_used_up", shown)
    return None


def _code_in_doubt(status: int) -> str:
    if status in _FAILED_AT_WORK:
        return "server_error"
    return "gateway_error" if status in _GAVE_UP_WAITING or status >= 500 else "reply_unexpected"


def _proxy_in_headers(headers: Mapping[str, str]) -> str:
    """The proxy that says in its headers that this answer is its own; empty where none does."""
    if "X-Squid-Error" in headers:
        return "Squid"
    if "Proxy-Authenticate" in headers:
        return _product_in(headers.get("Server", "")) or OF_PROXY
    return _product_in(headers.get("Server", ""))


def _proxy_on_page(text: str) -> str:
    """The proxy whose error page this looks like: a hint and no proof, since a page may say anything; else empty."""
    return _product_in(text[:_TEXT_LOOKED_AT]) if _IS_PAGE.search(text[:_TEXT_LOOKED_AT]) else ""


def _product_in(text: str) -> str:
    found = _ANY.search(text)
    return list(_PROXIES)[int(str(found.lastgroup)[1:])] if found else ""
