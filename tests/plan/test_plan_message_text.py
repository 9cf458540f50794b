"""Messages: sent as written, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.plan.message.text import LONGEST_MESSAGE, checked_message, exceeds_in_utf16


@pytest.mark.parametrize(
    "text",
    [
        "NA",
        "null",
        "None",
        "nan",
        "TRUE",
        "1E5",
        "01.02.2025",
        "007",
        "=1+1",
        "@x",
        "+49 30",
        " two  blanks ",
        "a\tb\nc",
        "👨‍👩‍👧 family",
        "e\u0301",
        "\u202eabc",
        "_x000D_",
        "{{ name }}",
        "\u200bseen",
    ],
)
def test_a_message_is_sent_as_it_is_written(text: str) -> None:
    """No text is taken for a number, a missing value, a formula or a template."""
    assert text == checked_message(text)


def test_line_ends_become_line_feeds() -> None:
    """The one change that is made; it is made before characters are counted."""
    assert "a\nb\nc\n\nd" == checked_message("a\r\nb\rc\r\r\nd")
    assert isinstance(checked_message("\r\n" * 2000 + "x" * 2096), str)


@pytest.mark.parametrize("text", ["", " ", "\n\r\n", "\u00a0", "\u200b\u2060\ufeff", "\u3164", "\u2800 \u200d"])
def test_a_message_that_shows_nothing_is_blank(text: str) -> None:
    """Also where it is made of characters that only look like nothing."""
    message = checked_message(text)

    assert isinstance(message, Issue)
    assert "message_blank" == message.code


@pytest.mark.parametrize("letter", ["x", "ж", "😀", "\u0301", "\n"])
def test_4096_characters_fit_and_one_more_does_not(letter: str) -> None:
    """Characters are code points, neither bytes nor UTF-16 units; nothing is ever cut."""
    fitting = "a" + letter * (LONGEST_MESSAGE - 1)

    too_long = checked_message(fitting + letter)

    assert fitting == checked_message(fitting)
    assert isinstance(too_long, Issue)
    assert "message_too_long" == too_long.code
    assert "4097" in words_of(too_long)


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud83d"])
def test_characters_that_cannot_be_sent_are_named_with_their_place(character: str) -> None:
    """The person finds them by number and position, since they cannot be seen."""
    message = checked_message(f"abc{character}")

    assert isinstance(message, Issue)
    assert "message_bad_characters" == message.code
    assert f"U+{ord(character):04X} at position 4" in words_of(message)


@given(st.text(st.characters(codec=None), max_size=50))
def test_no_text_raises_and_what_is_sent_can_be_encoded(text: str) -> None:
    """What passes is UTF-8, not blank, and the text itself but for its line ends."""
    message = checked_message(text)

    if isinstance(message, str):
        assert message.encode("utf-8")
        assert text.replace("\r\n", "\n").replace("\r", "\n") == message


def test_utf16_units_are_counted_for_the_warning_only() -> None:
    """2049 emoji are 4098 units."""
    assert exceeds_in_utf16("😀" * 2049)
    assert not exceeds_in_utf16("😀" * 2048)
    assert not exceeds_in_utf16("ж" * 4096)
