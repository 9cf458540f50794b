"""A row of which nothing was seen -> surely not there, or what speaks against saying so.

Absence is proven only by a complete file: every condition of this module is one that an incomplete, misread or changed
history would break.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.presence import Presence
from hotline_batch.evidence.rows import AskedRow, Said, Topic
from hotline_batch.evidence.sightings import LONG_BEFORE_SECONDS, Scene, Sighting, link_to
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There
from hotline_batch.keys import plain_text

FEWEST_TOPICS = 2
"""An export of one topic alone says nothing of what stands in the others."""

# A link in Markdown, of which Telegram shows the words alone.
_LINK_WITH_WORDS = re.compile(r"\[([^\[\]]+)\]\([^()\s]+\)")
_LINKS_NAMED = 5
# Verdicts that leave open whose message it is, but not that one is there.
_FOUND = frozenset({Reason.SAME_USER, Reason.MORE_THAN_ROWS, Reason.ANYBODY_POSTS})


class _Suspect(NamedTuple):
    """A message that may be the row's, although it is not the row's text as it was learnt to be kept."""

    topic: Topic | None
    link: str
    reason: Reason


class Absence:
    """Judges rows without a sighting, by their place in ``scene.rows``.

    ``to_look_up`` are topics of which it is unknown whose they are, and that alone leaves rows open.
    """

    def __init__(self, scene: Scene, presence: Presence) -> None:
        self._scene = scene
        self._presence = presence
        self.to_look_up: set[Topic] = set()
        self._seen_at: dict[tuple[int, int], list[tuple[str, Sighting]]] = defaultdict(list)
        for text, seen in scene.sightings.items():
            for each in seen:
                self._seen_at[each.group_id, each.place].append((text, each))
        self._topic_counts = {
            group_id: len(chat.topics(scene.known.topics_in(group_id))) for group_id, chat in scene.chats.items()
        }

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
        """Every group into which the message may have gone: all of its connection, and those of its user's topics."""
        topics = {*self._scene.topics_of(row), *filter(None, [row.named])}
        return self._scene.known.groups_of(row.connection) | {topic.group_id for topic in topics}

    def _doubt(self, at: int, row: AskedRow, group_id: int) -> CannotTell | None:
        chat = self._scene.chats[group_id]
        bounds = self._bounds(row, group_id)
        if bounds is None:
            return CannotTell(Reason.TOO_FEW_CONFIRMED)
        first, last = bounds
        begins_by = first if chat.is_from_the_first_on else first - LONG_BEFORE_SECONDS
        if not len(chat) or chat.times[0] >= begins_by:
            return CannotTell(Reason.STARTS_TOO_LATE)
        if chat.times[-1] <= last:
            return CannotTell(Reason.ENDS_TOO_EARLY)
        suspects = list(self._suspects(row, chat, first, last))
        other_doubt = self._at_another_time(row, chat, first, last) or self._doubt_about_file(at, chat, first, last)
        if not suspects:
            return other_doubt
        if other_doubt is None:
            self._look_up(row, [suspect.topic for suspect in suspects])
        return CannotTell(suspects[0].reason, tuple(suspect.link for suspect in suspects[:_LINKS_NAMED]))

    def _bounds(self, row: AskedRow, group_id: int) -> tuple[float, float] | None:
        """When the message can have been posted; None where too little was learnt of its connection."""
        return self._scene.bounds(row, group_id) if (group_id, row.connection) in self._scene.learnt else None

    def _suspects(self, row: AskedRow, chat: Chat, first: float, last: float) -> Iterator[_Suspect]:
        """The messages of that time that may be the row's all the same.

        Whatever the poster wrote there is one: marks, links, long texts and what else may be shown otherwise than
        it was sent, so another text does not prove another message. Of others' messages, those that show the text.
        """
        posters = self._posters(row, chat)
        for place, topic in self._unclaimed(row, chat, first, last):
            link = link_to(chat, place, topic)
            is_posters = chat.sender_of(place).split()[0] in posters
            if _shows(chat.text_of(place), row.text):
                yield _Suspect(topic, link, Reason.LIKE_IT)
            elif is_posters:
                yield _Suspect(topic, link, Reason.EDITED if chat.is_edited(place) else Reason.LIKE_IT)

    def _posters(self, row: AskedRow, chat: Chat) -> frozenset[str]:
        """Who posts the messages of the row's connection, whatever is said behind the name."""
        return frozenset(sender.split()[0] for sender in self._scene.learnt[chat.group_id, row.connection].senders)

    def _unclaimed(self, row: AskedRow, chat: Chat, first: float, last: float) -> Iterator[tuple[int, Topic | None]]:
        """The written messages of that time that serve no other row, in topics that are or may be the user's."""
        for place in chat.between(first, last):
            if chat.is_service(place):
                continue
            topic = self._scene.topic_at(chat, place)
            if self._scene.may_stand_in(topic, row) and not self._is_anothers(row, chat, place):
                yield place, topic

    def _is_anothers(self, row: AskedRow, chat: Chat, place: int) -> bool:
        """Whether a message serves another row, and this row's text cannot have come to look like that one's."""
        seen = self._seen_at.get((chat.group_id, place), ())
        if not any(self._presence.is_anothers(each) for _, each in seen):
            return False
        return not _shows(chat.text_of(place), row.text) and not any(_shows(row.text, text) for text, _ in seen)

    def _look_up(self, row: AskedRow, topics: Sequence[Topic | None]) -> None:
        """Whose these topics are would decide, if none of them is or may be the user's for another reason."""
        named = {*self._scene.topics_of(row), row.named}
        asked = {topic for topic in topics if topic is not None and self._scene.is_strangers(topic)} - named
        if asked == set(topics):
            self.to_look_up |= asked

    def _at_another_time(self, row: AskedRow, chat: Chat, first: float, last: float) -> CannotTell | None:
        """The text comes later than any late post, or earlier than clocks allow for, and is nobody's; be it shown as it
        was sent, or otherwise by whoever posts.
        """
        for sighting in self._scene.sightings.get(row.key, ()):
            if row.connection not in sighting.connections or not self._scene.may_stand_in(sighting.topic, row):
                continue
            is_before, is_later = first - LONG_BEFORE_SECONDS <= sighting.posted_at < first, sighting.posted_at > last
            if (is_before or is_later) and not self._presence.is_anothers(sighting):
                return CannotTell(Reason.LATER if is_later else Reason.BEFORE_REQUEST, (sighting.link,))
        return next(self._shown_at_another_time(row, chat, first, last), None)

    def _shown_at_another_time(self, row: AskedRow, chat: Chat, first: float, last: float) -> Iterator[CannotTell]:
        inside, posters = chat.between(first, last), self._posters(row, chat)
        earliest = chat.between(first - LONG_BEFORE_SECONDS, first).start
        for place in (*range(earliest, inside.start), *range(inside.stop, len(chat))):
            if chat.is_service(place) or chat.sender_of(place).split()[0] not in posters:
                continue
            seen = self._seen_at.get((chat.group_id, place), ())
            if not _shows(chat.text_of(place), row.text) or any(self._presence.is_anothers(each) for _, each in seen):
                continue
            topic = self._scene.topic_at(chat, place)
            if self._scene.may_stand_in(topic, row):
                reason = Reason.LATER if place >= inside.stop else Reason.BEFORE_REQUEST
                yield CannotTell(reason, (link_to(chat, place, topic),))

    def _doubt_about_file(self, at: int, chat: Chat, first: float, last: float) -> CannotTell | None:
        """What makes the file itself no proof."""
        missing = [other for other in self._unexplained.get(chat.group_id, ()) if other != at]
        if missing:
            topics = [self._scene.rows[other].topic for other in missing]
            return CannotTell(Reason.CONFIRMED_NOT_FOUND, tuple(topic.link for topic in topics if topic)[:_LINKS_NAMED])
        if self._topic_counts[chat.group_id] < FEWEST_TOPICS:
            return CannotTell(Reason.ONE_TOPIC)
        if not chat.is_unbroken(first, last):
            return CannotTell(Reason.MESSAGES_MISSING)
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
        return any(suspect.reason is Reason.EDITED for suspect in self._suspects(row, chat, first, last))


def _shows(shown: str, text: str) -> bool:
    """Whether a text is to be seen within a message, whatever became of its blanks, marks, tags and links."""
    seen = _plain(shown)
    return _plain(text) in seen or _plain(_LINK_WITH_WORDS.sub(r"\1", text)) in seen


# The same messages are compared with many rows.
_plain = lru_cache(maxsize=4096)(plain_text)
