"""The quick look at a reply says nothing that the closer one would not say."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.client.redaction import Redactor

SECRET = "s3cret-Key of 12"
REDACTOR = Redactor([SECRET, "13209946874612345"])

FORMS: list[Callable[[str], str]] = [
    str,
    lambda text: text.encode().hex(),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    lambda text: "".join(f"%{ord(letter):02X}" for letter in text),
    "\u200b".join,
    lambda text: text[: len(text) // 2],
]
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.builds(
    lambda before, form, after: f"{before}{form(SECRET)}{after}",
    st.text("ab \\%&", max_size=3),
    st.sampled_from(FORMS),
    st.text("ab \\%&", max_size=3),
)
LEAVES = TEXTS | st.integers() | st.just(13209946874612345) | st.floats(allow_nan=False) | st.booleans() | st.none()
REPLIES = st.dictionaries(TEXTS, LEAVES | st.lists(LEAVES, max_size=2), max_size=5)


@given(REPLIES)
def test_a_reply_is_cleaned_alike_by_the_quick_look_and_the_closer_one(reply: dict[str, object]) -> None:
    assert REDACTOR._cleaned(reply, 0) == REDACTOR.fields(reply)


@pytest.mark.parametrize("form", FORMS[:-1])
def test_no_form_of_a_secret_passes_the_quick_look(form: Callable[[str], str]) -> None:
    assert {"a": "***", "b": 1} == REDACTOR.fields({"a": form(SECRET), "b": 1})


def test_a_usual_reply_is_handed_on_as_it_is() -> None:
    """Else the quick look would only be a second one."""
    reply = {"result": "message_sent", "topic_link": "https://t.me/c/1/2", "chat_id": -1001, "thread_id": None}

    assert REDACTOR.fields(reply) is reply
