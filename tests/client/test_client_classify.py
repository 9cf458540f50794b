"""What a complete answer means where its parts disagree, or too little of it can be seen."""

from __future__ import annotations

import json

import pytest
from urllib3 import HTTPHeaderDict

from hotline_batch.client.answers.classify import classify_answer
from hotline_batch.client.network.transport import Answer
from hotline_batch.client.redaction import Redactor
from hotline_batch.errors import ApiError, Delivery
from hotline_batch.model.jobs import GetTopicInfo, MessageSent, Request, SendMessage, TopicInfo

SEND = SendMessage(1_000_502, "Hello")


def meaning(
    status: int,
    body: object,
    *headers: tuple[str, str],
    request: Request = SEND,
    sent_whole: bool = True,
) -> tuple[str, Delivery]:
    """The code and delivery of the error that an answer is."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ApiError) as raised:
        classify_answer(Answer(status, HTTPHeaderDict(headers), data, sent_whole), request, Redactor(["secret-key"]))
    return raised.value.code, raised.value.delivery


@pytest.mark.parametrize("status", [400, 408, 409, 418, 424, 499, 500, 502, 503])
def test_an_answer_before_the_request_was_whole_proves_that_nothing_was_posted(status: int) -> None:
    """Whatever would be a doubt after the whole request."""
    assert Delivery.NO is meaning(status, {"message": "upstream request timeout"}, sent_whole=False)[1]


@pytest.mark.parametrize(
    ("status", "code"),
    [(408, "gateway_error"), (499, "gateway_error"), (409, "reply_unexpected"), (424, "reply_unexpected")],
)
def test_after_it_they_are_doubts(status: int, code: str) -> None:
    """Also with words about the row."""
    assert (code, Delivery.MAYBE) == meaning(status, {"message": "User not found"})


def test_what_was_asked_is_no_news_in_an_answer() -> None:
    """A text that speaks of time-outs, a user whose number looks like a status: the refusal stays one."""
    request = SendMessage(502, "The gateway timed out")
    refusal = {"ok": False, "message": request.message, "error": "User 502 not found"}

    assert ("api_refused", Delivery.NO) == meaning(200, refusal, request=request)
    assert ("error_reported", Delivery.MAYBE) == meaning(
        200, {"error": "user blocked"}, request=SendMessage(1, "user blocked")
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":"User not found","detail":"',
        [{"error": "User not found"}, {"result": "message_sent"}],
        {"error": "User not found", "log": ["step"] * 500},
        {"error": "User not found", "log": "x" * 30_000},
        json.loads('{"error":"User not found","a":' + '{"a":' * 40 + "1" + "}" * 41),
        {"error": "User not found", "result": "message_queued"},
        {"message": "User not found"},
        b"<Error><Message>User not found</Message></Error>",
    ],
    ids=["cut", "several", "many", "long", "deep", "another_result", "no_error", "xml"],
)
def test_words_that_cannot_be_placed_prove_nothing(body: object) -> None:
    """What is cut off, said of one of several, or beside more than is looked at."""
    assert Delivery.MAYBE is meaning(200, body)[1]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"message": "Unauthorized"}, "credentials_refused"),
        (403, b"<html><h1>403 Forbidden</h1>Secure Web Gateway</html>", "credentials_refused"),
        (403, {"message": "No API key was sent", "error": "api_key missing"}, "credentials_refused"),
        (404, {"error": "Instance 132 not found"}, "credentials_refused"),
        (410, b"", "endpoint_missing"),
        (403, {"message": "API rate limit exceeded"}, "rate_limited"),
        (400, {"error": "Wrong token for this topic"}, "api_refused"),
        (422, {"code": 422, "message": "Unknown encoding: utf-16"}, "request_refused"),
        (413, {"message": "odd words"}, "request_refused"),
        (200, {"error": "Unauthorized"}, "credentials_refused"),
        (429, {"error": "User not found"}, "rate_limited"),
        (404, {"message": "page not found", "hint": "timeout of 2000ms exceeded"}, "endpoint_missing"),
        (200, {"error": "odd words", "code": 429}, "rate_limited"),
        (200, {"error": "odd words", "details": {"httpCode": "429"}}, "rate_limited"),
        (200, {"error": "User not found", "code": 5040}, "api_refused"),
        (200, {"error": "User not found", "code": "abc"}, "api_refused"),
    ],
)
def test_statuses_and_words_together(status: int, body: object, code: str) -> None:
    """Each is certain, so nothing was delivered."""
    assert (code, Delivery.NO) == meaning(status, body)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"error": "User not found", "code": 504}, "error_reported"),
        (200, {"error": "User not found", "details": {"httpCode": "504"}}, "error_reported"),
        (500, {"message": "Error in workflow"}, "server_error"),
        (502, {"message": "Error in workflow"}, "gateway_error"),
        (413, {"message": "no route matched", "hint": "timeout of 2000ms exceeded"}, "reply_unexpected"),
    ],
)
def test_statuses_of_what_lies_behind_are_doubts(status: int, body: object, code: str) -> None:
    """Also where they only stand in the answer: the message may have been posted before."""
    assert (code, Delivery.MAYBE) == meaning(status, body)


GOOD = {"result": "message_sent", "topic_link": "https://t.me/c/1/2", "message": "Hello"}
NESTED = json.loads("[" * 15 + "1" + "]" * 15)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"", "reply_empty"),
        (200, b" \r\n", "reply_empty"),
        (200, None, "reply_empty"),
        (200, [], "reply_empty"),
        (200, {}, "reply_empty"),
        (200, [{}], "reply_empty"),
        (200, {"message": "Workflow was started"}, "accepted_unconfirmed"),
        (200, b"<html>Hello</html>", "reply_unreadable"),
        (200, [1, 2], "reply_unreadable"),
        (200, {"result": "message_queued"}, "reply_unexpected"),
        (300, b"", "redirected"),
        (302, b"", "redirected"),
        (300, GOOD, "reply_unexpected"),
        (500, GOOD, "reply_unexpected"),
        (400, {"error": "odd words"}, "reply_unexpected"),
        (400, b"<html>upstream request timeout</html>", "reply_unexpected"),
        (503, {"message": "odd words"}, "gateway_error"),
        (200, {"error": "User not found", "name": "NodeApiError"}, "error_reported"),
        (200, {"error": "User not found", "stack": "at work"}, "error_reported"),
    ],
)
def test_what_neither_confirms_nor_refuses_is_a_doubt(status: int, body: object, code: str) -> None:
    """Each by a code of its own: what a person does about it differs."""
    assert (code, Delivery.MAYBE) == meaning(status, body)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"message": "n8n is starting up. Please wait"}, "service_not_ready"),
        (503, {"message": "Database is not ready!"}, "service_not_ready"),
        (402, b"", "quota_used_up"),
        (429, {"error": "Monthly quota exceeded"}, "quota_used_up"),
        (200, {"error": "Monthly quota exceeded"}, "quota_used_up"),
        (400, b"", "request_refused"),
        (200, {"error": "User not found", "log": NESTED}, "api_refused"),
        (200, b"User not found", "api_refused"),
        (200, "User not found", "api_refused"),
        (403, b"<title>Just a moment...</title><html></html>", "bot_check"),
        (403, b"error code: 1020", "firewall_refused"),
        (429, b"<html>error code: 1020</html>", "firewall_refused"),
    ],
)
def test_what_was_refused_before_any_work_is_certain(status: int, body: object, code: str) -> None:
    assert (code, Delivery.NO) == meaning(status, body)


def test_an_answer_about_another_topic_is_a_doubt() -> None:
    body = {"result": "topic_info", "group_id": "2101424779", "topic_id": 7}

    assert ("another_topic", Delivery.MAYBE) == meaning(200, body, request=GetTopicInfo(2101424779, 5343))


def test_a_check_for_bots_tells_of_itself_in_its_headers() -> None:
    assert ("bot_check", Delivery.NO) == meaning(403, {"message": "odd words"}, ("cf-mitigated", "challenge"))


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"code": 1, "error": "No <b>dice</b>"}, "No dice"),
        ({"error": {"message": "No dice"}}, "No dice"),
        ({"error": {"kind": "No dice"}}, '{"kind": "No dice"}'),
        ({"error": "", "message": "No dice"}, "No dice"),
        ({"description": "No dice"}, "No dice"),
        ({"hint": "No dice"}, "No dice"),
        ({"kind": "No dice"}, '{"kind": "No dice"}'),
        (b"No dice", "No dice"),
        (b"", ""),
    ],
)
def test_a_person_is_told_the_words_of_the_answer(body: object, shown: str) -> None:
    """Those that say why, where they can be found, else all of them; and the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    with pytest.raises(ApiError) as raised:
        classify_answer(Answer(418, HTTPHeaderDict(), data, True), SEND, Redactor([]))

    assert (f"HTTP 418: {shown}" if shown else "HTTP 418") in raised.value.reason
    assert "in your network" not in raised.value.reason


def test_a_quota_with_an_end_is_waited_for() -> None:
    """Used up for good is only what names no time."""
    assert "rate_limited" == meaning(429, {"error": "Monthly quota exceeded"}, ("Retry-After", "7"))[0]


@pytest.mark.parametrize(
    "beside",
    [{"error": "x"}, {"errors": ["x"]}, {"stack": "x"}, {"ok": False}, {"success": False}, {"status": "failed"},
     {"status": "error"}, {"status": "failure"}, {"Code": 500}, {"httpStatus": "400"}, {"Status": "Failed"},
     {"Error": "x"}, {"success": "false"}, {"ok": 0}, {"delivered": False}, {"sent": False}],
)  # fmt: skip
def test_a_confirmation_that_also_tells_of_a_failure_is_a_doubt(beside: dict[str, object]) -> None:
    """In any of the ways in which services say so."""
    assert ("reply_unexpected", Delivery.MAYBE) == meaning(200, GOOD | beside)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 425, 429])
@pytest.mark.parametrize(
    "said",
    [[GOOD, {"error": "Too Many Requests"}], {"error": "User not found", "data": GOOD}, {"delivered": True},
     {"error": "User not found", "ok": True}, {"message": "Unauthorized", "success": "true"}],
    ids=str,
)  # fmt: skip
def test_a_refusal_that_also_tells_of_a_success_is_a_doubt(status: int, said: object) -> None:
    """Whatever its status: who answers for several steps at once tells of the one that failed."""
    assert Delivery.MAYBE is meaning(status, said)[1]


@pytest.mark.parametrize("field", [{"sent": 0}, {"posted": 0}, {"delivered": False}], ids=str)
def test_a_topic_may_tell_of_messages_one_day(field: dict[str, object]) -> None:
    """Fields that the API adds are the row's; what became of a message is no failure of a look-up."""
    body = {"result": "topic_info", "group_id": "2101424779", "topic_id": 5343, **field}
    answer = Answer(200, HTTPHeaderDict(), json.dumps(body).encode(), True)

    reply = classify_answer(answer, GetTopicInfo(2101424779, 5343), Redactor([]))

    assert isinstance(reply, TopicInfo)
    assert field.items() <= reply.fields.items()


def test_numbers_of_the_topic_that_was_asked_for_are_no_statuses() -> None:
    """As those of a user are none."""
    request = GetTopicInfo(502, 504)

    assert "api_refused" == meaning(200, {"error": "Topic 504 in group 502 not found"}, request=request)[0]
    assert "error_reported" == meaning(200, {"error": "Topic 503 not found: 502 Bad Gateway"}, request=SEND)[0]


def test_a_confirmation_with_a_number_of_its_own_is_one() -> None:
    """Only three digits are a status."""
    body = GOOD | {"code": 5040, "status": "sent", "ok": True, "error": None}

    for said in (body, [body]):
        answer = Answer(200, HTTPHeaderDict(), json.dumps(said).encode(), True)

        assert isinstance(classify_answer(answer, SEND, Redactor([])), MessageSent)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", ["Retry-After", "RateLimit-Reset"])
def test_an_answer_tells_its_status_and_how_long_to_wait(status: int, header: str) -> None:
    """Certain or in doubt: the run waits as long."""
    answer = Answer(status, HTTPHeaderDict({header: "7"}), b"{}", True)

    with pytest.raises(ApiError) as raised:
        classify_answer(answer, SEND, Redactor([]))

    assert (status, 7.0) == (raised.value.http_status, raised.value.retry_after_seconds)


def test_echo_is_compared_before_keys_are_hidden_in_it() -> None:
    """A text that holds what looks like a key is this row's all the same; the key is hidden afterwards."""
    request = SendMessage(1, "Your key is secret-key")
    body = {"result": "message_sent", "topic_link": "https://t.me/c/1/2", "message": request.message}

    reply = classify_answer(
        Answer(200, HTTPHeaderDict(), json.dumps(body).encode(), True), request, Redactor(["secret-key"])
    )

    assert isinstance(reply, MessageSent)
    assert "secret-key" not in reply.message


def test_look_up_from_a_cache_counts_where_it_names_its_topic() -> None:
    """It is an old answer about the right topic; one that names none may be about any."""
    request = GetTopicInfo(2101424779, 5343)
    named = {"result": "topic_info", "group_id": "2101424779", "topic_id": 5343}
    answer = Answer(200, HTTPHeaderDict({"Age": "9"}), json.dumps(named).encode(), True)

    assert "5343" == classify_answer(answer, request, Redactor([])).topic_id  # type: ignore[union-attr]
    assert "reply_from_cache" == meaning(200, {"result": "topic_info"}, ("Age", "9"), request=request)[0]
