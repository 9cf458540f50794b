"""Topic -> a number that stands for its user until somebody asks the service; no Telegram user has such a number.

A check looks nobody up, and still has to tell the rows of one topic from those of another.
"""

from __future__ import annotations

from hotline_batch.model import GetTopicInfo
from hotline_batch.plan.ids.user_ids import LARGEST_USER_ID

_TOPIC_BITS = 31


def placeholder_user(topic: GetTopicInfo, _connection: str = "") -> int:
    """The number for the user of a topic, beyond every user id; a UserLookup that asks nobody."""
    return LARGEST_USER_ID + 1 + (topic.group_id << _TOPIC_BITS | topic.topic_id)


def topic_of_placeholder(user_id: int) -> str:
    """The link of the topic whose user a number stands for; empty for the number of a user."""
    if user_id <= LARGEST_USER_ID:
        return ""
    group_id, topic_id = divmod(user_id - LARGEST_USER_ID - 1, 1 << _TOPIC_BITS)
    return f"https://t.me/c/{group_id}/{topic_id}"
