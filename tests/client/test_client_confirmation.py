"""A confirmation is compared with what was asked: what Telegram cleans is this text, anything else another."""

from __future__ import annotations

import unicodedata

import pytest

from hotline_batch.client.answers.confirmation import Echo, echo_of


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
