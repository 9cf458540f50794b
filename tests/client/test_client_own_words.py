"""A row's own text, as an answer quotes it, proves nothing: neither that the row was refused, nor that it may wait."""

from __future__ import annotations

import json

import pytest
from urllib3 import HTTPHeaderDict

from hotline_batch.client.answers.classify import classify_answer
from hotline_batch.client.answers.known_words import RECOGNISED, About, Words
from hotline_batch.client.network.transport import Answer
from hotline_batch.client.redaction import Redactor
from hotline_batch.errors import ApiError, Delivery
from hotline_batch.model.jobs import SendMessage

QUOTED = {
    "as it was sent": ("{text}", {"message": "{quoted}", "error": "The log could not be written"}),
    "as Telegram cleaned it": ("Dear Anna,  \n <b>{text}</b>\n", {"message": "Dear Anna, {quoted}", "error": "no log"}),
    "without its marks": ("*{text}*", {"message": "{quoted}", "error": "The log could not be written"}),
    "in capitals": ("{text}", {"message": "{capitals}", "error": "The log could not be written"}),
    "in part": ("First. {text} And so on.", {"message": "{quoted}", "error": "The log could not be written"}),
    "within the error": ("{text}", {"error": "Duplicate entry '{quoted}' for key 'text'"}),
    "as a line": ("{text}", "Log failed: {quoted}"),
}
TELLING = [words for words in RECOGNISED if words.about not in {About.BEHIND, About.NAMES} and words.status is None]


@pytest.mark.parametrize("words", TELLING, ids=lambda words: " ".join(words.example[:40].split()))
@pytest.mark.parametrize("way", QUOTED)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_what_a_message_says_itself_is_no_refusal_of_it(status: int, way: str, words: Words) -> None:
    """It was posted, and something behind failed, which quotes it: the row is in doubt, and nothing sends it again."""
    text, body = QUOTED[way]
    quoted = " ".join(words.example.split())
    told = json.dumps(body).replace("{quoted}", json.dumps(quoted)[1:-1])
    told = told.replace("{capitals}", json.dumps(quoted.upper())[1:-1])
    request = SendMessage(1_000_502, text.format(text=words.example))

    with pytest.raises(ApiError) as raised:
        classify_answer(Answer(status, HTTPHeaderDict(), told.encode(), True), request, Redactor([]))

    assert Delivery.MAYBE is raised.value.delivery


def test_a_refusal_beside_a_quoted_message_is_one() -> None:
    """What the service says of its own accord counts as ever."""
    request = SendMessage(1_000_502, "Your gateway timed out, please wait")
    body = {"message": request.message, "error": "User 1000502 not found"}

    with pytest.raises(ApiError) as raised:
        classify_answer(Answer(200, HTTPHeaderDict(), json.dumps(body).encode(), True), request, Redactor([]))

    assert ("api_refused", Delivery.NO) == (raised.value.code, raised.value.delivery)
