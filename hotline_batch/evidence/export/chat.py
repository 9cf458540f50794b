"""The messages of one group, kept small: numbers in arrays, texts in one string of bytes, topics by chains of replies.

300,000 messages take some 60 MB. The number of a topic is that of the service message that opened it; a message does
not say its topic, but what it answers, and that leads to the topic's first message.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hotline_batch.language.words import words

ANONYMOUS = "channel"
"""How the id of a sender begins who writes as the group itself: any of its administrators."""


_LARGEST_NUMBER = 2**62
_LAST_MOMENT = 253_402_300_799
"""The end of the year 9999."""


class ExportedMessage(NamedTuple):
    """One message. ``posted_at`` is seconds since the epoch, UTC, by Telegram's clock; whole seconds.

    ``sender`` is whose message it is, with the way it came: two messages of one sender that were written in different
    ways (typed, forwarded, by another bot) have different ones. ``reply_to`` is the number of the message it answers,
    0 for none, -1 where that is in another chat. ``text`` has no entities any more.
    """

    number: int
    posted_at: int
    sender: str
    text: str
    reply_to: int
    is_service: bool
    opens_topic: bool
    is_edited: bool


def is_told(found: Any) -> bool:
    """Whether the file tells more of a message than its number: of a kind that is newer than Telegram Desktop it does
    not, and such a message counts as missing.
    """
    return not (isinstance(found, dict) and found.get("type") == "unsupported")


def read_message(found: Mapping[str, Any]) -> ExportedMessage:
    """Raises KeyError, TypeError or ValueError where this is none. KeyError names ``date_unixtime`` in old exports."""
    is_service = found["type"] != "message"
    return ExportedMessage(
        number=_whole_number(found["id"]),
        posted_at=_moment(found["date_unixtime"]),
        sender="" if is_service else _sender(found),
        text="" if is_service else _text(found),
        reply_to=-1 if "reply_to_peer_id" in found else _whole_number(found.get("reply_to_message_id") or 0),
        is_service=is_service,
        opens_topic=found.get("action") == "topic_created",
        is_edited="edited" in found or "edited_unixtime" in found,
    )


def _whole_number(value: Any) -> int:
    if isinstance(value, float) or abs(number := int(value)) > _LARGEST_NUMBER:
        raise ValueError(value)
    return number


def _moment(value: Any) -> int:
    moment = _whole_number(value)
    if not 0 <= moment <= _LAST_MOMENT:
        raise ValueError(value)
    return moment


def _sender(found: Mapping[str, Any]) -> str:
    ways = (("forwarded_from", "forwarded"), ("via_bot", f"via {found.get('via_bot')}"))
    return " ".join([str(found.get("from_id") or "?"), *(way for name, way in ways if name in found)])


def _text(found: Mapping[str, Any]) -> str:
    match found.get("text"):
        case str(text):
            return text
        case list(parts):
            return "".join(_part_texts(parts))
        case None:
            return ""
        case _:
            raise TypeError("text")


def _part_texts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        yield part if isinstance(part, str) else str(part["text"])


_IS_SERVICE, _OPENS_TOPIC, _IS_EDITED = 1, 2, 4
_UNTOLD = -1
"""The root of a message that answers one of another chat."""


class Chat:
    """One group of an export. Messages are known by their place in it, from 0 on, in the order of their numbers.

    Add all messages, then ``close`` it. Numbers, times and so on are then asked for by place.
    """

    def __init__(self) -> None:
        self.group_id = 0
        self.name = ""
        self.numbers = array("q")
        self.times = array("q")
        self._replies = array("q")
        self._roots = array("q")
        self._flags = bytearray()
        self._senders = array("i")
        self._sender_names: list[str] = []
        self._sender_numbers: dict[str, int] = {}
        self._texts = bytearray()
        self._text_ends = array("q")

    def __len__(self) -> int:
        return len(self.numbers)

    def add(self, message: ExportedMessage) -> None:
        """Keep a message."""
        if message.number <= 0:
            # Of the small group that this one grew out of: it had neither topics nor numbers of this one.
            return
        self.numbers.append(message.number)
        self.times.append(message.posted_at)
        self._replies.append(message.reply_to)
        flags = (_IS_SERVICE, message.is_service), (_OPENS_TOPIC, message.opens_topic), (_IS_EDITED, message.is_edited)
        self._flags.append(sum(flag for flag, is_set in flags if is_set))
        sender = self._sender_numbers.setdefault(message.sender, len(self._sender_names))
        if sender == len(self._sender_names):
            self._sender_names.append(message.sender)
        self._senders.append(sender)
        self._texts += message.text.encode("utf-8", "surrogatepass")
        self._text_ends.append(len(self._texts))

    def close(self) -> None:
        """Find the topic of each message. ValueError where two messages bear one number, or stand out of order."""
        before = 0
        for number in self.numbers:
            if number <= before:
                raise ValueError(words("message {number} after message {before}", number=number, before=before))
            before = number
        self._roots = array("q", bytes(8 * len(self)))
        for place, reply_to in enumerate(self._replies):
            self._roots[place] = self._root(place, reply_to)

    def _root(self, place: int, reply_to: int) -> int:
        number = self.numbers[place]
        if self._flags[place] & _OPENS_TOPIC or not reply_to:
            return number
        if reply_to < 0 or reply_to >= number:
            return _UNTOLD
        answered = self.place_of(reply_to)
        return reply_to if answered is None else self._roots[answered]

    # ── what is known of a message ───────────────────────────────────────────────────────────────────────────────────

    def place_of(self, number: int) -> int | None:
        """Where the message of that number stands."""
        place = bisect_left(self.numbers, number)
        return place if place < len(self.numbers) and self.numbers[place] == number else None

    def topic_of(self, place: int, known: frozenset[int] | set[int] = frozenset()) -> int | None:
        """The number of a message's topic; None where that is not sure, and for what stands in no topic.

        ``known`` are numbers that are topics for sure: what opened them may be missing in the file.
        """
        root = self._roots[place]
        if root in known:
            return root
        found = self.place_of(root)
        return root if found is not None and self._flags[found] & _OPENS_TOPIC else None

    def text_of(self, place: int) -> str:
        """The text of a message, as it was exported."""
        start = self._text_ends[place - 1] if place else 0
        return self._texts[start : self._text_ends[place]].decode("utf-8", "surrogatepass")

    def sender_of(self, place: int) -> str:
        """Whose message it is and how it came, see ``ExportedMessage``; empty for service messages."""
        return self._sender_names[self._senders[place]]

    def is_service(self, place: int) -> bool:
        """Whether nobody wrote this."""
        return bool(self._flags[place] & _IS_SERVICE)

    def is_edited(self, place: int) -> bool:
        """Whether the message may have been changed since it was posted."""
        return bool(self._flags[place] & _IS_EDITED)

    def link_of(self, place: int, topic: int | None) -> str:
        """The link that opens this message."""
        within = f"{topic}/" if topic is not None else ""
        return f"https://t.me/c/{self.group_id}/{within}{self.numbers[place]}"

    # ── what is known of the group ───────────────────────────────────────────────────────────────────────────────────

    @property
    def is_from_the_first_on(self) -> bool:
        """Whether the group has no messages from before those of the file."""
        return bool(self.numbers) and self.numbers[0] == 1

    def between(self, first: float, last: float) -> range:
        """The places of the messages that were posted from ``first`` to ``last``, both included."""
        return range(bisect_left(self.times, first), bisect_right(self.times, last))

    def is_unbroken(self, first: float, last: float) -> bool:
        """Whether no number is missing from the last message before ``first`` to the first one after ``last``."""
        places = self.between(first, last)
        before, after = places.start - 1, places.stop
        if before < 0 or after >= len(self):
            return False
        return self.numbers[after] - self.numbers[before] == after - before

    def topics(self, known: frozenset[int] | set[int] = frozenset()) -> Counter[int]:
        """How many messages each topic has; ``known`` is as of ``topic_of``."""
        roots = Counter(root for place, root in enumerate(self._roots) if not self.is_service(place))
        opened = {self.numbers[place] for place, flags in enumerate(self._flags) if flags & _OPENS_TOPIC}
        return Counter({root: count for root, count in roots.items() if root in opened or root in known})

    def topic_numbers(self) -> frozenset[int]:
        """Every number that is a topic, or may be one: what a chain of replies ends at, be it in the file or not."""
        ends = {root for place, root in enumerate(self._roots) if root > 0 and root != self.numbers[place]}
        return frozenset(
            ends | {self.numbers[place] for place, flags in enumerate(self._flags) if flags & _OPENS_TOPIC}
        )

    def senders(self) -> Sequence[str]:
        """Everybody who wrote a message."""
        return [name for name in self._sender_names if name]

    def places_by_topic(self, known: frozenset[int] | set[int]) -> dict[int, list[int]]:
        """The places of all written messages of these topics."""
        found: dict[int, list[int]] = {topic: [] for topic in known}
        for place, root in enumerate(self._roots):
            if root in found and not self.is_service(place):
                found[root].append(place)
        return found

    def places_of(self, senders: frozenset[str]) -> Iterator[int]:
        """The places of the messages of these senders."""
        numbers = {self._sender_numbers[name] for name in senders if name in self._sender_numbers}
        return (place for place, sender in enumerate(self._senders) if sender in numbers)
