"""A confirmation is compared with what was asked: what Telegram cleans is this text, anything else another."""

from __future__ import annotations

import unicodedata

import pytest

from hotline_batch.client.answers.confirmation import Echo, check_that_it_is_ours, echo_of
from hotline_batch.errors import Delivery, Unconfirmed
from hotline_batch.model.jobs import SendMessage


@pytest.mark.parametrize(
    ("sent", "confirmed"),
    [
        ("Hello", "Hello"),
        ("Hello", ""),
        ("Hello", " \n"),
        ("Hello\r\n world ", "Hello\nworld"),
        ("a\tb\u00a0c", "a b c"),
        ("a\u200bb\ufeff", "ab"),
        ("Heart \u2764\ufe0f", "Heart \u2764"),
        ("left\u202eright", "leftright"),
        ("Grüße", unicodedata.normalize("NFD", "Grüße")),
        (unicodedata.normalize("NFD", "ёлка"), "ёлка"),
    ],
)
def test_what_nobody_sees_is_no_difference(sent: str, confirmed: str) -> None:
    """Blanks, control characters, joiners, the way an accent is written; no text at all names none."""
    assert Echo.SAME is echo_of(sent, confirmed)


@pytest.mark.parametrize(
    ("sent", "confirmed"),
    [
        ("*Deal* _confirmed_ `now`", "Deal confirmed now"),
        ("<b>Deal</b> confirmed", "Deal confirmed"),
        ("Tom & Jerry", "Tom &amp; Jerry"),
        ("A\u030angström", "Angström"),
        ("*De\u200bal* confirmed ", "Deal confirmed"),
    ],
)
def test_what_telegram_cleans_is_this_text(sent: str, confirmed: str) -> None:
    """Markup and the marks that TDLib drops: worth a note, and no doubt."""
    assert Echo.CLEANED is echo_of(sent, confirmed)


@pytest.mark.parametrize(
    ("sent", "confirmed"),
    [
        ("Hello", "hello"),
        ("Hello", "Hello!"),
        ("Hello 1", "Hello 12"),
        ("Hello 12", "Hello 1"),
        ("Balance: -5", "Balance: 5"),
        ("Hello", "Another text"),
        ("Message 7", "Message sent"),
    ],
)
def test_anything_else_is_another_text(sent: str, confirmed: str) -> None:
    """Also where it only begins alike: texts of one template differ in little."""
    assert Echo.ANOTHER is echo_of(sent, confirmed)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Age", "9", "Age: 9"),
        ("age", " 10 ", "Age: 10"),
        ("X-Varnish", "12 7", "X-Varnish"),
        ("X-Cache-Hits", "0, 1", "X-Cache-Hits: 0, 1"),
        ("X-Cache", "Hit from cloudfront", "X-Cache: HIT"),
        ("CF-Cache-Status", "STALE", "CF-Cache-Status: STALE"),
        ("Cache-Status", "ExampleCache; hit", "Cache-Status: HIT"),
    ],
)
def test_a_confirmation_that_a_cache_kept_is_a_doubt(name: str, value: str, shown: str) -> None:
    """It may be of an earlier request; the person is told by which header that shows."""
    with pytest.raises(Unconfirmed) as raised:
        check_that_it_is_ours({"Server": "nginx", name: value}, {"message": "Hello"}, SendMessage(1, "Hello"), 200)

    error = raised.value
    assert ("reply_from_cache", Delivery.MAYBE, 200) == (error.code, error.delivery, error.http_status)
    assert shown in error.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Age", "0"),
        ("Age", "000"),
        ("Age", "soon"),
        ("X-Varnish", "12"),
        ("X-Cache-Hits", "0, 0"),
        ("X-Cache-Hits", ""),
        ("X-Cache", "Miss from cloudfront"),
        ("CF-Cache-Status", "DYNAMIC"),
        ("X-Served-By", "hit"),
    ],
)
def test_a_cache_that_asked_the_service_is_none(name: str, value: str) -> None:
    check_that_it_is_ours({name: value}, {"message": "Hello"}, SendMessage(1, "Hello"), 200)
    check_that_it_is_ours({name: value}, {}, SendMessage(1, "Hello"), 200)


@pytest.mark.parametrize("message", ["Another text", 7])
def test_a_confirmation_of_another_text_is_a_doubt(message: object) -> None:
    with pytest.raises(Unconfirmed) as raised:
        check_that_it_is_ours({}, {"message": message}, SendMessage(1, "Hello"), 201)

    error = raised.value
    assert ("another_message", Delivery.MAYBE, 201) == (error.code, error.delivery, error.http_status)
