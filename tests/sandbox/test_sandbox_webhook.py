"""The webhook answers as Hotline documents it, and around it as n8n was measured to."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sandbox import webhook
from hotline_batch.sandbox.reply import json_reply
from hotline_batch.sandbox.server import Sandbox
from hotline_batch.sandbox.world import World
from tests.sandbox.asking import ask, lookup, message

# Every character but lone surrogates: two of those side by side are one character to a JSON reader.
CHARACTERS = st.one_of(st.integers(0, 0xD7FF), st.integers(0xE000, 0x10FFFF)).map(chr)
ANY_TEXT = st.lists(CHARACTERS).map("".join)


def test_dialog_with_a_person_is_answered_as_documented(sandbox: Sandbox) -> None:
    """The documented reply, field by field, in its order and with its types."""
    documented = (
        '{"result":"topic_info","group_id":"2101424779","topic_id":5343,"frontend_type":"private",'
        '"instance_name":"support_bot","instance_frontend_user_id":123456789,"instance_id":"132099468746812345",'
        '"chat_id":-1002101424779,"thread_id":5602541568,"topic_last_date":"2025-10-09 00:24:55",'
        '"topic_status":"user_answered","topic_title":"John Doe","user_id":987654321,"user_name":"John Doe",'
        '"user_first_name":"John","user_last_name":"Doe","user_username":"john1991","user_lang":"en",'
        '"user_phone":"+12125550123"}'
    )

    answer = ask(sandbox, lookup())

    assert (200, documented) == (answer.status, answer.body.decode())
    assert "application/json; charset=utf-8" == answer.headers["content-type"]


def test_group_chat_is_answered_as_documented(sandbox: Sandbox) -> None:
    """No chat_id, no thread_id, no user: a frontend_chat_id instead."""
    documented = (
        '{"result":"topic_info","group_id":"2101424779","topic_id":5344,"frontend_type":"group",'
        '"instance_name":"support_bot","instance_frontend_user_id":123456789,"instance_id":"132099468746812345",'
        '"frontend_chat_id":-1001234567890,"topic_last_date":"2025-10-09 00:30:00","topic_status":"support_answered",'
        '"topic_title":"Somebiz Proposal Chat"}'
    )

    answer = ask(sandbox, lookup(topic_id="5344"))

    assert documented == answer.body.decode()


def test_message_is_answered_as_documented_and_kept(sandbox: Sandbox) -> None:
    """chat_id is text here, though a number in a lookup."""
    answer = ask(sandbox, message(text="User status is changed: DEAL CONFIRMED"))

    assert answer.body.decode() == (
        '{"result":"message_sent","topic_link":"https://t.me/c/2101424779/5343",'
        '"message":"User status is changed: DEAL CONFIRMED","chat_id":"-1002101424779","thread_id":5602541568}'
    )
    assert [(1, 987654321, "User status is changed: DEAL CONFIRMED", "https://t.me/c/2101424779/5343")] == [
        (kept.number, kept.user_id, kept.text, kept.topic_link) for kept in sandbox.world.messages
    ]


@pytest.mark.parametrize("user_id", [987654321, "987654321", 987654321.0])
def test_user_id_may_be_a_number_or_its_digits(sandbox: Sandbox, user_id: object) -> None:
    """JavaScript makes no difference between them."""
    assert "message_sent" == ask(sandbox, message(user_id)).json["result"]


@pytest.mark.parametrize(
    "text", ["Привет, Jürgen! 你好 👩‍👩‍👧", "a\r\nb\tc", '{"quoted": "\\"}', "x" * 4096, "😀" * 4096, "\ud83d"]
)
def test_text_arrives_and_is_echoed_unchanged(sandbox: Sandbox, text: str) -> None:
    """4096 characters are code points; a lone surrogate is accepted, as n8n accepts it."""
    answer = ask(sandbox, message(text=text))

    assert text == answer.json["message"]
    assert [text] == [kept.text for kept in sandbox.world.messages_for(987654321)]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (message(12345678), "User 12345678 not found in our database"),
        (message(-987654321), "User -987654321 not found in our database"),
        (message(True), "User True not found in our database"),
        (message("John"), "User John not found in our database"),
        (lookup(topic_id=1), "Topic 1 in group 2101424779 not found in our database"),
        (lookup("-1002101424779"), "Topic 5343 in group -1002101424779 not found in our database"),
        (lookup(topic_id=5602541568), "Topic 5602541568 in group 2101424779 not found in our database"),
        (message(text=""), "Message text is empty"),
        (message(text=" \t\n\u00a0\u200b "), "Message text is empty"),
        (message(text=None), "Message text is empty"),
        (message(text=5), "Message text is empty"),
        (message(text="x" * 4097), "Message is too long"),
        ({"action": "set_status"}, "Unknown action set_status"),
        ({}, "Unknown action "),
        (message() | {"api_key": "other"}, "Wrong api_key for instance 13209946874612345"),
        (message() | {"api_key": "sandbox-api-key-2"}, "Wrong api_key for instance 13209946874612345"),
        (message() | {"api_key": None}, "Wrong api_key for instance 13209946874612345"),
        (message() | {"instance": "1"}, "Instance 1 not found"),
        (message() | {"instance": None}, "Instance  not found"),
        # As a number it loses its last digits in JavaScript.
        (message() | {"instance": 13209946874612345}, "Instance 13209946874612345 not found"),
        (message() | {"instance": 10**400}, f"Instance {'1' + '0' * 39} not found"),
    ],
)
def test_refusals_are_a_200_with_an_error(sandbox: Sandbox, fields: dict[str, object], error: str) -> None:
    """Hotline's only documented error shape; nothing is posted."""
    answer = ask(sandbox, fields)

    assert (200, {"error": error}) == (answer.status, answer.json)
    assert [] == sandbox.world.messages


def test_second_connection_has_its_own_key_and_reaches_the_same_people(sandbox: Sandbox) -> None:
    """Any connection of a company may ask; the reply says which one the topic belongs to."""
    second = sandbox.connections[1]

    answer = ask(sandbox, lookup() | {"instance": second.instance, "api_key": second.api_key})

    assert ("topic_info", "support_bot") == (answer.json["result"], answer.json["instance_name"])


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-KEY": "wrong"}, {"X-API-KEY": ""}, {"X-API-KEY": "SANDBOX-OWNER-TOKEN"}]
)
def test_wrong_or_missing_owner_token_is_a_403_without_a_content_type(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    """As n8n answers for header authentication."""
    answer = ask(sandbox, message(), headers={"Content-Type": "application/json"} | headers)

    assert (403, b"Authorization data is wrong!") == (answer.status, answer.body)
    assert 'Basic realm="Webhook"' == answer.headers["www-authenticate"]
    assert "content-type" not in answer.headers
    assert [] == sandbox.world.messages


@pytest.mark.parametrize(
    "body", [b"{", b'{"a": NaN}', b"\xef\xbb\xbf{}", b'{"a": "\xff"}', b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_broken_json_is_a_422_even_without_a_key(sandbox: Sandbox, body: bytes) -> None:
    """n8n parses the body before it looks at the key."""
    answer = ask(sandbox, body, headers={"Content-Type": "application/json"})

    assert (422, 422, "Failed to parse request body") == (answer.status, answer.json["code"], answer.json["message"])


def test_other_charset_is_a_422(sandbox: Sandbox) -> None:
    """n8n reads UTF-8 only."""
    answer = ask(sandbox, b"{}", headers={"Content-Type": "application/json; charset=latin1"})

    assert (422, "Unknown encoding: latin1") == (answer.status, answer.json["message"])


@pytest.mark.parametrize(
    ("body", "kind"), [(b"a=b", "application/x-www-form-urlencoded"), (b"[1]", "application/json"), (b"", "text/plain")]
)
def test_anything_but_a_json_object_runs_without_fields(sandbox: Sandbox, body: bytes, kind: str) -> None:
    """n8n starts the workflow all the same, which then finds no instance."""
    answer = ask(sandbox, body, headers={"Content-Type": kind, "X-API-KEY": sandbox.x_api_key})

    assert (200, {"error": "Instance  not found"}) == (answer.status, answer.json)


def test_body_over_16_mib_is_a_500(sandbox: Sandbox) -> None:
    """The payload limit of n8n."""
    answer = ask(sandbox, b" " * (16 * 1024 * 1024 + 1))

    assert (500, {"code": 0, "message": "There was a problem executing the workflow"}) == (answer.status, answer.json)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_registered(sandbox: Sandbox, method: str) -> None:
    """As n8n words it."""
    answer = ask(sandbox, method=method)

    assert 404 == answer.status
    assert answer.json == {
        "code": 404,
        "message": f"This webhook is not registered for {method} requests. Did you mean to make a POST request?",
    }


@pytest.mark.parametrize(
    ("path", "named"), [("/webhook/topic", "topic"), ("/webhook/TOPIC_ACTION", "TOPIC_ACTION"), ("/x/y", "x/y")]
)
def test_other_paths_are_not_registered(sandbox: Sandbox, path: str, named: str) -> None:
    """Paths are told apart by case."""
    answer = ask(sandbox, message(), path=path)

    assert (404, 404) == (answer.status, answer.json["code"])
    assert f'The requested webhook "POST {named}" is not registered.' == answer.json["message"]


def test_trailing_slash_is_tolerated(sandbox: Sandbox) -> None:
    """As n8n does; no redirect."""
    assert "message_sent" == ask(sandbox, message(), path="/webhook/topic_action/").json["result"]


@given(ANY_TEXT)
def test_any_text_survives_json(text: str) -> None:
    """Whatever Python holds as text, a JSON reader gets back."""
    assert text == json.loads(json_reply({"message": text}).body)["message"]


@given(
    st.dictionaries(
        st.sampled_from(["action", "instance", "api_key", "user_id", "message", "group_id", "topic_id"]),
        st.one_of(
            st.sampled_from(
                ["info_by_topic", "incoming_in_topic", "13209946874612345", "sandbox-api-key", "2101424779"]
            ),
            st.integers(),
            st.floats(),
            st.text("0-9 ½٣é\n", max_size=5),
            st.none(),
            st.booleans(),
            st.just([987654321]),
            st.just({"a": 1}),
        ),
    )
)
def test_no_fields_break_the_workflow(fields: dict[str, object]) -> None:
    """Whatever the fields are, the answer is a 200 with an error or a result."""
    world = World(people=1)

    answer = webhook.refusal(fields) or webhook.answer(world, fields)

    assert 200 == answer.status
    assert {"error", "result"} & set(json.loads(answer.body))
