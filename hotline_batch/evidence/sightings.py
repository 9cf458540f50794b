"""The messages of an export that bear the text of a row and look as the API's do, whoever's row it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.learning import Learnt, Way, learn
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Topic
from hotline_batch.evidence.verdicts import Reason
from hotline_batch.keys import same_text

LATE_SECONDS = 20 * 60.0
"""How long after the request a message is waited for, an assumption: 15 minutes for late posts, 5 for clocks."""

EARLY_SECONDS = 5 * 60.0
"""How long before the request a message may have been posted that is the row's: a clock may have been set meanwhile."""

LONG_BEFORE_SECONDS = 3 * 3600.0
"""How long before the request its text leaves it open, if no other row's: a clock may have been set by hours."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message with a row's text. ``topic`` is None where that is not sure; ``connections`` are those it may be of."""

    group_id: int
    place: int
    topic: Topic | None
    posted_at: int
    link: str
    connections: frozenset[str]


def link_to(chat: Chat, place: int, topic: Topic | None) -> str:
    """The link to a message, by its topic where that is sure."""
    return chat.link_of(place, topic.topic_id if topic else None)


@dataclass(frozen=True)
class Scene:
    """Everything that verdicts rest on: the rows, the groups of the file, what replies told of topics."""

    rows: tuple[AskedRow, ...]
    known: KnownTopics
    chats: Mapping[int, Chat]

    @cached_property
    def learnt(self) -> Mapping[tuple[int, str], Learnt]:
        """What the confirmed rows of the given runs showed, by group and connection."""
        connections = sorted({row.connection for row in self.rows if row.is_given})
        found: dict[tuple[int, str], Learnt] = {}
        for group_id, chat in self.chats.items():
            for connection in connections:
                learnt = learn(chat, (row for row in self.rows if row.connection == connection), self.known)
                if learnt is not None:
                    found[group_id, connection] = learnt
        return found

    @cached_property
    def sightings(self) -> Mapping[str, tuple[Sighting, ...]]:
        """All sightings of each text, in the order of the file."""
        wanted = {row.key for row in self.rows}
        found: dict[str, list[Sighting]] = defaultdict(list)
        for group_id, chat in self.chats.items():
            ways: dict[Way, set[str]] = defaultdict(set)
            for (group, connection), learnt in self.learnt.items():
                if group == group_id:
                    for way in learnt.ways:
                        ways[way].add(connection)
            for text, sighting in self._seen_in(chat, ways, wanted):
                found[text].append(sighting)
        return {text: tuple(seen) for text, seen in found.items()}

    def _seen_in(
        self, chat: Chat, ways: Mapping[Way, Collection[str]], wanted: Collection[str]
    ) -> Iterable[tuple[str, Sighting]]:
        for place in chat.places_of(frozenset(way.sender for way in ways)):
            text, sender = same_text(chat.text_of(place)), chat.sender_of(place)
            for way, connections in ways.items():
                within = way.text_in(text) if way.sender == sender else None
                if within is not None and within in wanted:
                    topic = self.topic_at(chat, place)
                    link = link_to(chat, place, topic)
                    yield (
                        within,
                        Sighting(chat.group_id, place, topic, chat.times[place], link, frozenset(connections)),
                    )

    @cached_property
    def _known_numbers(self) -> Mapping[int, frozenset[int]]:
        return {group_id: self.known.topics_in(group_id) for group_id in self.chats}

    def topic_at(self, chat: Chat, place: int) -> Topic | None:
        """The topic in which a message stands; None where that is not sure."""
        number = chat.topic_of(place, self._known_numbers[chat.group_id])
        return None if number is None else Topic(chat.group_id, number)

    def can_be(self, sighting: Sighting, row: AskedRow) -> bool:
        """Whether the message can be the row's by its text, its connection and its time, whatever the clocks did.

        Of a connection that nothing was learnt of, it can be any message in a group that is not known not to be its.
        """
        bounds = self.bounds(row, sighting.group_id)
        if bounds is None or not bounds[0] <= sighting.posted_at <= bounds[1]:
            return False
        if (sighting.group_id, row.connection) in self.learnt:
            return row.connection in sighting.connections
        groups = self.known.groups_of(row.connection)
        return not groups or sighting.group_id in groups

    def bounds(self, row: AskedRow, group_id: int) -> tuple[float, float] | None:
        """From when to when the row's message can have been posted, by Telegram's clock, wide enough for any clock.

        None where nothing at all was learnt of the group.
        """
        learnt = self.learnt.get((group_id, row.connection))
        of_group = [learnt] if learnt else [found for (group, _), found in self.learnt.items() if group == group_id]
        if not of_group:
            return None
        earliest, latest = min(found.earliest for found in of_group), max(found.latest for found in of_group)
        return row.asked_from + earliest - EARLY_SECONDS, row.asked_until + latest + LATE_SECONDS

    def doubt_about(self, sighting: Sighting, row: AskedRow) -> Reason | None:
        """Why a message that can be this row's alone does not prove that it is; None where it does."""
        learnt = self.learnt.get((sighting.group_id, row.connection))
        if learnt is None:
            return Reason.TOO_FEW_CONFIRMED
        if learnt.is_anybody:
            return Reason.ANYBODY_POSTS
        return None if sighting.posted_at >= row.asked_from + learnt.earliest else Reason.BEFORE_REQUEST

    def topics_of(self, row: AskedRow) -> frozenset[Topic]:
        """The topics in which the row's message is to be found."""
        return row.topics_among(self.known)

    def is_strangers(self, topic: Topic | None) -> bool:
        """Whether nobody knows whose topic it is."""
        return topic is None or self.known.owner(topic) is None

    def may_stand_in(self, topic: Topic | None, row: AskedRow) -> bool:
        """Whether the row's message may be in a topic: not in one that is surely another user's, unless a reply to this
        row named it. Through whose connection a user's topic became known does not matter here.
        """
        if topic is None or topic == row.named or topic in self.topics_of(row):
            return True
        return self.known.owner(topic) in {None, row.user_id}
