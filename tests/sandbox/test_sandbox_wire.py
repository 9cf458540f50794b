"""What a client sees of each mishap, and whether the message was posted, on real connections."""

import http.client
import time
from collections.abc import Callable

import pytest

from hotline_batch.sandbox.faults import MISHAPS, Delivered, Ending
from hotline_batch.sandbox.reply import Reply
from hotline_batch.sandbox.server import Sandbox
from tests.sandbox.asking import ask, asking, hears_nothing, lookup, message
from tests.support.waiting import wait_until

WHOLE_ANSWERS = [name for name, mishap in MISHAPS.items() if isinstance(mishap.ending, Reply)]
ENDINGS = {
    Ending.CLOSE: http.client.RemoteDisconnected,
    Ending.RESET: ConnectionResetError,
    Ending.HALF_BODY: http.client.IncompleteRead,
}


@pytest.mark.parametrize("name", WHOLE_ANSWERS)
def test_planned_answer_arrives_and_the_next_request_is_fine(sandbox: Sandbox, name: str) -> None:
    """The message is posted exactly where the mishap says so."""
    mishap = MISHAPS[name]
    assert isinstance(mishap.ending, Reply)
    sandbox.faults.plan(name)

    answer = ask(sandbox, message())
    posted = sandbox.world.message_count()
    after = ask(sandbox, message())

    assert (mishap.ending.status, mishap.ending.body) == (answer.status, answer.body)
    assert (mishap.delivered is Delivered.YES) == (posted == 1)
    assert "message_sent" == after.json["result"]


@pytest.mark.parametrize("name", [name for name, mishap in MISHAPS.items() if mishap.ending in ENDINGS])
def test_planned_end_of_the_connection_is_seen_as_such(sandbox: Sandbox, name: str) -> None:
    """An orderly close, a reset and a cut answer can be told apart, as in life."""
    mishap = MISHAPS[name]
    assert isinstance(mishap.ending, Ending)
    sandbox.faults.plan(name)

    with pytest.raises(ENDINGS[mishap.ending]):
        ask(sandbox, message())

    assert (mishap.delivered is Delivered.YES) == (sandbox.world.message_count() == 1)


def test_half_headers_look_like_an_empty_success_to_a_naive_client(sandbox: Sandbox) -> None:
    """The trap behind it: status 200 and not a byte of body."""
    sandbox.faults.plan("half_headers")

    answer = ask(sandbox, message())

    assert (200, b"") == (answer.status, answer.body)
    assert 1 == sandbox.world.message_count()


@pytest.mark.parametrize(("name", "posted"), [("timeout_after_delivery", 1), ("timeout", 0)])
def test_silence_lasts_until_the_client_gives_up(sandbox: Sandbox, name: str, posted: int) -> None:
    """No answer ever comes; whether the message is there depends on the mishap."""
    sandbox.faults.plan(name)

    with asking(sandbox, message()) as connection:
        wait_until(lambda: name in sandbox.faults.met)
        assert hears_nothing(connection)

    other = sandbox.world.people[1].user_id
    assert "message_sent" == ask(sandbox, message(other)).json["result"]
    assert posted == sandbox.world.message_count(987654321)


def test_late_delivery_happens_after_the_client_gave_up(sandbox: Sandbox) -> None:
    """As with a queued workflow: the client has long called it failed."""
    sandbox.faults.plan("late_delivery")

    with asking(sandbox, message()) as connection:
        wait_until(lambda: "late_delivery" in sandbox.faults.met)
        assert hears_nothing(connection)
        assert 0 == sandbox.world.message_count()

    wait_until(lambda: sandbox.world.message_count() == 1)


def test_slow_reply_comes_byte_by_byte(sandbox: Sandbox) -> None:
    """No single read waits long, but the whole takes its time: the headers and the first byte come at once."""
    sandbox.faults.plan("slow_reply")
    with asking(sandbox, message()) as connection:
        began = time.monotonic()
        reply = connection.getresponse()
        pieces = [reply.read1(1000) for _ in range(3)]
        seconds = time.monotonic() - began

    assert (200, b'{"r') == (reply.status, b"".join(pieces)[:3])
    assert all(len(piece) <= 1 + 4 * seconds for piece in pieces)
    assert 1 == sandbox.world.message_count()


def test_mishaps_meet_lookups_too(sandbox: Sandbox) -> None:
    """By the person of the topic, or by the topic."""
    sandbox.faults.plan("server_error", user_id=987654321)
    sandbox.faults.plan("bad_gateway", topic_id=5344)

    statuses = [ask(sandbox, lookup(topic_id=topic)).status for topic in (5344, 5343, 5343, 5344)]

    assert [502, 500, 200, 200] == statuses


def test_mishap_of_one_user_leaves_the_others_alone(sandbox: Sandbox) -> None:
    """The next request of that user meets it, whoever comes before."""
    other = sandbox.world.people[1].user_id
    sandbox.faults.lose_reply(user_id=987654321)

    assert "message_sent" == ask(sandbox, message(other)).json["result"]
    with pytest.raises(http.client.RemoteDisconnected):
        ask(sandbox, message("987654321"))
    assert (1, 1) == (sandbox.world.message_count(other), sandbox.world.message_count(987654321))


def test_request_without_the_right_keys_uses_no_mishap_up(sandbox: Sandbox) -> None:
    """A refused key is a plain answer."""
    sandbox.faults.plan("server_error")

    ask(sandbox, message() | {"api_key": "wrong"})

    assert 500 == ask(sandbox, message()).status


def test_asked_wait_is_told_three_times_over(sandbox: Sandbox) -> None:
    """In the header, in the parameters and in the text, as Telegram does."""
    sandbox.faults.slow_down(34)

    answer = ask(sandbox, message())

    assert (429, "34") == (answer.status, answer.headers["retry-after"])
    assert answer.json == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 34",
        "parameters": {"retry_after": 34},
    }


def test_any_answer_can_be_dictated(sandbox: Sandbox) -> None:
    """For replies that no mishap of ours foresees."""
    sandbox.faults.answer(418, b"tea", "text/plain", headers={"X-Pot": "short"}, delivered=True)

    answer = ask(sandbox, message())

    assert (418, b"tea", "text/plain", "short") == (
        answer.status,
        answer.body,
        answer.headers["content-type"],
        answer.headers["x-pot"],
    )
    assert 1 == sandbox.world.message_count()


def test_rate_limit_refuses_without_posting(start: Callable[..., Sandbox]) -> None:
    """Beyond two a minute, and another connection has its own two."""
    sandbox = start(rate="2/min", clock=lambda: 100.0)
    second = {"instance": sandbox.connections[1].instance, "api_key": sandbox.connections[1].api_key}

    statuses = [ask(sandbox, message()).status for _ in range(3)]
    refused = ask(sandbox, lookup())

    assert [200, 200, 429] == statuses
    assert (429, "60") == (refused.status, refused.headers["retry-after"])
    assert 2 == sandbox.world.message_count()
    assert 200 == ask(sandbox, message() | second).status


def test_shares_reach_the_wire(start: Callable[..., Sandbox]) -> None:
    """A sandbox with a share of one never answers properly."""
    sandbox = start(mishaps={"empty_reply": 1})

    assert (200, b"") == ((answer := ask(sandbox, lookup())).status, answer.body)
    assert {"empty_reply": 1} == sandbox.faults.met
