"""Confirmed rows and their messages -> who posts for the API, what stands around the text, how far the clocks differ.

Nothing of this is assumed: no export of such a group is documented. What confirmed rows do not show is not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hotline_batch.evidence.export.chat import ANONYMOUS, Chat
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said
from hotline_batch.keys import same_text

FEWEST_CONFIRMED = 3
"""Rows that must have been found before anything is concluded."""

# Telegram's times are whole seconds, and both clocks are set by the network now and then.
_SECONDS_OF_PLAY = 2.0
_CLOCK_SECONDS = 300.0


class Way(NamedTuple):
    """How messages of the API look in a group: by whom, and what stands before and behind the row's text."""

    sender: str
    before: str
    behind: str

    def text_in(self, text: str) -> str | None:
        """The row's text within a message of this sender; None where something else stands around it."""
        if len(text) < len(self.before) + len(self.behind):
            return None
        if not text.startswith(self.before) or not text.endswith(self.behind):
            return None
        return text[len(self.before) : len(text) - len(self.behind)]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What confirmed rows of one connection showed in one group.

    A message that was asked for at a moment of this machine's clock was posted at ``earliest`` or more seconds after
    it, and at most ``latest`` seconds after the request ended, by Telegram's clock: the seconds by which the clocks
    differ.
    """

    ways: tuple[Way, ...]
    earliest: float
    latest: float

    @property
    def is_anybody(self) -> bool:
        """Whether the poster is a name that every anonymous administrator posts under."""
        return any(way.sender.startswith(ANONYMOUS) for way in self.ways)

    @property
    def senders(self) -> frozenset[str]:
        """Who posts."""
        return frozenset(way.sender for way in self.ways)


class _Pair(NamedTuple):
    """A row and a message that may be its: the clocks then differ by ``least`` to ``most`` seconds."""

    least: float
    most: float
    row: int
    place: int


def learn(chat: Chat, rows: Iterable[AskedRow], known: KnownTopics) -> Learnt | None:
    """What the rows of one connection show; None where fewer than three confirmed ones agree, or others do as well.

    Rows that are not confirmed and those of other runs say how the clocks differ, too: else a run that repeats the
    texts of another one would fit to the messages of that as well as to its own.
    """
    asked = list(rows)
    confirmed = frozenset(at for at, row in enumerate(asked) if row.said is Said.CONFIRMED and row.is_given)
    pairs = _pairs(chat, asked, known)
    roughly = {way: _agreeing(found, _CLOCK_SECONDS / 2) for way, found in pairs.items()}
    agreeing = {way: _agreeing(found, _SECONDS_OF_PLAY) for way, found in roughly.items()}
    ways = sorted(agreeing, key=lambda way: (-len(_rows_of(agreeing[way])), way))
    if not ways or _fits_elsewhere(pairs[ways[0]], roughly[ways[0]]):
        return None
    chosen = [ways[0]]
    found = _rows_of(agreeing[ways[0]])
    for way in ways[1:]:
        more = _rows_of(agreeing[way])
        if len(more) >= FEWEST_CONFIRMED and not more & found and _is_close(agreeing[way], agreeing[ways[0]]):
            chosen.append(way)
            found |= more
        elif way.sender != ways[0].sender and 2 * len(more) > len(found) and more & found:
            return None  # somebody copies every text at once: whose messages are the API's cannot be told
    if len(found & confirmed) < FEWEST_CONFIRMED:
        return None
    # How far the clocks differ is known only of rows whose message certainly came before their answer.
    known_rows = {at for at, row in enumerate(asked) if row.said is Said.CONFIRMED}
    kept = [pair for way in chosen for pair in agreeing[way] if pair.row in known_rows]
    bounds = max(pair.least for pair in kept), min(pair.most for pair in kept)
    earliest, latest = min(bounds) - _SECONDS_OF_PLAY, max(bounds) + _SECONDS_OF_PLAY
    # Where that is right, it explains most of what was confirmed in the file's time, not a part of it by chance.
    within = [
        at
        for at in confirmed
        if (topic := asked[at].topic) is not None
        and topic.group_id == chat.group_id
        and chat.times[0] <= asked[at].asked_from + earliest
        and asked[at].asked_until + latest <= chat.times[-1]
    ]
    if 2 * len(found.intersection(within)) < len(within):
        return None
    return Learnt(tuple(chosen), earliest, latest)


def _pairs(chat: Chat, asked: Sequence[AskedRow], known: KnownTopics) -> Mapping[Way, list[_Pair]]:
    """Every message with a row's text in a topic of its user; for a confirmed row, in the one it was confirmed in."""
    topics_of = [
        [topic.topic_id for topic in row.topics_among(known) if topic.group_id == chat.group_id] for row in asked
    ]
    places = chat.places_by_topic(frozenset(topic for topics in topics_of for topic in topics))
    texts = {topic: [same_text(chat.text_of(place)) for place in found] for topic, found in places.items()}
    pairs: dict[Way, list[_Pair]] = defaultdict(list)
    for number, row in enumerate(asked):
        key = row.key
        for topic in topics_of[number]:
            for place, text in zip(places[topic], texts[topic], strict=True):
                before, is_there, behind = text.partition(key)
                if is_there:
                    posted = chat.times[place]
                    pair = _Pair(posted - row.asked_until, posted + 1 - row.asked_from, number, place)
                    pairs[Way(chat.sender_of(place), before, behind)].append(pair)
    return pairs


def _agreeing(pairs: Sequence[_Pair], play: float) -> list[_Pair]:
    """Those pairs that one difference of the clocks explains, up to ``play`` seconds, where that explains most rows."""
    edges = [(pair.least - play, False, pair.row) for pair in pairs]
    edges += [(pair.most + play, True, pair.row) for pair in pairs]
    open_rows: dict[int, int] = defaultdict(int)
    best, most = 0.0, 0
    for at, is_end, row in sorted(edges):
        if is_end:
            open_rows[row] -= 1
            if not open_rows[row]:
                del open_rows[row]
            continue
        open_rows[row] += 1
        if len(open_rows) > most:
            best, most = at, len(open_rows)
    return [pair for pair in pairs if pair.least - play <= best <= pair.most + play]


def _fits_elsewhere(pairs: Sequence[_Pair], roughly: Sequence[_Pair]) -> bool:
    """Whether quite another difference of the clocks explains so many rows that it may be the right one.

    A run that repeats the texts of another one fits to half of both runs' messages that way; so more is asked of
    messages that are explained already, and less of messages that are left over.
    """
    least, most = min(pair.least for pair in roughly), max(pair.most for pair in roughly)
    others = [pair for pair in pairs if pair.most < least - _CLOCK_SECONDS or pair.least > most + _CLOCK_SECONDS]
    explained = {pair.place for pair in roughly}
    left_over = [pair for pair in others if pair.place not in explained]
    rows, elsewhere, by_the_rest = (
        len(_rows_of(found))
        for found in (roughly, _agreeing(others, _CLOCK_SECONDS / 2), _agreeing(left_over, _CLOCK_SECONDS / 2))
    )
    if least > _CLOCK_SECONDS or most < -_CLOCK_SECONDS:
        # A clock that is far off is rare: then little may speak for another one.
        return 3 * elsewhere > rows
    return 2 * elsewhere > rows + 1 or 3 * by_the_rest > rows


def _rows_of(pairs: Iterable[_Pair]) -> frozenset[int]:
    return frozenset(pair.row for pair in pairs)


def _is_close(one: Sequence[_Pair], other: Sequence[_Pair]) -> bool:
    """Whether one difference of the clocks can explain both."""
    least = max(pair.least for pair in (*one, *other))
    return least - 2 * _SECONDS_OF_PLAY <= min(pair.most for pair in (*one, *other))
