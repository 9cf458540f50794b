"""A sandbox that knows everybody: people practise with their own sheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sandbox.people import NOBODY
from hotline_batch.sandbox.world import World
from tests.sandbox.test_sample_data import csv_rows

EVERYBODY = World(people=50, knows_everybody=True)
ITSELF = World(people=50)
LARGEST_USER_ID, LARGEST_TOPIC_ID = 2**40 - 1, 2**31 - 1
USER_IDS = st.integers(1, LARGEST_USER_ID).filter(lambda user_id: user_id not in NOBODY)


@given(USER_IDS)
def test_every_user_has_a_topic(user_id: int) -> None:
    """Always the same one, which Telegram could have, and the messages are theirs."""
    topic = EVERYBODY.topic_of(user_id)

    assert topic is not None
    assert topic.person is not None
    assert user_id == topic.person.user_id
    assert topic == EVERYBODY.topic_of(user_id)
    assert 1 < topic.topic_id <= LARGEST_TOPIC_ID
    assert user_id == EVERYBODY.post(topic, "Hallo").user_id


@given(st.integers(1, 10**12), st.integers(1, 10**9).filter(lambda topic_id: topic_id not in NOBODY))
def test_every_topic_has_somebody_in_it(group_id: int, topic_id: int) -> None:
    """At the very place that was asked for."""
    topic = EVERYBODY.topic(group_id, topic_id)

    assert topic is not None
    assert (group_id, topic_id) == (topic.group_id, topic.topic_id)
    assert topic.person is not None
    assert topic.person.user_id > 0


@given(USER_IDS)
def test_whoever_is_looked_up_by_the_topic_of_a_message_is_who_got_it(user_id: int) -> None:
    """So no two people share a topic either, and the links of a result sheet lead back to its users."""
    sent_to = EVERYBODY.topic_of(user_id)

    assert sent_to is not None
    assert sent_to == EVERYBODY.topic(sent_to.group_id, sent_to.topic_id)


def test_two_ids_that_are_far_apart_have_two_topics() -> None:
    """A user whose topic is another's already gets no message: the row would be in doubt."""
    one, other = (EVERYBODY.topic_of(user_id) for user_id in (6780092186, 705092186))

    assert one is not None
    assert other is not None
    assert one.link != other.link


@pytest.mark.parametrize("number", sorted(NOBODY))
def test_some_numbers_are_nobodys(number: int) -> None:
    """Those that stand for somebody unknown, as users and as topics; the sample sheet has one of them."""
    assert EVERYBODY.topic_of(number) is None
    assert EVERYBODY.topic(2101424779, number) is None
    assert EVERYBODY.topic(1777000111, number) is None


def test_the_unknown_one_of_the_sample_sheet_is_nobody() -> None:
    rows = {row["Note"]: row["user_id"] for row in csv_rows("messy_upload.csv", ",")}

    assert int(rows["nobody in the sandbox has this id"]) in NOBODY


def test_its_own_people_are_as_in_any_sandbox() -> None:
    """The documentation's among them; and any other sandbox knows no strangers."""
    for topic in ITSELF.topics:
        assert topic == EVERYBODY.topic(topic.group_id, topic.topic_id)
        if topic.person:
            assert topic == EVERYBODY.topic_of(topic.person.user_id)
    assert ITSELF.topic_of(7) is None
    assert ITSELF.topic(1, 1) is None
