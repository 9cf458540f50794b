"""A row of which nothing was seen -> surely not there, or what speaks against saying so.

Absence is proven only by a complete file: every condition of this module is one that an incomplete, misread or changed
history would break.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property

from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.presence import Presence
from hotline_batch.evidence.rows import AskedRow, Said, Topic
from hotline_batch.evidence.sightings import Scene
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There
from hotline_batch.keys import same_text

FEWEST_TOPICS = 2
"""An export of one topic alone says nothing of what stands in the others."""

_ALIKE = 0.6
# Verdicts that leave open whose message it is, but not that one is there.
_FOUND = frozenset({Reason.SAME_USER, Reason.MORE_THAN_ROWS, Reason.ANYBODY_POSTS})


class Absence:
    """Judges rows without a sighting, by their place in ``scene.rows``."""

    def __init__(self, scene: Scene, presence: Presence) -> None:
        self._scene = scene
        self._presence = presence
        self._text_at = {(each.group_id, each.place): text for text, seen in scene.sightings.items() for each in seen}
        self._topic_counts = {group_id: len(chat.topics()) for group_id, chat in scene.chats.items()}

    def judge(self, at: int) -> NotThere | CannotTell:
        """What can be said of a row that was not seen."""
        row = self._scene.rows[at]
        groups = self._groups_of(row)
        if not groups:
            return CannotTell(Reason.GROUP_UNKNOWN)
        if not groups <= self._scene.chats.keys():
            return CannotTell(Reason.GROUP_NOT_IN_FILE)
        for group_id in sorted(groups):
            doubt = self._doubt(at, row, group_id)
            if doubt is not None:
                return doubt
        return NotThere(min(self._scene.chats[group_id].times[-1] for group_id in groups))

    def _groups_of(self, row: AskedRow) -> frozenset[int]:
        """Every group into which the message may have gone."""
        confirmed = self._groups_by_connection.get(row.connection) or self._scene.known.groups_of(row.connection)
        return frozenset({*confirmed, *(topic.group_id for topic in self._scene.topics_of(row))})

    @cached_property
    def _groups_by_connection(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for row in self._scene.rows:
            if row.topic is not None and row.is_given and row.said is Said.CONFIRMED:
                found.setdefault(row.connection, set()).add(row.topic.group_id)
        return found

    def _doubt(self, at: int, row: AskedRow, group_id: int) -> CannotTell | None:
        chat = self._scene.chats[group_id]
        bounds = self._bounds(row, group_id)
        if bounds is None:
            return CannotTell(Reason.TOO_FEW_CONFIRMED)
        first, last = bounds
        if not len(chat) or chat.times[0] >= first:
            return CannotTell(Reason.STARTS_TOO_LATE)
        if chat.times[-1] <= last:
            return CannotTell(Reason.ENDS_TOO_EARLY)
        for found in (self._suspect(row, chat, first, last), self._later(at, row, last)):
            if found is not None:
                return found
        missing = [other for other in self._unexplained.get(group_id, ()) if other != at]
        if missing:
            topics = [self._scene.rows[other].topic for other in missing]
            return CannotTell(Reason.CONFIRMED_NOT_FOUND, tuple(topic.link for topic in topics if topic)[:5])
        if self._topic_counts[group_id] < FEWEST_TOPICS:
            return CannotTell(Reason.ONE_TOPIC)
        if not chat.is_unbroken(first, last):
            return CannotTell(Reason.MESSAGES_MISSING)
        return None

    def _bounds(self, row: AskedRow, group_id: int) -> tuple[float, float] | None:
        """When the message can have been posted; None where too little was learnt of its connection."""
        return self._scene.bounds(row, group_id) if (group_id, row.connection) in self._scene.learnt else None

    def _suspect(self, row: AskedRow, chat: Chat, first: float, last: float) -> CannotTell | None:
        """A message of that time that may be the row's all the same: changed, or kept otherwise than was learnt."""
        senders = self._scene.learnt[chat.group_id, row.connection].senders
        text = row.key
        for place, topic in self._unclaimed(row, chat, first, last):
            found = same_text(chat.text_of(place))
            is_posters = chat.sender_of(place) in senders
            link = chat.link_of(place, topic.topic_id if topic else None)
            if text in found or (is_posters and _is_like(text, found)):
                return CannotTell(Reason.LIKE_IT, (link,))
            if is_posters and chat.is_edited(place):
                return CannotTell(Reason.EDITED, (link,))
        return None

    def _unclaimed(self, row: AskedRow, chat: Chat, first: float, last: float) -> Iterator[tuple[int, Topic | None]]:
        """The written messages of that time with no other row's text, in topics that are or may be the user's."""
        own, known = self._scene.topics_of(row), self._scene.known.topics_in(chat.group_id)
        for place in chat.between(first, last):
            if chat.is_service(place):
                continue
            number = chat.topic_of(place, known)
            topic = None if number is None else Topic(chat.group_id, number)
            if topic not in own and not self._scene.is_strangers(topic):
                continue
            if self._text_at.get((chat.group_id, place), row.key) == row.key:
                yield place, topic

    def _later(self, at: int, row: AskedRow, last: float) -> CannotTell | None:
        """The text comes later than any late post, and is nobody's."""
        own = self._scene.topics_of(row)
        for sighting in self._scene.sightings.get(row.key, ()):
            is_near = sighting.topic in own or self._scene.is_strangers(sighting.topic)
            is_later = sighting.posted_at > last and row.connection in sighting.connections
            if is_near and is_later and not self._presence.served.get(sighting, set()) - {at}:
                return CannotTell(Reason.LATER, (sighting.link,))
        return None

    @cached_property
    def _unexplained(self) -> dict[int, list[int]]:
        """The confirmed rows, by group, that are not found although they lie within the file, unexplained."""
        found: dict[int, list[int]] = {}
        for at, row in enumerate(self._scene.rows):
            if row.said is not Said.CONFIRMED or not row.is_given or row.topic is None or self._is_found(at):
                continue
            chat = self._scene.chats.get(row.topic.group_id)
            bounds = self._bounds(row, row.topic.group_id)
            if chat is None or bounds is None or not len(chat):
                continue
            first, last = bounds
            if chat.times[0] < first and last < chat.times[-1] and not self._is_explained(row, chat, first, last):
                found.setdefault(chat.group_id, []).append(at)
        return found

    def _is_found(self, at: int) -> bool:
        match self._presence.verdicts.get(at):
            case There():
                return True
            case CannotTell(reason=reason):
                return reason in _FOUND
            case _:
                return False

    def _is_explained(self, row: AskedRow, chat: Chat, first: float, last: float) -> bool:
        """Whether a message was deleted or changed meanwhile that may have been the row's."""
        if not chat.is_unbroken(first, last):
            return True
        doubt = self._suspect(row, chat, first, last)
        return doubt is not None and doubt.reason is Reason.EDITED


def _is_like(text: str, found: str) -> bool:
    """Whether a message may be the text after all, as Telegram or Hotline changed it."""
    compared = SequenceMatcher(None, found, text)
    return compared.real_quick_ratio() > _ALIKE and compared.quick_ratio() > _ALIKE and compared.ratio() > _ALIKE
