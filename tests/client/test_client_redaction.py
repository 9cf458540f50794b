"""No form of a key passes, and everything else is handed on as it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from hotline_batch.client.redaction import Redactor
from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import ApiError
from tests.support.service.exchange import Exchange, to_json
from tests.support.service.faults import Applied, Fault, Verdict
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SECRET = "s3cret-Key of 12"
SECRETS = [SECRET, "13209946874612345"]

FORMS: list[Callable[[str], str]] = [
    str,
    lambda text: text.encode().hex(),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
    "\u200b".join,
    lambda text: text[: len(text) // 2],
]


@pytest.mark.parametrize("form", FORMS[:-1])
def test_no_form_of_a_secret_passes(form: Callable[[str], str]) -> None:
    assert {"a": "***", "b": 1} == Redactor(SECRETS).fields({"a": form(SECRET), "b": 1})


@pytest.mark.parametrize("form", FORMS[:-1])
def test_no_form_of_a_secret_stands_in_a_reason(form: Callable[[str], str]) -> None:
    """Wherever in the text, and also as the name of a field."""
    redactor = Redactor(SECRETS)

    assert "Key *** is wrong." == redactor.reason(f"Key {form(SECRET)} is wrong.")
    assert {"***": ["***"]} == redactor.fields({form(SECRET): [form(SECRET)]})


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", ":", ":o", ":other"])
def test_a_secret_among_others_in_base64_does_not_pass(before: str, after: str) -> None:
    """As in the header of Basic authentication."""
    encoded = base64.b64encode(f"{before}{SECRET}{after}".encode()).decode()

    assert "***" in Redactor(SECRETS).text(f"Basic {encoded}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<p>Wrong\r\n <b>user</b></p>\x07&amp; topic", "Wrong user & topic"),
        ("<style>p { color: red }</style><script>\nalert(1)</script>Not found", "Not found"),
        ("Key s3cret-<b>Key</b> of&#32;12 is wrong", "Key *** is wrong"),
        ("Key s3cret-\u200bKey o\x00f 12 is wrong", "Key *** is wrong"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 299 + "…"),
    ],
)
def test_a_reason_is_one_short_plain_line(text: str, reason: str) -> None:
    """Without markup, and a key that markup cuts into pieces is still found."""
    assert reason == Redactor(SECRETS).reason(text)
    assert Redactor([]).reason("<b>Wrong</b>\n user") == "Wrong user"


def test_a_reply_that_is_nested_without_end_is_cut() -> None:
    """At the twentieth level."""
    deep: object = SECRET
    for _ in range(20):
        deep = [deep]
    assert "***" in json.dumps(Redactor(SECRETS).fields(deep))

    cut = json.dumps(Redactor(SECRETS).fields([[deep]]), ensure_ascii=False)

    assert "[" * 20 + '"…"' + "]" * 20 == cut


def test_a_usual_reply_is_handed_on_as_it_is() -> None:
    reply = {"result": "message_sent", "topic_link": "https://t.me/c/1/2", "chat_id": -1001, "thread_id": None}

    assert Redactor(SECRETS).fields(reply) == reply


DIGITS = "90071992547409931"


def test_a_key_that_begins_like_another_leaves_nothing_of_the_longer_one() -> None:
    """The longer one is looked for first, in whatever order they are given."""
    keys = ["token-1", "token-1-of-the-owner"]

    for given in (keys, keys[::-1]):
        assert "it was ***." == Redactor(given).text("it was token-1-of-the-owner.")


@pytest.mark.parametrize("key", ["s3cret-Key-12", "s3cret-Key-1", "s3cret-Key-123", "s3cret?Key>12?"])
def test_no_letter_of_a_key_is_left_in_base64(key: str) -> None:
    """Whatever its length, with and without the signs that fill up its end, in both alphabets."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(key.encode()).decode()

        assert "it was ***" == Redactor([key]).text(f"it was {encoded}")
        assert "it was ***" == Redactor([key]).text(f"it was {encoded.rstrip('=')}")


def test_objects_that_are_nested_without_end_are_cut() -> None:
    """As lists are, at the same depth."""
    deep: object = SECRET
    for _ in range(2_000):
        deep = {"in": deep}

    cut = json.dumps(Redactor(SECRETS).fields(deep), ensure_ascii=False)

    assert '{"in": ' * 20 + '"…"' + "}" * 20 == cut


@pytest.mark.parametrize("key", [DIGITS, "12345678", "0012345678"])
@pytest.mark.parametrize("places", ["{}", "{}.0", "[1, {}]", '{{"deep": {}}}'])
def test_key_of_digits_that_comes_back_as_a_number(key: str, places: str) -> None:
    """As it is, without its zeros, with a decimal point or rounded as JavaScript does: never shown."""
    number = key.lstrip("0")
    for echoed in (number, str(int(float(number)))):
        said = json.loads(f'{{"result": "message_sent", "echo": {places.format(echoed)}}}')

        shown = json.dumps(Redactor([key]).fields(said))

        assert echoed not in shown
        assert "***" in shown


@pytest.mark.parametrize("key", ["00000000", "0000000001", "00042"])
def test_a_key_of_zeros_hides_no_count(key: str) -> None:
    """Else a log would show no 0 any more, and no 1 either; the key itself stays hidden."""
    told = {"rows": 0, "attempt": 1, "seconds": 0.0, "status": 42}

    assert told == Redactor([key]).fields(told)
    assert "***" == Redactor([key]).fields(key)


def test_number_of_a_service_is_handed_on_as_it_is() -> None:
    """Also one beyond any float, and a truth, which Python counts as one."""
    reply = {"result": "topic_info", "thread_id": 5602541568, "share": 0.5, "huge": 10**400, "is_open": True}

    assert reply == Redactor([DIGITS]).fields(reply)
    assert {"a": True, "b": ["***"]} == Redactor(["1"]).fields({"a": True, "b": [1]})


def test_key_of_digits_in_a_reply_of_the_service() -> None:
    """Through the client's door: neither the typed reply nor the words of an error hold the key."""

    def behave(exchange: Exchange) -> None:
        said = exchange.good_answer if isinstance(exchange.good_answer, dict) else {}
        exchange.answer(200, to_json({**said, "api_key": int(DIGITS)}))

    def refuse(exchange: Exchange) -> None:
        exchange.answer(400, to_json({"error": {"code": 1, "api_key": int(DIGITS)}}))

    keys = Credentials(api_key=DIGITS)
    with (
        HostileServer(credentials=keys) as server,
        TopicsClient(keys.x_api_key, keys.instance, DIGITS, endpoint=server.url) as client,
    ):
        server.fault_next(Fault("echo", behave, Verdict.SENT, Applied.YES))
        reply = client.send_message(987654321, "one")
        server.fault_next(Fault("refuse", refuse, Verdict.FAILED))
        with pytest.raises(ApiError) as caught:
            client.send_message(987654321, "two")

    assert "***" == reply.fields["api_key"]
    assert DIGITS not in repr(reply) + repr(caught.value) + str(caught.value)
    assert "***" in str(caught.value)
