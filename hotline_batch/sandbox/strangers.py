"""An id that nobody in the sandbox bears -> somebody who does, always the same, to practise with one's own sheet."""

from __future__ import annotations

from dataclasses import replace

from hotline_batch.sandbox.people import Topic, topic_of_person

_LIKE = 997
# Above every topic of the sandbox's own people.
_FIRST_TOPIC, _TOPICS = 1_000_000, 9_000_000
_LOWEST_USER_ID, _USER_IDS = 8_000_000_009, 1_999_999_973


def topic_of_stranger(user_id: int) -> Topic:
    """The topic of a user whom the sandbox does not know."""
    like = topic_of_person(1 + user_id % _LIKE)
    assert like.person is not None  # noqa: S101 - it is the topic of a person
    person = replace(like.person, user_id=user_id)
    return replace(like, topic_id=_FIRST_TOPIC + user_id % _TOPICS, person=person)


def topic_of_strangers_at(group_id: int, topic_id: int) -> Topic:
    """The topic at a place where the sandbox has none, with somebody in it."""
    like = topic_of_person(1 + (group_id + topic_id) % _LIKE)
    assert like.person is not None  # noqa: S101 - it is the topic of a person
    person = replace(like.person, user_id=_LOWEST_USER_ID + (group_id * 31 + topic_id) % _USER_IDS)
    return replace(like, frontend=replace(like.frontend, group_id=group_id), topic_id=topic_id, person=person)
