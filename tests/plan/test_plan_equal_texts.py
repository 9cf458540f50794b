"""Texts that arrive alike or look alike have one key; ordinary texts keep the key that they always had."""

from __future__ import annotations

from hashlib import sha256
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plan_examples import planner_for, rows_of

from hotline_batch.keys import request_key, same_text
from hotline_batch.model.jobs import GetTopicInfo, Job, SendMessage, SkippedRow

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.text(
    alphabet="aA é'=\n\r\t\u3000\u030a\u0301\u00a0\u200b\ufeff\u2028\u202e\u0333\u200d", max_size=10
)
WORDS = (
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=6)
    .map(lambda word: normalize("NFC", word))
    .filter(lambda word: not word.startswith("'"))
)


def tdlib(text: str) -> str:
    """What TDLib's clean_input_string leaves of a text whose lines end as the program sends them, trimmed."""
    kept = [" " if letter < " " and letter != "\n" else letter for letter in text if letter not in "\u030a\u0333\u033f"]
    return "".join(letter for letter in kept if not "\u2028" <= letter <= "\u202e").strip(" \n")


@given(TEXTS)
@example("a\u200b\u030a")
def test_what_stands_for_a_text_stands_for_itself(text: str) -> None:
    """Else the key would depend on how often a text went through a sheet."""
    assert same_text(text) == same_text(same_text(text))


@given(TEXTS)
def test_what_telegram_makes_of_a_text_is_the_same_text(text: str) -> None:
    """The echo of a confirmation, put into a sheet, is not sent again."""
    written = normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

    assert same_text(text) == same_text(tdlib(written))


@given(st.lists(WORDS, min_size=1, max_size=5), st.sampled_from([" ", "\n", "  ", ", "]))
def test_an_ordinary_text_keeps_the_key_that_it_always_had(words: list[str], between: str) -> None:
    """Ledgers of earlier versions guard on."""
    text = between.join(words)

    key = request_key("13209946874612345", SendMessage(987654321, text))

    assert sha256(f"17:13209946874612345|send|987654321|{text}".encode()).digest()[:16] == key


def test_a_look_up_keeps_the_key_that_it_always_had() -> None:
    """One for each topic: what is known of one is not told of another."""
    key = request_key("13209946874612345", GetTopicInfo(2101424779, 502))

    assert sha256(b"17:13209946874612345|enrich|2101424779|502").digest()[:16] == key


@pytest.mark.parametrize(
    "other",
    [
        "Grüße,\nAnna ",
        "\n Grüße,\nAnna\n\n",
        "Grüße,\r\nAnna",
        "Grüße,\rAnna",
        normalize("NFD", "Grüße,\nAnna"),
        "\ufeffGrüße,\nAnna",
        "Grü\u200bße,\n\u2060Anna",
        "\u202aGrüße\u202c,\nAnna\u2028",
        "Grü\u00adße,\nAnna",
        "Grüße,\nAnna\u00a0",
        "Grüße, \u00a0\nAnna",
        "Grüße,\t\r\nAnna\u2003",
    ],
)
def test_one_text_in_two_spellings_is_sent_once(other: str) -> None:
    """Within a sheet the second is left out; what is sent is the text as it was written."""
    planner = planner_for(("user_id", "message"))

    first, second = (row.decision for row in planner.plan(rows_of(["987654321", other], ["987654321", "Grüße,\nAnna"])))

    assert isinstance(first, Job)
    assert SendMessage(987654321, other.replace("\r\n", "\n").replace("\r", "\n")) == first.request
    assert isinstance(second, SkippedRow)
    assert "duplicate_in_sheet" == second.issue.code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10\u00a0000 €", "10 000 €"),
        ("a\tb", "a b"),
        (" Hello", "Hello"),
        ("Hello ", "Hello"),
        ("Hello \nAnna", "Hello\nAnna"),
        ("Hello_x000D_\nAnna_x000D_", "Hello\nAnna"),
        ("Hello\r\nAnna", "Hello\nAnna"),
    ],
)
def test_spaces_that_look_alike_are_one(one: str, other: str) -> None:
    """And those at the ends, which never arrive, are none."""
    assert same_text(one) == same_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (normalize("NFD", "Grüße"), "Grüße"),
        ("Hello\u0333", "Hello"),
        ("Gru\u0333\u0308ße", "Grüße"),
    ],
)
def test_marks_that_do_not_arrive_or_are_part_of_a_letter_make_no_other_text(one: str, other: str) -> None:
    """However printable all of the text is."""
    assert same_text(one) == same_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hello"),
        ("Hello", "Hello!"),
        ("a  b", "a b"),
        ("a\n b", "a\nb"),
        ("a\nb", "a b"),
        ("😀", "😁"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("می\u200cخواهم", "میخواهم"),
        ("1\u00b2", "12"),
        ("\u3000Hello", "Hello"),
    ],
)
def test_other_texts_stay_others(one: str, other: str) -> None:
    """What a reader can tell apart is not held back."""
    assert same_text(one) != same_text(other)
