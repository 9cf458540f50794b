"""A confirmation is compared with what was asked."""

from __future__ import annotations

import pytest

from hotline_batch.engine.response_policy.decision import succeeded
from hotline_batch.model.jobs import GetTopicInfo, MessageSent, SendMessage, TopicInfo

LINK = "https://t.me/c/2101424779/5343"


def warning_for(asked: str, confirmed: str, link: str = LINK) -> str:
    warning = succeeded(SendMessage(1001, asked), MessageSent(link, confirmed, "-100", "7")).warning
    return warning.code if warning else ""


@pytest.mark.parametrize(
    ("asked", "confirmed"),
    [("Hello", "Hello"), ("Hello\r\n world ", "Hello\nworld"), ("a\u200bb\ufeff", "ab"), ("Hello", "")],
)
def test_white_space_that_telegram_changes_is_no_difference(asked: str, confirmed: str) -> None:
    assert "" == warning_for(asked, confirmed)


def test_a_text_that_telegram_cleaned_is_told() -> None:
    """The message is sent all the same: a warning, not a failure."""
    assert "reply_differs" == warning_for("*Hello*", "Hello")


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", f"{LINK}/", f"{LINK}\n", "https://t.me.evil.test/c/1/2", "https://t.me/c/١/٢"]
)
def test_anything_but_a_topic_link_is_told(link: str) -> None:
    assert "reply_without_link" == warning_for("Hello", "Hello", link)


def test_a_look_up_links_to_the_topic_that_was_asked_for() -> None:
    outcome = succeeded(GetTopicInfo(2101424779, 5343), TopicInfo("1", "2", fields={"topic_status": "closed"}))

    assert (LINK, {"topic_status": "closed"}, None) == (outcome.topic_link, outcome.fields, outcome.warning)
