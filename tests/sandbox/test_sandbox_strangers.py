"""A sandbox that knows everybody: people practise with their own sheets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sandbox.world import World

EVERYBODY = World(people=50, knows_everybody=True)
ITSELF = World(people=50)


@given(st.integers(1, 2**52))
def test_every_user_has_a_topic(user_id: int) -> None:
    """Always the same one, and the messages are theirs."""
    topic = EVERYBODY.topic_of(user_id)

    assert topic is not None
    assert topic.person is not None
    assert user_id == topic.person.user_id
    assert topic == EVERYBODY.topic_of(user_id)
    assert user_id == EVERYBODY.post(topic, "Hallo").user_id


@given(st.integers(1, 10**12), st.integers(1, 10**9))
def test_every_topic_has_somebody_in_it(group_id: int, topic_id: int) -> None:
    """At the very place that was asked for."""
    topic = EVERYBODY.topic(group_id, topic_id)

    assert topic is not None
    assert (group_id, topic_id) == (topic.group_id, topic.topic_id)
    assert topic.person is not None
    assert topic.person.user_id > 0


def test_its_own_people_are_as_in_any_sandbox() -> None:
    """The documentation's among them; and any other sandbox knows no strangers."""
    for topic in ITSELF.topics:
        assert topic == EVERYBODY.topic(topic.group_id, topic.topic_id)
        if topic.person:
            assert topic == EVERYBODY.topic_of(topic.person.user_id)
    assert ITSELF.topic_of(7) is None
    assert ITSELF.topic(1, 1) is None
