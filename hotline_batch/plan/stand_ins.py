"""Topic -> a number that stands for its user until somebody asks the service; no Telegram user has such a number.

A check looks nobody up, and still has to tell the rows of one topic from those of another.
"""

from __future__ import annotations

from hotline_batch.model import GetTopicInfo
from hotline_batch.plan.identifiers import LARGEST_USER_ID

_TOPIC_BITS = 31


def stand_in_user(topic: GetTopicInfo, _connection: str = "") -> int:
    """The number for the user of a topic, beyond every user id; a UserLookup that asks nobody."""
    return LARGEST_USER_ID + 1 + (topic.group_id << _TOPIC_BITS | topic.topic_id)


def named_user(user_id: int) -> str:
    """``user 987654321``, or ``the user of https://t.me/c/…`` for a number that stands for one."""
    if user_id <= LARGEST_USER_ID:
        return f"user {user_id}"
    group_id, topic_id = divmod(user_id - LARGEST_USER_ID - 1, 1 << _TOPIC_BITS)
    return f"the user of https://t.me/c/{group_id}/{topic_id}"
