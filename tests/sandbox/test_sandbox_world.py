"""The same people and topics at every start, shaped as Telegram's are."""

import json
import re
import unicodedata
from datetime import datetime
from pathlib import Path

import pytest

from hotline_batch.sandbox.world import World


def test_every_start_shows_the_same_world() -> None:
    """Also with more people: the first ones stay who they are."""
    one, two, larger = World(), World(), World(people=6500)

    assert (one.people, one.topics) == (two.people, two.topics)
    assert one.people == larger.people[:6000]
    assert 5000 <= len(one.people)


def test_ids_are_unique_and_look_like_telegrams() -> None:
    """User ids have 9 or 10 digits, topic ids fit 32 bits, a place holds one topic."""
    world = World(people=50_000)

    assert len({person.user_id for person in world.people}) == len(world.people)
    assert all(re.fullmatch(r"[1-9][0-9]{8,9}", str(person.user_id)) for person in world.people)
    assert len({(topic.group_id, topic.topic_id) for topic in world.topics}) == len(world.topics)
    assert all(1 < topic.topic_id < 2**31 for topic in world.topics)


def test_topics_obey_the_documented_identities() -> None:
    """chat_id is -(10^12 + group_id), thread_id is topic_id times 2^20; the link names both."""
    topics = World().topics
    assert topics
    for topic in topics:
        assert -(10**12 + topic.group_id) == topic.chat_id
        assert topic.topic_id * 2**20 == topic.thread_id
        assert f"https://t.me/c/{topic.group_id}/{topic.topic_id}" == topic.link


def test_statuses_and_times_are_written_as_hotline_writes_them() -> None:
    """Three statuses, all of them in use; times without a zone."""
    topics = World().topics

    assert {"user_answered", "support_answered", "closed"} == {topic.status for topic in topics}
    assert all(datetime.strptime(topic.last_date, "%Y-%m-%d %H:%M:%S") for topic in topics)  # noqa: DTZ007 - has none


def test_people_are_of_many_kinds() -> None:
    """Names in several scripts, and people who keep name, username or phone to themselves."""
    people = World().people
    scripts = {unicodedata.name(person.first_name[0]).split()[0] for person in people}

    assert {"LATIN", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "DEVANAGARI"} <= scripts
    assert 10 <= len({person.lang for person in people})
    for field in ("username", "phone", "last_name"):
        assert {True, False} == {bool(getattr(person, field)) for person in people}


def test_there_are_two_groups_and_a_hundred_group_chats() -> None:
    """Group chats have no person; a message cannot go there."""
    world = World()
    chats = [topic for topic in world.topics if topic.person is None]

    assert {2101424779, 1987654320} == {topic.group_id for topic in world.topics}
    assert 100 == len(chats)
    with pytest.raises(ValueError, match="group chat"):
        world.post(chats[0], "Hello")


def test_everybody_is_found_by_id_and_by_place() -> None:
    """Both ways lead to the same topic."""
    world = World()

    for person in world.people:
        topic = world.topic_of(person.user_id)
        assert topic is not None
        assert topic.person == person
        assert topic is world.topic(topic.group_id, topic.topic_id)
    assert world.topic_of(1) is None
    assert world.topic(2101424779, 1) is None


def test_messages_are_kept_in_order_and_change_nothing_else() -> None:
    """A topic looks the same before and after."""
    world = World(clock=lambda: 1760000000.0)
    john, other = world.topics[0], world.topics[1]
    assert john.person is not None
    before = world.topics

    for topic, text in ((john, "one"), (other, "two"), (john, "three")):
        world.post(topic, text)

    assert ["one", "two", "three"] == [message.text for message in world.messages]
    assert ["one", "three"] == [message.text for message in world.messages_for(john.person.user_id)]
    assert (3, 2, 0) == (world.message_count(), world.message_count(john.person.user_id), world.message_count(1))
    assert () == world.messages_for(1)
    assert before == world.topics


def test_messages_file_gets_a_line_for_each_message(tmp_path: Path) -> None:
    """An existing file is continued; line breaks inside a message do not break lines."""
    path = tmp_path / "messages.jsonl"

    for text in ("first\nsecond", "Привет \ud83d"):
        world = World(messages_file=path, clock=lambda: 1760000000.0)
        world.post(world.topics[0], text)

    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert ["first\nsecond", "Привет \ud83d"] == [line["message"] for line in kept]
    assert kept[0] == {
        "number": 1,
        "user_id": 987654321,
        "message": "first\nsecond",
        "topic_link": "https://t.me/c/2101424779/5343",
        "received_at": "2025-10-09T08:53:20.000+00:00",
    }


def test_messages_file_that_cannot_be_written_is_refused_before_anything_is_posted(tmp_path: Path) -> None:
    """Not with the first message, when its sender waits for an answer."""
    with pytest.raises(FileNotFoundError):
        World(messages_file=tmp_path / "no such folder" / "messages.jsonl")
