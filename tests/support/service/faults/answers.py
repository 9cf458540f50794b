"""Faults that arrive as a complete HTTP answer: refusals, gateway pages, empty successes, redirects, other shapes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.support.service.exchange import JSON_TYPE, Exchange, render, to_json
from tests.support.service.faults.fault import Applied, Fault, Verdict, applied_or_not

Fields = tuple[tuple[str, str], ...]


def says(
    name: str,
    status: int,
    body: bytes | Mapping[str, object],
    decidable: Verdict,
    content_type: str | None = JSON_TYPE,
    fields: Fields = (),
) -> Fault:
    """A fault that answers this; not applied unless the twin says so."""
    data = body if isinstance(body, bytes) else to_json(body)

    def answer(exchange: Exchange) -> None:
        exchange.answer(status, data, content_type, fields)

    return Fault(name, answer, decidable, stops_run=decidable is Verdict.STOP)


def page(title: str) -> bytes:
    """An HTML page as nginx writes it."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def reshapes(name: str, reshape: Callable[[Exchange], None], decidable: Verdict = Verdict.SENT) -> Fault:
    """A message that was posted, with its reply in another shape."""
    return Fault(name, reshape, decidable, Applied.YES)


# ── the service or something before it gives up ──────────────────────────────────────────────────────────────────────

_N8N_500 = {"message": "Error in workflow"}
_CRASHED = {"code": 0, "message": "There was a problem executing the workflow"}

_NO_SERVER = (
    b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"
)

SERVER_ERRORS = tuple(
    twin
    for fault in (
        says("error_500", 500, _N8N_500, Verdict.UNKNOWN),
        says("error_500_crashed", 500, _CRASHED, Verdict.UNKNOWN),
        says("error_500_flood", 500, {"message": "Too Many Requests: retry after 2"}, Verdict.UNKNOWN),
        says("bad_gateway_502", 502, page("502 Bad Gateway"), Verdict.UNKNOWN, "text/html"),
        says("unavailable_503", 503, _NO_SERVER, Verdict.UNKNOWN, "text/html"),
        says("unavailable_503_retry_after", 503, page("503"), Verdict.UNKNOWN, "text/html", (("Retry-After", "1"),)),
        says("gateway_timeout_504", 504, page("504 Gateway Time-out"), Verdict.UNKNOWN, "text/html"),
        says("gateway_timeout_504_plain", 504, b"Gateway Timeout", Verdict.UNKNOWN, "text/plain"),
        says(
            "cloudflare_520", 520, page("520: Web server is returning an unknown error"), Verdict.UNKNOWN, "text/html"
        ),
        says("cloudflare_522", 522, page("522: Connection timed out"), Verdict.UNKNOWN, "text/html"),
        says("cloudflare_524", 524, page("524: A timeout occurred"), Verdict.UNKNOWN, "text/html"),
    )
    for twin in applied_or_not(fault)
)

# ── 2xx without a confirmation ───────────────────────────────────────────────────────────────────────────────────────

_LOGIN = b"<!DOCTYPE html><html><head><title>Guest WiFi</title></head><body><form>Log in</form></body></html>"
_STARTED = {"message": "Workflow was started"}


def _started_then_apply(exchange: Exchange) -> None:
    exchange.answer(200, to_json(_STARTED))
    exchange.apply_later()


UNCONFIRMED = tuple(
    twin
    for fault in (
        says("empty_200", 200, b"", Verdict.UNKNOWN),
        says("no_content_204", 204, b"", Verdict.UNKNOWN, None),
        says("json_null", 200, b"null", Verdict.UNKNOWN),
        says("json_empty_array", 200, b"[]", Verdict.UNKNOWN),
        says("json_empty_object", 200, b"{}", Verdict.UNKNOWN),
        says("json_true", 200, b"true", Verdict.UNKNOWN),
        says("text_ok", 200, b"ok", Verdict.UNKNOWN, "text/html; charset=utf-8"),
        says("other_result", 200, {"result": "message_queued"}, Verdict.UNKNOWN),
        says("result_in_capitals", 200, {"result": "MESSAGE_SENT"}, Verdict.UNKNOWN),
        says("html_page_200", 200, _LOGIN, Verdict.UNKNOWN, "text/html; charset=utf-8"),
        says("workflow_started", 200, _STARTED, Verdict.UNKNOWN),
    )
    for twin in applied_or_not(fault)
)
WORKFLOW_STARTED_LATE = Fault(
    "workflow_started_late", _started_then_apply, Verdict.UNKNOWN, Applied.LATER, seconds=60.0
)

# ── the API says no ──────────────────────────────────────────────────────────────────────────────────────────────────

# Refusals of one row that speak of keys or instances as well.
_BLOCKED = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
_NO_DIALOG = {"error": "User 1001 has no dialog with this instance"}


def _refuse_and_confirm(status: int) -> Fault:
    def answer(exchange: Exchange) -> None:
        exchange.answer(status, exchange.good_body())

    return Fault(f"confirmed_in_{status}", answer, Verdict.UNKNOWN, Applied.YES)


ERROR_IN_200 = says("error_in_200", 200, {"result": "error", "error": "Bad Request: chat not found"}, Verdict.FAILED)
ROW_REFUSALS = (
    ERROR_IN_200,
    says("blocked_by_user_200", 200, _BLOCKED, Verdict.FAILED),
    says("no_dialog_with_instance_200", 200, _NO_DIALOG, Verdict.FAILED),
    says("user_not_found_400", 400, {"message": "User not found"}, Verdict.FAILED),
)
RESULT_IS_A_LIST = says("result_is_a_list", 200, {"result": ["x"], "error": "boom"}, Verdict.UNKNOWN)
CONFIRMED_AND_REFUSED = (_refuse_and_confirm(400), _refuse_and_confirm(429))
REFUSALS = (
    says("bad_request_400", 400, {"code": 400, "message": "Bad Request"}, Verdict.FAILED),
    says("bad_request_400_page", 400, page("400 Bad Request"), Verdict.FAILED, "text/html"),
    says("too_large_413", 413, page("413 Request Entity Too Large"), Verdict.FAILED, "text/html"),
    says("uri_too_long_414", 414, page("414 Request-URI Too Large"), Verdict.FAILED, "text/html"),
    says("media_type_415", 415, {"message": "Unsupported media type"}, Verdict.FAILED),
    says("unprocessable_422", 422, {"code": 422, "message": "Failed to parse request body"}, Verdict.FAILED),
)

# ── nothing will work until somebody mends it ────────────────────────────────────────────────────────────────────────

_NOT_REGISTERED = {
    "code": 404,
    "message": 'The requested webhook "POST topic_action" is not registered.',
    "hint": "The workflow must be active for a production URL to run successfully.",
}
_CANNOT_POST = (
    b'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
    b"<pre>Cannot POST /webhook/topic_action</pre>\n</body>\n</html>\n"
)
_BASIC = (("WWW-Authenticate", 'Basic realm="Webhook"'),)

FORBIDDEN_403 = says("forbidden_403", 403, b"Authorization data is wrong!", Verdict.STOP, None, _BASIC)
NOT_REGISTERED_404 = says("not_registered_404", 404, _NOT_REGISTERED, Verdict.STOP)
CANNOT_POST_404 = says("cannot_post_404", 404, _CANNOT_POST, Verdict.STOP, "text/html; charset=utf-8")
NOT_USABLE = (
    says("unauthorized_401", 401, b"Authorization is required!", Verdict.STOP, None, _BASIC),
    FORBIDDEN_403,
    NOT_REGISTERED_404,
    CANNOT_POST_404,
    says("not_found_404_traefik", 404, b"404 page not found\n", Verdict.STOP, "text/plain; charset=utf-8"),
    says("method_405", 405, page("405 Not Allowed"), Verdict.STOP, "text/html"),
)


# ── redirects ────────────────────────────────────────────────────────────────────────────────────────────────────────


def redirect(status: int, location: str = "http://127.0.0.1:9/elsewhere") -> Fault:
    """A redirect that must not be followed: with it the keys would travel to ``location``."""
    fault = says(
        f"redirect_{status}", status, page(str(status)), Verdict.UNKNOWN, "text/html", (("Location", location),)
    )
    return replace(fault, stops_run=True)


REDIRECTS = tuple(redirect(status) for status in (301, 302, 303, 307, 308))

# ── confirmed, in another shape ──────────────────────────────────────────────────────────────────────────────────────


def _reply(exchange: Exchange) -> dict[str, object]:
    answer = exchange.good_answer
    return dict(answer) if isinstance(answer, dict) else {}


def _array_of_one(exchange: Exchange) -> None:
    exchange.answer(200, to_json([exchange.good_answer]))


def _array_of_two(exchange: Exchange) -> None:
    exchange.answer(200, to_json([exchange.good_answer, exchange.good_answer]))


def _swapped_types(exchange: Exchange) -> None:
    swapped = {
        name: int(value) if isinstance(value, str) and value.lstrip("-").isdecimal()
        else str(value) if isinstance(value, int) else value
        for name, value in _reply(exchange).items()
    }  # fmt: skip
    exchange.answer(200, to_json(swapped))


def _extra_fields(exchange: Exchange) -> None:
    more = {"message_id": 77, "sent_at": None, "meta": {"a": [1, 2]}, "ok": True, "": "nameless"}
    exchange.answer(200, to_json(_reply(exchange) | more))


def _byte_order_mark(exchange: Exchange) -> None:
    exchange.answer(200, b"\xef\xbb\xbf" + exchange.good_body())


def _as_text_html(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body(), "text/html; charset=utf-8")


def _wrong_charset(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body(), "application/json; charset=iso-8859-1")


def _without_type(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body(), None)


def _indented(exchange: Exchange) -> None:
    exchange.answer(200, b"\r\n" + json.dumps(exchange.good_answer, indent=4).encode() + b"\r\n")


def _gzip(exchange: Exchange) -> None:
    exchange.answer(200, gzip.compress(exchange.good_body()), JSON_TYPE, [("Content-Encoding", "gzip")])


def _chunked(exchange: Exchange) -> None:
    body = exchange.good_body()
    middle = len(body) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:]))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange.write(head.encode() + chunks + b"0\r\n\r\n")


def _http_1_0(exchange: Exchange) -> None:
    exchange.write(render(200, exchange.good_body(), version="HTTP/1.0"))
    exchange.connection.close()


def _until_close(exchange: Exchange) -> None:
    exchange.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\n\r\n".encode() + exchange.good_body())
    exchange.connection.close()


def _connection_close(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body(), JSON_TYPE, [("Connection", "close")])
    exchange.connection.close()


def _early_hints(exchange: Exchange) -> None:
    exchange.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    exchange.answer(200, exchange.good_body())


def _continue_first(exchange: Exchange) -> None:
    exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.answer(200, exchange.good_body())


def _created(exchange: Exchange) -> None:
    exchange.answer(201, exchange.good_body())


def _without_link(exchange: Exchange) -> None:
    reply = _reply(exchange)
    reply.pop("topic_link", None)
    exchange.answer(200, to_json(reply))


def _other_message(exchange: Exchange) -> None:
    exchange.answer(200, to_json(_reply(exchange) | {"message": "Another text than the one that was asked for"}))


RESHAPED = (
    reshapes("array_of_one", _array_of_one),
    reshapes("swapped_types", _swapped_types),
    reshapes("extra_fields", _extra_fields),
    reshapes("byte_order_mark", _byte_order_mark),
    reshapes("json_as_text_html", _as_text_html),
    reshapes("json_with_wrong_charset", _wrong_charset),
    reshapes("json_without_type", _without_type),
    reshapes("json_indented", _indented),
    reshapes("gzip_body", _gzip),
    reshapes("chunked_body", _chunked),
    reshapes("http_1_0", _http_1_0),
    reshapes("body_until_close", _until_close),
    reshapes("connection_close", _connection_close),
    replace(reshapes("early_hints_103", _early_hints), may_also_be=frozenset({Verdict.UNKNOWN})),
    reshapes("continue_100", _continue_first),
    reshapes("created_201", _created),
    reshapes("without_link", _without_link),
    reshapes("other_message", _other_message, Verdict.UNKNOWN),
    reshapes("array_of_two", _array_of_two, Verdict.UNKNOWN),
)
