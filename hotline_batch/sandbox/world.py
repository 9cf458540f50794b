"""Who exists in the sandbox and what was posted to them: the same people and topics at every start."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from hotline_batch.sandbox.people import (
    CHATS_PER_GROUP,
    FRONTENDS,
    NOBODY,
    Person,
    Topic,
    topic_of_chat,
    topic_of_person,
    topic_of_stranger,
    topic_of_strangers_at,
)

PEOPLE = 6000
CHATS = CHATS_PER_GROUP * len(FRONTENDS)

FIRST_MESSAGE_ID = 10_000_001
"""The number that the first message posted into a group bears there; above those of all topics."""


@dataclass(frozen=True, slots=True)
class Message:
    """One posted message; ``number`` counts from 1, ``received_at`` is seconds since the epoch.

    ``message_id`` is its number in its group, as Telegram counts.
    """

    number: int
    user_id: int
    text: str
    topic_link: str
    received_at: float
    group_id: int
    topic_id: int
    message_id: int

    def as_json(self) -> dict[str, object]:
        """The message as the sandbox lists it and writes it to a file; the time in ISO 8601, UTC."""
        return {
            "number": self.number,
            "user_id": self.user_id,
            "message": self.text,
            "topic_link": self.topic_link,
            "received_at": datetime.fromtimestamp(self.received_at, UTC).isoformat(timespec="milliseconds"),
        }


@dataclass(frozen=True, slots=True)
class _Everybody:
    """Those who exist at every start, and where to find them."""

    people: tuple[Person, ...]
    topics: tuple[Topic, ...]
    topic_by_place: Mapping[tuple[int, int], Topic]
    topic_by_user: Mapping[int, Topic]


@lru_cache(maxsize=2)
def _everybody(people: int) -> _Everybody:
    """Invented once in a process: a page, and whoever tries things out, start one sandbox after the other."""
    private = [topic_of_person(number) for number in range(people)]
    topics = (*private, *(topic_of_chat(number) for number in range(CHATS)))
    return _Everybody(
        tuple(topic.person for topic in private if topic.person),
        topics,
        {(topic.group_id, topic.topic_id): topic for topic in topics},
        {topic.person.user_id: topic for topic in private if topic.person},
    )


class World:
    """The people, their topics, and every message posted since the start, in the order of arrival.

    A message changes nothing but ``messages``: a topic looks the same before and after. With ``messages_file``, each
    message is also appended there as one line of JSON before its sender gets an answer, so that it outlives a kill.
    ``knows_everybody``: whoever else is asked for exists, too, but for NOBODY.

    Raises OSError at once where that file cannot be written.
    """

    def __init__(
        self,
        people: int = PEOPLE,
        messages_file: Path | None = None,
        clock: Callable[[], float] = time.time,
        *,
        knows_everybody: bool = False,
    ) -> None:
        if messages_file is not None:
            messages_file.open("ab").close()
        everybody = _everybody(people)
        self.people, self.topics = everybody.people, everybody.topics
        self.messages: list[Message] = []
        self._topic_by_place, self._topic_by_user = everybody.topic_by_place, everybody.topic_by_user
        self.started_at = clock()
        self._messages_file = messages_file
        self._knows_everybody = knows_everybody
        self._clock = clock
        self._next_message_id = defaultdict[int, int](lambda: FIRST_MESSAGE_ID)

    def topic(self, group_id: int, topic_id: int) -> Topic | None:
        """The topic at this place, or None."""
        found = self._topic_by_place.get((group_id, topic_id))
        if found is None and self._knows_everybody and topic_id not in NOBODY:
            return topic_of_strangers_at(group_id, topic_id)
        return found

    def topic_of(self, user_id: int) -> Topic | None:
        """The topic of this person, or None for somebody who never wrote to the company."""
        found = self._topic_by_user.get(user_id)
        if found is None and self._knows_everybody and user_id not in NOBODY:
            return topic_of_stranger(user_id)
        return found

    def post(self, topic: Topic, text: str) -> Message:
        """Keep a message for the operators of this topic; only a person's topic takes one."""
        if topic.person is None:
            raise ValueError(f"{topic.link} is a group chat; a message goes into the topic of a person.")
        message_id = self._next_message_id[topic.group_id]
        self._next_message_id[topic.group_id] += 1
        message = Message(
            len(self.messages) + 1,
            topic.person.user_id,
            text,
            topic.link,
            self._clock(),
            topic.group_id,
            topic.topic_id,
            message_id,
        )
        if self._messages_file is not None:
            _append_line(self._messages_file, message)
        self.messages.append(message)
        return message

    def messages_for(self, user_id: int) -> tuple[Message, ...]:
        """The messages posted to this person, in the order of arrival."""
        return tuple(message for message in self.messages if message.user_id == user_id)

    def message_count(self, user_id: int | None = None) -> int:
        """How many messages were posted, to this person or at all."""
        return len(self.messages if user_id is None else self.messages_for(user_id))


def _append_line(path: Path, message: Message) -> None:
    """One line in one system call, so that a kill leaves whole lines."""
    line = json.dumps(message.as_json(), ensure_ascii=False) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)
