"""Rows and sightings -> which rows' messages are there. One message serves one row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from hotline_batch.evidence.rows import AskedRow, Topic
from hotline_batch.evidence.sightings import Scene, Sighting
from hotline_batch.evidence.verdicts import CannotTell, Reason, There, Verdict


class Presence:
    """What was seen of each row, by its place in ``scene.rows``; rows of which nothing was seen have no verdict.

    ``served`` says which sightings are some row's.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.verdicts: dict[int, Verdict] = {}
        self.served: dict[Sighting, set[int]] = defaultdict(set)
        self.to_look_up: set[Topic] = set()
        by_text: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(scene.rows):
            by_text[row.key].append(at)
        for text, places in by_text.items():
            seen = scene.sightings.get(text, ())
            if seen:
                self._judge_own_topics(places, seen)
                self._judge_strangers_topics(places, seen)
        self._claimed_by: dict[int, set[Sighting]] = defaultdict(set)
        for sighting, rows in self.served.items():
            for at in rows:
                self._claimed_by[at].add(sighting)
        self._is_anothers: dict[Sighting, bool] = {}

    def is_anothers(self, sighting: Sighting) -> bool:
        """Whether a message is that of some row of which something was seen: one of no more than there are such rows.

        What is there once too often may be the message of a row of which nothing was seen.
        """
        if sighting not in self._is_anothers:
            rows = self.served.get(sighting, set())
            claimed: set[Sighting] = set().union(*(self._claimed_by[at] for at in rows))
            self._is_anothers[sighting] = 0 < len(claimed) <= len(rows)
        return self._is_anothers[sighting]

    # ── topics that are known to be the user's ───────────────────────────────────────────────────────────────────────

    def _judge_own_topics(self, places: Iterable[int], seen: Sequence[Sighting]) -> None:
        by_user: dict[int, list[int]] = defaultdict(list)
        for at in places:
            by_user[self._scene.rows[at].user_id].append(at)
        by_topic: dict[Topic, list[Sighting]] = defaultdict(list)
        for sighting in seen:
            if sighting.topic is not None:
                by_topic[sighting.topic].append(sighting)
        for rows in by_user.values():
            topics_of = {at: self._scene.topics_of(self._scene.rows[at]) for at in rows}
            found = {at: self._seen_of(at, topics_of[at], by_topic) for at in rows}
            # Two connections may write to a user in one topic, although a reply named it to one of them alone.
            all_topics = frozenset[Topic]().union(*topics_of.values())
            rivals = {at: self._seen_of(at, all_topics - topics_of[at], by_topic) for at in rows}
            self._settle(found, rivals)

    def _seen_of(
        self, at: int, topics: Collection[Topic], by_topic: Mapping[Topic, Sequence[Sighting]]
    ) -> list[Sighting]:
        row = self._scene.rows[at]
        return [
            sighting
            for topic in sorted(topics)
            for sighting in by_topic.get(topic, ())
            if self._scene.can_be(sighting, row)
        ]

    def _settle(
        self,
        seen: Mapping[int, Sequence[Sighting]],
        rivals: Mapping[int, Sequence[Sighting]] = MappingProxyType({}),
    ) -> None:
        """Rows of one user with one text: each is there that has a message which can be no other's of them.

        ``rivals`` are messages that are taken for a row's only to say so of no other row.
        """
        claims = Counter(sighting for found in (seen, rivals) for each in found.values() for sighting in each)
        shared = {sighting for sighting, rows in claims.items() if rows > 1}
        claimants = sum(1 for at in seen if shared.intersection((*seen[at], *rivals.get(at, ()))))
        for at, sightings in seen.items():
            mine = [sighting for sighting in sightings if claims[sighting] == 1]
            if mine:
                self._there(at, mine)
            elif sightings:
                # A message may be any of these rows', and one row may have posted twice. More than rows are too many.
                doubts = [self._scene.doubt_about(each, self._scene.rows[at]) for each in sorted(sightings, key=_place)]
                reason = Reason.MORE_THAN_ROWS if len(shared) > claimants else Reason.SAME_USER
                self.verdicts[at] = CannotTell(next(filter(None, doubts), reason), _links(sightings))
            for sighting in sightings:
                self.served[sighting].add(at)

    def _there(self, at: int, mine: Sequence[Sighting]) -> None:
        row = self._scene.rows[at]
        doubts = {sighting: self._scene.doubt_about(sighting, row) for sighting in mine}
        sure = sorted((each for each in mine if doubts[each] is None), key=_place)
        if sure:
            self.verdicts[at] = There(sure[0].link, len(sure), _links(sure))
        else:
            self.verdicts[at] = CannotTell(doubts[min(mine, key=_place)] or Reason.SAME_TEXT, _links(mine))

    # ── topics of which nobody knows whose they are ──────────────────────────────────────────────────────────────────

    def _judge_strangers_topics(self, places: Iterable[int], seen: Sequence[Sighting]) -> None:
        """A text of one user alone decides by itself; one of many where there are as many messages as users."""
        strays = [sighting for sighting in seen if self._scene.is_strangers(sighting.topic)]
        rows = [at for at in places if at not in self.verdicts]
        found = {at: [each for each in strays if self._scene.can_be(each, self._scene.rows[at])] for at in rows}
        found = {at: sightings for at, sightings in found.items() if sightings}
        for at, sightings in found.items():
            for sighting in sightings:
                self.served[sighting].add(at)
        users = {self._scene.rows[at].user_id for at in found}
        # A message whose topic cannot be told may be anybody's, also of somebody who is served already.
        lost = [sighting for sighting in strays if sighting.topic is None]
        users |= {row.user_id for row in map(self._scene.rows.__getitem__, places) if self._can_be_any(lost, row)}
        has_topic = {at for at in found if self._scene.topics_of(self._scene.rows[at])}
        for at in has_topic:
            self._cannot_tell(at, Reason.OTHER_TOPIC, found[at])
        if has_topic:
            for at in found.keys() - has_topic:
                self._cannot_tell(at, Reason.SAME_TEXT, found[at])
        elif found and len(users) == 1:
            self._judge_unique_text(found, seen)
        elif found:
            self._judge_by_count(found)

    def _can_be_any(self, sightings: Iterable[Sighting], row: AskedRow) -> bool:
        return any(self._scene.can_be(sighting, row) for sighting in sightings)

    def _judge_unique_text(self, found: Mapping[int, Sequence[Sighting]], seen: Sequence[Sighting]) -> None:
        topics = {sighting.topic for sightings in found.values() for sighting in sightings}
        if len(topics) > 1 or (None in topics and any(len(sightings) > 1 for sightings in found.values())):
            for at, sightings in found.items():
                self._cannot_tell(at, Reason.SEVERAL_TOPICS, sightings)
            return
        for at in found:
            row = self._scene.rows[at]
            others = [each for each in seen if each not in self.served and self._scene.can_be(each, row)]
            if others:
                # Somebody else posts this text through the same poster: it says no more whose it is.
                self._cannot_tell(at, Reason.NOT_OURS_ALONE, [*found[at], *others])
        if not any(at in self.verdicts for at in found):
            self._settle(found)

    def _judge_by_count(self, found: Mapping[int, Sequence[Sighting]]) -> None:
        strays = {sighting for sightings in found.values() for sighting in sightings}
        topics = {sighting.topic for sighting in strays}
        users = {self._scene.rows[at].user_id for at in found}
        is_one_each = None not in topics and len(topics) == len(strays) == len(users) == len(found)
        is_sure = all(self._scene.doubt_about(each, self._scene.rows[at]) is None for at in found for each in found[at])
        if is_one_each and is_sure and self._go_round(found):
            links = _links(strays)
            for at in found:
                self.verdicts[at] = There("", 1, links)
            return
        for at, sightings in found.items():
            self._cannot_tell(at, Reason.SAME_TEXT, sightings)

    def _go_round(self, found: Mapping[int, Sequence[Sighting]]) -> bool:
        """Whether there is a message for each row; the row that must have the earliest one chooses first."""
        taken: set[Sighting] = set()
        for at in sorted(found, key=lambda at: (self._scene.rows[at].asked_until, at)):
            free = [sighting for sighting in found[at] if sighting not in taken]
            if not free:
                return False
            taken.add(min(free, key=_place))
        return True

    def _cannot_tell(self, at: int, reason: Reason, sightings: Sequence[Sighting]) -> None:
        self.verdicts[at] = CannotTell(reason, _links(sightings))
        self.to_look_up |= {sighting.topic for sighting in sightings if sighting.topic is not None}


def _place(sighting: Sighting) -> tuple[int, int, int]:
    return sighting.posted_at, sighting.group_id, sighting.place


def _links(sightings: Iterable[Sighting]) -> tuple[str, ...]:
    return tuple(sighting.link for sighting in sorted(set(sightings), key=_place))
