"""The stand-in in good health answers as the documentation and n8n do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.service.hostile_server import Credentials, HostileServer, named
from tests.support.service.raw_client import ask, connect, lookup_content, request_bytes, send_content

ROOT = Path(__file__).resolve().parents[3]


def test_message_is_confirmed_and_applied(server: HostileServer) -> None:
    """The documented reply, and one message in the topic of that user."""
    heard = ask(server, send_content(987654321, "Привет"))

    assert 200 == heard.status
    assert heard.json() == {
        "result": "message_sent",
        "topic_link": "https://t.me/c/2101424779/59321",
        "message": "Привет",
        "chat_id": "-1002101424779",
        "thread_id": 5602595546,
    }
    assert ["Привет"] == server.applied_for(987654321)


@pytest.mark.parametrize(("topic_id", "kind"), [(5343, "private"), (5344, "group")])
def test_lookup_tells_a_person_from_a_group_chat(server: HostileServer, topic_id: int, kind: str) -> None:
    """Only people have a user id; nothing is applied by a lookup."""
    info = ask(server, lookup_content(topic_id)).json()

    assert isinstance(info, dict)
    assert ("topic_info", kind) == (info["result"], info["frontend_type"])
    assert ("user_id" in info) == (kind == "private")
    assert [] == server.applied


def test_lookup_and_message_meet_the_same_topic(server: HostileServer) -> None:
    """The user whom a lookup names gets the messages into the topic that was looked up."""
    info = ask(server, lookup_content(5343)).json()
    assert isinstance(info, dict)

    heard = ask(server, send_content(int(info["user_id"])))

    assert b"https://t.me/c/2101424779/5343" in heard.body


def test_wrong_header_key_is_refused_as_n8n_does(server: HostileServer) -> None:
    """403 without a content type; counted, and nothing applied, even where a fault was planned."""
    server.fault_next(named("close_unanswered_applied"))

    heard = ask(server, request=request_bytes(send_content(), x_api_key="wrong"))

    assert (403, b"Authorization data is wrong!") == (heard.status, heard.body)
    assert b"content-type" not in heard.head.lower()
    assert (1, []) == (server.auth_failures, server.applied)


@pytest.mark.parametrize("wrong", [{"api_key": "x"}, {"instance": "1"}, {"instance": 13209946874612345}])
def test_wrong_key_in_the_body_is_an_error_in_a_200(server: HostileServer, wrong: dict[str, object]) -> None:
    """The workflow answers, not n8n; an instance as a JSON number is not the same instance."""
    heard = ask(server, send_content() | wrong)

    assert 200 == heard.status
    assert {"result": "error", "error": "Wrong instance or api_key"} == heard.json()
    assert 1 == server.auth_failures


@pytest.mark.parametrize(
    ("request_data", "status"),
    [
        (request_bytes(b"{", x_api_key="wrong"), 422),
        (request_bytes(send_content(), path="/webhook/Topic_Action"), 404),
        (request_bytes(send_content(), path="/webhook/topic_action/"), 200),
        (request_bytes(b"", method="GET"), 404),
        (request_bytes(send_content(message="x" * 4097)), 200),
        (request_bytes(send_content(message=" ")), 200),
        (request_bytes({"action": "delete_topic", "instance": "13209946874612345", "api_key": "instance-key"}), 200),
        (request_bytes(lookup_content(0)), 200),
        (request_bytes(send_content(), content_type="text/plain"), 200),
    ],
)
def test_odd_requests_are_answered_as_n8n_does(server: HostileServer, request_data: bytes, status: int) -> None:
    """The body is parsed before the key is looked at; what the workflow refuses is a 200 that applies nothing."""
    heard = ask(server, request=request_data)

    assert status == heard.status
    assert len(server.applied) == (b"message_sent" in heard.body)


@pytest.mark.parametrize(("agent", "status"), [("python-requests/2.34", 403), ("Mozilla/5.0 (compatible; x)", 200)])
def test_bots_are_refused_where_the_webhook_says_so(agent: str, status: int) -> None:
    """The option "Ignore Bots": the right key does not help, another User-Agent does."""
    request = request_bytes(send_content()).replace(b"Host:", f"User-Agent: {agent}\r\nHost:".encode())
    with HostileServer(credentials=Credentials(refuses_bots=True)) as server:
        heard = ask(server, request=request)

    assert status == heard.status


def test_chunked_request_is_refused_rather_than_misread(server: HostileServer) -> None:
    """Its chunks are not taken for the next request."""
    request = request_bytes(send_content()).replace(b"Content-Length: ", b"Transfer-Encoding: chunked\r\nX-Length: ")

    heard = ask(server, request=request)

    assert (411, []) == (heard.status, server.requests)


def test_connection_is_kept_alive(server: HostileServer) -> None:
    """Two requests, one connection."""
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(request_bytes(send_content(), keep_alive=True))
            connection.recv(65536)

    assert (1, [1, 2]) == (server.connections, [request.number for request in server.requests])
    assert {(1001, "Hello"): 2} == server.duplicates()


def test_requests_are_kept_whole(server: HostileServer) -> None:
    """Header fields, body bytes, time and the fault that was met."""
    server.fault_next(named("empty_200_applied"))

    ask(server)

    request = server.requests[0]
    assert "owner-token" == request.field("x-api-key")
    assert send_content() == json.loads(request.body) == request.content
    assert "empty_200_applied" == request.fault
    assert request.at <= server.applied[0].at
