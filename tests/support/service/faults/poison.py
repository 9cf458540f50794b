"""Answers made to hurt whoever reads them: too big, too deep, too clever, or with values that attack a spreadsheet."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from tests.support.service.exchange import JSON_TYPE, Exchange, to_json
from tests.support.service.faults.fault import Applied, Fault, Verdict

BIG_BYTES = 5_000_000
BOMB_BYTES = 200_000_000
DEPTH = 200_000

EVIL_VALUES: dict[str, object] = {
    "formula": "=HYPERLINK(\"http://evil.example\",\"click\")",
    "command": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
    "full_width": "\uff1d1+1",
    "escape": "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "nul": "a\x00b",
    "control": "a\x01\x0b\x0c\x1fb",
    "c1": "a\x9b31mb",
    "bidi": "abc\u202edcba",
    "not_a_character": "x\ufffe\uffffy",
    "long": "x" * 40_000,
    "newlines": "a\r\nb\nc\rd",
    "link": "javascript:alert(1)",
    "html": "<script>alert(1)</script>",
    "__proto__": {"a": 1},
    "=evil header": "value",
    "hotline_status": "sent",
}  # fmt: skip


def _reply(exchange: Exchange) -> dict[str, object]:
    answer = exchange.good_answer
    return dict(answer) if isinstance(answer, dict) else {}


def _big(exchange: Exchange) -> None:
    exchange.answer(200, to_json(_reply(exchange) | {"padding": "x" * BIG_BYTES}))


def _endless(exchange: Exchange) -> None:
    exchange.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\n\r\n".encode())
    for _ in range(1000):
        exchange.write(b" " * 100_000)
    exchange.connection.close()


def _deep(exchange: Exchange) -> None:
    exchange.answer(200, b"[" * DEPTH)


def _deep_and_closed(exchange: Exchange) -> None:
    exchange.answer(200, b"[" * DEPTH + b"]" * DEPTH)


def _gzip_bomb(exchange: Exchange) -> None:
    packed = gzip.compress(b" " * BOMB_BYTES, compresslevel=1)
    exchange.answer(200, packed, JSON_TYPE, [("Content-Encoding", "gzip")])


def _gzip_garbage(exchange: Exchange) -> None:
    exchange.answer(200, b"this is no gzip", JSON_TYPE, [("Content-Encoding", "gzip")])


def _huge_number(exchange: Exchange) -> None:
    text = json.dumps(_reply(exchange) | {"thread_id": 0}).replace('"thread_id": 0', '"thread_id": ' + "9" * 20_000)
    exchange.answer(200, text.encode())


def _not_a_number(exchange: Exchange) -> None:
    exchange.answer(200, json.dumps(_reply(exchange) | {"thread_id": float("nan")}).encode())


def _utf_16(exchange: Exchange) -> None:
    exchange.answer(200, json.dumps(exchange.good_answer).encode("utf-16"))


def _broken_utf_8(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body().replace(b"message_sent", b"message_sent\xff\xfe"))


def _lone_surrogate(exchange: Exchange) -> None:
    exchange.answer(200, json.dumps(_reply(exchange) | {"topic_title": "\ud83d"}).encode())


def _evil_values(exchange: Exchange) -> None:
    exchange.answer(200, json.dumps(_reply(exchange) | EVIL_VALUES).encode())


def _evil_link(exchange: Exchange) -> None:
    exchange.answer(200, to_json(_reply(exchange) | {"topic_link": '=HYPERLINK("http://evil.example","open")'}))


def _evil_title(exchange: Exchange) -> None:
    exchange.answer(200, to_json(_reply(exchange) | {"topic_title": "=1+1\x1b[2J", "user_name": "@SUM(A1)\x07"}))


def _result_twice(exchange: Exchange) -> None:
    exchange.answer(200, b'{"result":"error",' + exchange.good_body()[1:])


def _two_values(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body() + exchange.good_body())


def _answer_twice(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body())
    exchange.answer(200, to_json({"result": "message_sent", "topic_link": "https://t.me/c/2101424779/1"}))


def _unsolicited_408(exchange: Exchange) -> None:
    exchange.answer(200, exchange.good_body())
    exchange.answer(408, b"", None, [("Connection", "close")])
    exchange.connection.close()


def echo_of(exchange: Exchange) -> dict[str, object]:
    """The whole request with both secrets, as a careless error handler would say it."""
    fields = dict(exchange.head.fields) if exchange.head else {}
    return {"headers": fields, "body": exchange.body.decode("utf-8", "replace")}


def _echo_500(exchange: Exchange) -> None:
    exchange.answer(500, to_json({"message": f"Error in workflow: {json.dumps(echo_of(exchange))}"}))


def _echo_refusal(exchange: Exchange) -> None:
    exchange.answer(200, to_json({"result": "error", "error": "chat not found", "request": echo_of(exchange)}))


def _echo_text_400(exchange: Exchange) -> None:
    exchange.answer(400, f"Bad request: {json.dumps(echo_of(exchange))}".encode(), "text/plain")


def _echo_sent(exchange: Exchange) -> None:
    exchange.answer(
        200, to_json(_reply(exchange) | {"request": echo_of(exchange), "topic_title": str(echo_of(exchange))})
    )


_SENT_OR_UNKNOWN = frozenset({Verdict.SENT, Verdict.UNKNOWN})


def _posted(name: str, behave: Callable[[Exchange], None], decidable: Verdict, *, either: bool = False) -> Fault:
    also = _SENT_OR_UNKNOWN if either else frozenset[Verdict]()
    return Fault(name, behave, decidable, Applied.YES, may_also_be=also)


POISON = (
    _posted("big_answer", _big, Verdict.UNKNOWN),
    _posted("endless_answer", _endless, Verdict.UNKNOWN),
    _posted("deep_json", _deep, Verdict.UNKNOWN),
    _posted("deep_json_closed", _deep_and_closed, Verdict.UNKNOWN),
    _posted("gzip_bomb", _gzip_bomb, Verdict.UNKNOWN),
    _posted("gzip_garbage", _gzip_garbage, Verdict.UNKNOWN),
    _posted("huge_number", _huge_number, Verdict.UNKNOWN, either=True),
    _posted("not_a_number", _not_a_number, Verdict.SENT, either=True),
    _posted("utf_16", _utf_16, Verdict.UNKNOWN, either=True),
    _posted("broken_utf_8", _broken_utf_8, Verdict.UNKNOWN),
    _posted("lone_surrogate", _lone_surrogate, Verdict.SENT),
    _posted("evil_values", _evil_values, Verdict.SENT),
    _posted("evil_link", _evil_link, Verdict.SENT),
    _posted("evil_title", _evil_title, Verdict.SENT),
    _posted("result_twice", _result_twice, Verdict.SENT, either=True),
    _posted("two_json_values", _two_values, Verdict.UNKNOWN),
    # Over a connection in use nobody can know which of the two is the answer to this request.
    _posted("answer_twice", _answer_twice, Verdict.SENT, either=True),
    _posted("unsolicited_408", _unsolicited_408, Verdict.SENT, either=True),
)
ECHOES = (
    Fault("echo_in_500", _echo_500, Verdict.UNKNOWN),
    Fault("echo_in_error_200", _echo_refusal, Verdict.FAILED),
    Fault("echo_in_400", _echo_text_400, Verdict.FAILED),
    _posted("echo_in_confirmation", _echo_sent, Verdict.SENT),
)
