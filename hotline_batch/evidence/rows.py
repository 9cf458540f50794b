"""The rows that are asked about, as the ledger knows them, and whose topic is whose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from hotline_batch.keys import same_text


class Said(StrEnum):
    """What the ledger says of a row's message."""

    CONFIRMED = "confirmed"
    A_PERSON_SAYS_SO = "a_person_says_so"
    """Delivered by a person's word: it is compared, and nothing is learnt from it."""
    IN_DOUBT = "in_doubt"
    NOT_DELIVERED = "not_delivered"


class Topic(NamedTuple):
    """A topic of a group, by the numbers in its link."""

    group_id: int
    topic_id: int

    @property
    def link(self) -> str:
        """The link that opens it."""
        return f"https://t.me/c/{self.group_id}/{self.topic_id}"


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row whose message was asked for at least once.

    ``connection`` is the identity of its connection. ``asked_from`` is when the first request for it began,
    ``asked_until`` when the last one ended, by this machine's clock, in seconds since the epoch, UTC. ``topic`` is the
    one that its own confirmation names; ``named`` the one that a reply named which confirmed nothing, be it this user's
    or another's: the message may stand there. Rows of a run that nobody asked about (``is_given`` is false) are known
    because a message may be theirs.
    """

    run: str
    number: int
    said: Said
    user_id: int
    connection: str
    text: str
    asked_from: float
    asked_until: float
    topic: Topic | None = None
    is_given: bool = True
    named: Topic | None = None

    @property
    def key(self) -> str:
        """What stands for all texts that Telegram makes equal, or that look alike."""
        return same_text(self.text)

    def topics_among(self, known: KnownTopics) -> frozenset[Topic]:
        """The topics in which the message is to be found: that of its confirmation, else all of the user's."""
        return frozenset({self.topic}) if self.topic is not None else known.of(self.connection, self.user_id)


class KnownTopics:
    """Whose topic is whose, as replies of the API told: confirmations of sends, and look-ups.

    A topic that was said to be of two users is known to be nobody's. ``groups`` are those into which messages of a
    connection went besides, be they in the file or not.
    """

    def __init__(
        self,
        confirmed: Iterable[tuple[str, int, Topic]] = (),
        looked_up: Iterable[tuple[int, Topic]] = (),
        groups: Mapping[str, Collection[int]] = MappingProxyType({}),
    ) -> None:
        self._groups: dict[str, set[int]] = defaultdict(set, {name: set(each) for name, each in groups.items()})
        self._by_connection: dict[tuple[str, int], set[Topic]] = defaultdict(set)
        self._by_user: dict[int, set[Topic]] = defaultdict(set)
        self._owners: dict[Topic, set[int]] = defaultdict(set)
        for connection, user_id, topic in confirmed:
            self._by_connection[connection, user_id].add(topic)
            self._groups[connection].add(topic.group_id)
            self._owners[topic].add(user_id)
        sent_to = frozenset(self._owners)
        for user_id, topic in looked_up:
            self._owners[topic].add(user_id)
            # Where it is known whose connection's topic it is, that counts.
            if topic not in sent_to:
                self._by_user[user_id].add(topic)

    def of(self, connection: str, user_id: int) -> frozenset[Topic]:
        """The topics of a user; those of another connection only where no one knows which connection they are of."""
        found = self._by_connection.get((connection, user_id), set()) | self._by_user.get(user_id, set())
        return frozenset(topic for topic in found if len(self._owners[topic]) == 1)

    def owner(self, topic: Topic) -> int | None:
        """The user whose topic it is."""
        owners = self._owners.get(topic, set())
        return next(iter(owners)) if len(owners) == 1 else None

    def topics_in(self, group_id: int) -> frozenset[int]:
        """The numbers of all topics of a group that any reply named."""
        return frozenset(topic.topic_id for topic in self._owners if topic.group_id == group_id)

    def groups_of(self, connection: str) -> frozenset[int]:
        """Every group into which messages of a connection were confirmed."""
        return frozenset(self._groups.get(connection, ()))
