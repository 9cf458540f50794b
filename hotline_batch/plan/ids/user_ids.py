"""Cell text -> the Telegram user that it names, or why it names none."""

from __future__ import annotations

import re

from hotline_batch.issues.ids import USERNAME
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.language.words import words
from hotline_batch.model.jobs import GetTopicInfo
from hotline_batch.plan.ids.whole_numbers import LONGEST_NUMBER, Found, Reading, read_whole_number
from hotline_batch.plan.visible_text import shown, unwrapped

LARGEST_USER_ID = (1 << 40) - 1
"""TDLib, UserId.h."""
RESERVED_USER_IDS = frozenset({777000})
"""Telegram's service notifications."""

_USER_LINK = re.compile(r"tg:(?://)?user\?id=([0-9]+)", re.ASCII | re.IGNORECASE)

_TOPIC_BITS = 31


def read_user_id(text: str) -> Reading:
    """The Telegram user that a cell names; never raises."""
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= LONGEST_NUMBER:
        return _in_range(int(text))
    inner = unwrapped(text)
    if link := _USER_LINK.fullmatch(inner):
        inner = link[1]
    if inner.startswith(("+", "＋")):
        return Issue("user_id_is_a_phone_number")
    if inner.startswith("@"):
        return Issue("user_id_not_a_number", parameters={CASE: USERNAME})
    match read_whole_number(inner, "user_id"):
        case Issue() as issue:
            return issue
        case Found(value):
            if value < 0:
                return Issue("user_id_is_negative")
            in_range = _in_range(value)
            return (
                in_range
                if isinstance(in_range, Issue)
                else Found(value, words("{cell} read as {number}", cell=shown(text), number=value))
            )


def _in_range(value: int) -> Reading:
    """The number as a user, if Telegram can have such a user."""
    if not 1 <= value <= LARGEST_USER_ID:
        return Issue("user_id_out_of_range", parameters={"largest": LARGEST_USER_ID})
    if value in RESERVED_USER_IDS:
        return Issue("user_id_is_reserved", parameters={"user": value})
    return Found(value)


def placeholder_user(topic: GetTopicInfo, _connection: str = "") -> int:
    """A number that stands for the user of a topic, beyond every user id; a UserLookup that asks nobody.

    A check looks nobody up, and still has to tell the rows of one topic from those of another.
    """
    return LARGEST_USER_ID + 1 + (topic.group_id << _TOPIC_BITS | topic.topic_id)


def topic_of_placeholder(user_id: int) -> str:
    """The link of the topic whose user a number stands for; empty for the number of a user."""
    if user_id <= LARGEST_USER_ID:
        return ""
    group_id, topic_id = divmod(user_id - LARGEST_USER_ID - 1, 1 << _TOPIC_BITS)
    return GetTopicInfo(group_id, topic_id).link
