"""Faults that arrive as a whole HTTP answer hold on the wire what their names say."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.service.faults.answers import redirect
from tests.support.service.faults.limits import limited_seconds
from tests.support.service.hostile_server import HostileServer
from tests.support.service.raw_client import (
    ask,
    meet,
)


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("error_500_applied", 500, b'{"message":"Error in workflow"}'),
        ("error_500_flood_applied", 500, b"retry after 2"),
        ("bad_gateway_502_not_applied", 502, b"<title>502 Bad Gateway</title>"),
        ("unavailable_503_applied", 503, b"<html>"),
        ("gateway_timeout_504_plain_applied", 504, b"Gateway Timeout"),
        ("cloudflare_524_applied", 524, b"A timeout occurred"),
        ("empty_200_applied", 200, b""),
        ("no_content_204_applied", 204, b""),
        ("json_null_applied", 200, b"null"),
        ("json_empty_array_applied", 200, b"[]"),
        ("text_ok_applied", 200, b"ok"),
        ("other_result_applied", 200, b"message_queued"),
        ("html_page_200_not_applied", 200, b"<!DOCTYPE html>"),
        ("workflow_started_late", 200, b'{"message":"Workflow was started"}'),
        ("error_in_200", 200, b'"result":"error"'),
        ("bad_request_400", 400, b"Bad Request"),
        ("too_large_413", 413, b"<html>"),
        ("uri_too_long_414", 414, b"<html>"),
        ("media_type_415", 415, b"Unsupported"),
        ("unprocessable_422", 422, b"Failed to parse request body"),
        ("unauthorized_401", 401, b"Authorization"),
        ("forbidden_403", 403, b"Authorization data is wrong!"),
        ("not_registered_404", 404, b"is not registered"),
        ("cannot_post_404", 404, b"<pre>Cannot POST /webhook/topic_action</pre>"),
        ("method_405", 405, b"<html>"),
        ("request_timeout_408_applied", 408, b"<html>"),
        ("too_early_425", 425, b"<html>"),
        ("limited_telegram_1", 429, b'"parameters":{"retry_after":1}'),
        ("limited_text_1", 429, b"retry after 1"),
        ("limited_for_a_day_telegram", 429, b"86400"),
        ("big_answer", 200, b"x" * 5_000_000),
        ("endless_answer", 200, b" " * 2_000_000),
        ("deep_json", 200, b"[" * 200_000),
        ("huge_number", 200, b"9" * 20_000),
        ("created_201", 201, b"message_sent"),
        ("says_axios_applied", 200, b"AxiosError"),
        ("sent_and_ok_false", 200, b'"ok":false'),
        ("cached_age", 200, b"message_sent"),
        ("nginx_limit_503", 503, b"<center>nginx"),
        ("starting_up_200", 200, b"n8n is starting up. Please wait"),
        ("cloudflare_1020", 403, b"error code: 1020"),
    ],
)
def test_answer_is_what_its_name_says(server: HostileServer, name: str, status: int, body: bytes) -> None:
    """Status and body on the wire."""
    heard = meet(server, name)

    assert status == heard.status
    assert body in heard.body
    assert body or not heard.body


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("limited_seconds_1", b"Retry-After: 1"),
        ("limited_garbage", b"Retry-After: soon"),
        ("limited_negative", b"Retry-After: -5"),
        ("limited_past_date", b"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        ("limited_for_a_day", b"Retry-After: 86400"),
        ("unavailable_503_retry_after_applied", b"Retry-After: 1"),
        ("redirect_308", b"Location: http://127.0.0.1:9/elsewhere"),
        ("json_as_text_html", b"Content-Type: text/html; charset=utf-8"),
        ("connection_close", b"Connection: close"),
        ("gzip_bomb", b"Content-Encoding: gzip"),
        ("http_1_0", b"HTTP/1.0 200 OK"),
        ("early_hints_103", b"HTTP/1.1 103 Early Hints"),
        ("continue_100", b"HTTP/1.1 100 Continue"),
    ],
)
def test_head_has_the_line_that_matters(server: HostileServer, name: str, line: bytes) -> None:
    """A line of the head on the wire."""
    assert line in meet(server, name).head.split(b"\r\n")


@pytest.mark.parametrize("name", ["limited_bare", "limited_telegram_1", "limited_text_1"])
def test_wait_is_not_told_in_the_head(server: HostileServer, name: str) -> None:
    """No Retry-After."""
    assert b"retry-after" not in meet(server, name).head.lower()


def test_wait_as_a_date_lies_ahead(server: HostileServer) -> None:
    """An HTTP date in GMT."""
    line = next(line for line in meet(server, "limited_date_2").head.split(b"\r\n") if line.startswith(b"Retry-After"))

    assert line.endswith(b" GMT")


def test_redirect_leads_to_another_server(server: HostileServer) -> None:
    """The location is that of a second stand-in, where leaked keys can be looked for."""
    with HostileServer() as other:
        server.fault_next(redirect(307, other.url))

        heard = ask(server)

        assert f"Location: {other.url}".encode() in heard.head
        assert [] == other.requests


def test_answers_of_another_shape_still_confirm(server: HostileServer) -> None:
    """What is inside says that the message was sent."""
    wrapped = meet(server, "array_of_one").json()
    marked = meet(server, "byte_order_mark").body
    swapped = meet(server, "swapped_types").json()
    packed = gzip.decompress(meet(server, "gzip_body").body)
    early = meet(server, "early_hints_103").body

    assert isinstance(wrapped, list)
    assert isinstance(swapped, dict)
    assert ("message_sent", 1) == (wrapped[0]["result"], len(wrapped))
    assert "message_sent" == json.loads(marked.decode("utf-8-sig"))["result"]
    assert (-1002101424779, "5614942226") == (swapped["chat_id"], swapped["thread_id"])
    assert "message_sent" == json.loads(packed)["result"]
    assert early.startswith(b"HTTP/1.1 200 OK")


def test_bomb_is_small_on_the_wire_and_large_inside(server: HostileServer) -> None:
    """Two hundred megabytes in under one."""
    heard = meet(server, "gzip_bomb")

    assert 1000 < len(heard.body) < 1_000_000


@pytest.mark.parametrize("name", ["echo_in_500", "echo_in_error_200", "echo_in_400", "echo_in_confirmation"])
def test_echo_holds_both_secrets(server: HostileServer, name: str) -> None:
    """Whoever prints this answer prints the keys."""
    heard = meet(server, name)

    assert b"owner-token" in heard.body
    assert b"instance-key" in heard.body


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("evil_values", b"=cmd|' /C calc'!A0"),
        ("evil_link", b"=HYPERLINK("),
        ("evil_title", b"=1+1"),
        ("result_twice", b'{"result":"error","result":"message_sent"'),
        ("two_json_values", b"}{"),
        ("lone_surrogate", b"\\ud83d"),
        ("not_a_number", b"NaN"),
        ("answer_twice", b"HTTP/1.1 200 OK"),
        ("unsolicited_408", b"HTTP/1.1 408 Request Timeout"),
    ],
)
def test_poison_is_in_the_body(server: HostileServer, name: str, found: bytes) -> None:
    """Bytes that attack whoever reads or prints them."""
    assert found in meet(server, name).body


def test_told_wait_is_what_the_answer_says() -> None:
    """The record of early retries rests on it."""
    assert (7, "limited_seconds_7") == (limited_seconds(7).told_wait, str(limited_seconds(7)))
