"""Faults that are told by words: refusals that are certain, and errors that prove nothing because they lie behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain

from tests.support.service.exchange import JSON_TYPE, Exchange, to_json
from tests.support.service.faults.answers import page, says
from tests.support.service.faults.fault import Applied, Fault, Verdict, applied_or_not
from tests.support.service.pretend_api import topic_link

_AXIOS = {
    "message": "timeout of 2000ms exceeded",
    "name": "AxiosError",
    "stack": "AxiosError: timeout of 2000ms exceeded\n    at handleRequestTimeout (axios.cjs:3164:16)",
    "code": "ECONNABORTED",
    "status": None,
}

# ── 200 with an error: what happened behind the webhook, or nobody knows what ────────────────────────────────────────

ERRORS_IN_200: Mapping[str, Mapping[str, object]] = {
    "time_out": {"error": "timeout of 2000ms exceeded"},
    "timed_out": {"error": "The connection timed out, consider setting the 'Retry on Fail' option"},
    "socket_hang_up": {"error": "socket hang up"},
    "reset": {"error": {"message": "read ECONNRESET", "code": "ECONNRESET"}},
    "etimedout": {"error": "connect ETIMEDOUT 149.154.167.220:443"},
    "econnaborted": {"error": {"message": "aborted", "code": "ECONNABORTED"}},
    "epipe": {"error": "write EPIPE"},
    "aborted": {"error": "The connection was aborted, perhaps the server is offline"},
    "offline": {"error": "The service refused the connection - perhaps it is offline"},
    "number_502": {"error": '502 - "<html><head><title>502 Bad Gateway</title></head></html>"'},
    "error_code_504": {"ok": False, "error_code": 504, "description": "Gateway Timeout"},
    "status_code_500": {"error": {"message": "Oops", "statusCode": "500"}},
    "bad_gateway": {"success": False, "message": "Bad gateway - the service failed to handle your request"},
    "gateway": {"error": "The gateway did not answer"},
    "not_able": {"error": "The service was not able to process your request"},
    "code_node": {"error": "boom [line 6]"},
    "axios": {"error": _AXIOS},
    "unknown_words": {"error": "Something went wrong"},
    # Words about the row do not help where others tell of what happened behind.
    "row_and_behind": {"error": "User not found", "description": "read ECONNRESET"},
    "row_in_axios": {"error": {**_AXIOS, "message": "Bad Request: chat not found", "code": "ERR_BAD_REQUEST"}},
    "posted_and_closed": {"error": "Message was posted, but the topic is closed"},
    "keys_of_a_node": {"error": "Authorization failed - please check your credentials"},
    "parameters_of_a_node": {"error": "Bad request - please check your parameters"},
    "table_of_users": {"error": 'relation "user" does not exist'},
    "german": {"error": "Benutzer nicht gefunden"},
    "russian": {"ok": False, "description": "Пользователь не найден"},
    "confirmed_inside": {"error": "User not found", "data": {"result": "message_sent"}},
}


def _twins(name: str, status: int, body: Mapping[str, object] | bytes) -> tuple[Fault, Fault]:
    return applied_or_not(says(name, status, body, Verdict.UNKNOWN))


REPORTED = tuple(chain.from_iterable(_twins(f"says_{name}", 200, body) for name, body in ERRORS_IN_200.items()))

# ── 4xx that a gateway says of what it asked for itself ──────────────────────────────────────────────────────────────

BEHIND_A_GATEWAY = tuple(
    chain.from_iterable(
        _twins(name, status, body)
        for name, status, body in (
            ("request_timeout_408", 408, page("408 Request Time-out")),
            ("conflict_409", 409, {"message": "Conflict"}),
            ("dependency_424", 424, {"message": "Failed dependency"}),
            ("closed_499", 499, page("499 Client Closed Request")),
            ("upstream_400", 400, {"message": "upstream request timeout"}),
            ("upstream_404", 404, {"message": "upstream not found, connection reset"}),
            ("node_400", 400, {"code": 400, "message": "Bad request - please check your parameters"}),
            ("odd_400", 400, {"message": "Something is odd"}),
            ("teapot_418", 418, {"message": "I am a teapot"}),
            ("axios_403", 403, {"error": _AXIOS}),
            ("starting_503_instead", 503, b"n8n is starting up. Please wait"),
        )
    )
)

# ── a yes that is none ───────────────────────────────────────────────────────────────────────────────────────────────


def _with(name: str, more: Mapping[str, object]) -> Fault:
    def answer(exchange: Exchange) -> None:
        good = exchange.good_answer
        exchange.answer(200, to_json({**(good if isinstance(good, dict) else {}), **more}))

    return Fault(name, answer, Verdict.UNKNOWN, Applied.YES)


YES_AND_NO = (
    _with("sent_and_ok_false", {"ok": False}),
    _with("sent_and_success_false", {"success": False}),
    _with("sent_and_error", {"error": "boom"}),
    _with("sent_and_error_code", {"error_code": 504}),
)


def _cached(name: str, *fields: tuple[str, str]) -> Fault:
    def answer(exchange: Exchange) -> None:
        exchange.answer(200, exchange.good_body(), JSON_TYPE, fields)

    return Fault(name, answer, Verdict.UNKNOWN)


FROM_A_CACHE = (
    _cached("cached_age", ("Age", "12")),
    _cached("cached_x_cache", ("X-Cache", "HIT")),
    _cached("cached_cloudfront", ("X-Cache", "Hit from cloudfront")),
    _cached("cached_cloudflare", ("CF-Cache-Status", "HIT")),
    _cached("cached_fastly", ("X-Cache", "MISS, HIT"), ("X-Cache-Hits", "0, 1")),
    _cached("cached_rfc_9211", ("Cache-Status", "ExampleCache; hit; ttl=30")),
    _cached("cached_varnish", ("X-Varnish", "3 2")),
)
# Only a ledger that knows whose topic this is can tell; a client alone cannot.
ANOTHER_USERS_TOPIC = replace(
    _with("another_users_topic", {"topic_link": topic_link(1_000_001)}), may_also_be=frozenset({Verdict.SENT})
)
NOT_FROM_A_CACHE = tuple(
    replace(_cached(name, *fields), decidable=Verdict.SENT, applied=Applied.YES)
    for name, fields in (
        ("passed_by_a_cache", (("X-Cache", "MISS"), ("Age", "0"), ("X-Cache-Hits", "0"))),
        ("passed_by_cloudflare", (("CF-Cache-Status", "DYNAMIC"), ("X-Varnish", "32770"))),
    )
)

# ── refusals that are certain ────────────────────────────────────────────────────────────────────────────────────────

REFUSED_IN_OTHER_STATUSES = (
    says("too_long_200", 200, {"ok": False, "description": "Bad Request: message is too long"}, Verdict.FAILED),
    says("topic_closed_200", 200, {"error": {"message": "Bad Request: TOPIC_CLOSED"}}, Verdict.FAILED),
    says("user_not_found_200_line", 200, b"User not found", Verdict.FAILED, "text/plain"),
    says("blocked_by_user_403", 403, {"message": "Forbidden: bot was blocked by the user"}, Verdict.FAILED),
    says("deactivated_403", 403, {"message": "Forbidden: user is deactivated"}, Verdict.FAILED),
    says("kicked_401", 401, {"error": "Forbidden: bot was kicked from the chat"}, Verdict.FAILED),
    says("user_not_found_404", 404, {"error": "User not found"}, Verdict.FAILED),
    says("dialog_not_found_404", 404, {"code": 404, "message": "Dialog 17 does not exist"}, Verdict.FAILED),
)

# ── somebody in front lets nobody through ────────────────────────────────────────────────────────────────────────────

_CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
BOT_CHECKS = (
    says("challenge_403", 403, _CHALLENGE, Verdict.STOP, "text/html", (("cf-mitigated", "challenge"),)),
    says("challenge_503", 503, _CHALLENGE, Verdict.STOP, "text/html"),
)
FIREWALLS = (says("cloudflare_1020", 403, b"error code: 1020", Verdict.STOP, "text/plain"),)
QUOTAS = (
    says("payment_402", 402, {"message": "Payment Required"}, Verdict.STOP),
    says("quota_200", 200, {"error": "Monthly quota exceeded"}, Verdict.STOP),
    says("quota_429", 429, {"message": "You have used up your execution limit"}, Verdict.STOP),
)

_PAGES_THAT_ARE_MISSING: tuple[tuple[str, Mapping[str, object] | bytes], ...] = (
    ("active_version", {"code": 404, "message": 'Active version not found for workflow with id "x3"'}),
    ("published_version", {"code": 404, "message": 'Published version not found for workflow with id "x3"'}),
    ("no_workflow", {"code": 404, "message": "Could not find workflow with id x3"}),
    ("kong", {"message": "no Route matched with those values"}),
    ("plain_json", {"error": "Not Found"}),
    ("nothing", b""),
    ("other_language", {"error": "Пользователь не найден"}),
)
MISSING = tuple(says(f"missing_404_{name}", 404, body, Verdict.STOP) for name, body in _PAGES_THAT_ARE_MISSING)
