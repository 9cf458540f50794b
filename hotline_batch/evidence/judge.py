"""Rows of runs + a group's export -> a verdict for each row asked about, and the topics to look up for more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hotline_batch.evidence.absence import Absence
from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.presence import Presence
from hotline_batch.evidence.rows import AskedRow, KnownTopics, Said, Topic
from hotline_batch.evidence.sightings import Scene
from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what the export says of it."""

    row: AskedRow
    verdict: Verdict

    @property
    def contradicts(self) -> bool:
        """Whether the export surely says otherwise than the ledger, or the message is there more than once."""
        match self.verdict:
            case There(copies=copies):
                return copies > 1 or self.row.said is Said.NOT_DELIVERED
            case NotThere():
                return self.row.said in {Said.CONFIRMED, Said.A_PERSON_SAYS_SO}
            case CannotTell(reason=reason):
                return reason is Reason.MORE_THAN_ROWS


@dataclass(frozen=True, slots=True)
class Judgement:
    """The rows of the given runs, in their order.

    ``confirmed_found`` is how many confirmed rows were found, ``to_look_up`` are topics whose users would decide more.
    """

    rows: tuple[Judged, ...]
    confirmed_found: int
    to_look_up: tuple[Topic, ...]


def judge(rows: Iterable[AskedRow], known: KnownTopics, chats: Mapping[int, Chat]) -> Judgement:
    """What the groups of an export say of these rows. Rows of other runs that may have posted the same text go along
    as not given: they get no verdict, but a message may be theirs.
    """
    scene = Scene(tuple(rows), known, chats)
    presence = Presence(scene)
    absence = Absence(scene, presence)
    judged = tuple(
        Judged(row, presence.verdicts.get(at) or absence.judge(at)) for at, row in enumerate(scene.rows) if row.is_given
    )
    found = sum(isinstance(each.verdict, There) for each in judged if each.row.said is Said.CONFIRMED)
    return Judgement(judged, found, tuple(sorted(presence.to_look_up | absence.to_look_up)))
