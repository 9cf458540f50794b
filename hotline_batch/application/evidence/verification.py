"""What an export says of runs, as every face shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from hotline_batch.evidence.judge import Judged
from hotline_batch.evidence.rows import Said, Topic
from hotline_batch.evidence.verdicts import CannotTell, NotThere, There, verdict_words
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Status


class Finding(StrEnum):
    """What was found of one row."""

    THERE = "there"
    THERE_TWICE = "there_twice"
    NOT_THERE = "not_there"
    HINT = "hint"
    CANNOT_TELL = "cannot_tell"


STATUS_OF = {
    Said.CONFIRMED: Status.SENT,
    Said.A_PERSON_SAYS_SO: Status.SENT,
    Said.IN_DOUBT: Status.UNKNOWN,
    Said.NOT_DELIVERED: Status.FAILED,
}


@dataclass(frozen=True, slots=True)
class VerifiedRow(Judged):
    """The same for a person to look at: ``name`` and ``topic_link`` are what helps to look; ``asked_at`` is in UTC."""

    name: str = ""
    topic_link: str = ""

    @property
    def run(self) -> str:
        """The id of its run."""
        return self.row.run

    @property
    def number(self) -> int:
        """Its number in the sheet."""
        return self.row.number

    @property
    def status(self) -> Status:
        """What the ledger says of it."""
        return STATUS_OF[self.row.said]

    @property
    def finding(self) -> Finding:
        """What the export says of it, in one word."""
        match self.verdict:
            case There(copies=copies):
                return Finding.THERE_TWICE if copies > 1 else Finding.THERE
            case NotThere():
                return Finding.NOT_THERE
            case CannotTell() as verdict:
                return Finding.HINT if verdict.is_hint else Finding.CANNOT_TELL

    @property
    def words(self) -> str:
        """The same in a sentence, and what it says of the ledger."""
        said = verdict_words(self.verdict)
        if not self.contradicts:
            return said
        match self.row.said, self.verdict:
            case Said.CONFIRMED, NotThere():
                return words("{said} The API confirmed it all the same.", said=said)
            case Said.A_PERSON_SAYS_SO, NotThere():
                return words("{said} It was settled as delivered.", said=said)
            case Said.NOT_DELIVERED, There():
                return words("{said} The ledger says that it was not delivered.", said=said)
            case _:
                return said

    @property
    def link(self) -> str:
        """The message that was found, if it is known which one it is."""
        return self.verdict.link if isinstance(self.verdict, There) else ""

    @property
    def links(self) -> Sequence[str]:
        """What to look at."""
        return () if isinstance(self.verdict, NotThere) else self.verdict.links

    @property
    def asked_at(self) -> datetime:
        """When the message was asked for first."""
        return datetime.fromtimestamp(self.row.asked_from, UTC)

    @property
    def text(self) -> str:
        """The message."""
        return self.row.text

    @property
    def can_be_settled(self) -> bool:
        """Whether it is in doubt, and the export is sure."""
        return self.row.said is Said.IN_DOUBT and not isinstance(self.verdict, CannotTell)

    @property
    def is_untold(self) -> bool:
        """Whether the export leaves it open. Of a row that failed, only where something speaks against that."""
        if not isinstance(self.verdict, CannotTell) or self.contradicts:
            return False
        return self.row.said is not Said.NOT_DELIVERED or bool(self.verdict.links)


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group of the file, as far as it was read. ``newest`` is the time of its newest message, UTC."""

    group_id: int
    name: str
    messages: int
    topics: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """What an export says of all rows of some runs whose message was asked for.

    ``confirmed`` rows are those that the API confirmed, ``confirmed_found`` those of them that are there;
    ``looked_up`` topics were asked for. ``not_asked`` rows had no request, so there is nothing to be found of them.
    ``to_look_up`` are topics whose users would decide more.
    """

    runs: Sequence[str]
    path: str
    sha256: str
    groups: Sequence[GroupSeen]
    rows: Sequence[VerifiedRow]
    confirmed: int
    confirmed_found: int
    looked_up: int = 0
    not_asked: int = 0
    to_look_up: Sequence[Topic] = ()

    @property
    def newest(self) -> datetime:
        """When the newest message of the file was posted; of several groups, that of the one that ends first."""
        return min((group.newest for group in self.groups), default=datetime.fromtimestamp(0, UTC))

    @property
    def counts(self) -> Mapping[Finding, int]:
        """How many rows have each finding, all findings included."""
        counts = Counter(row.finding for row in self.rows)
        return {finding: counts[finding] for finding in Finding}

    @property
    def contradictions(self) -> Sequence[VerifiedRow]:
        """The rows of which the export surely says otherwise than the ledger."""
        return [row for row in self.rows if row.contradicts]

    @property
    def untold(self) -> Sequence[VerifiedRow]:
        """The rows that the export leaves open."""
        return [row for row in self.rows if row.is_untold]

    @property
    def in_doubt(self) -> Sequence[VerifiedRow]:
        """The rows that are in doubt in the ledger."""
        return [row for row in self.rows if row.status is Status.UNKNOWN]

    @property
    def to_settle(self) -> Sequence[VerifiedRow]:
        """Those of them that the export settles."""
        return [row for row in self.rows if row.can_be_settled]

    @property
    def exit_code(self) -> int:
        """0 all agrees, 1 contradictions, 3 some cannot be told."""
        return 1 if self.contradictions else 3 if self.untold else 0


def verification_as_json(found: Verification) -> dict[str, object]:
    """The verification as the object that machines get; times are ISO 8601, UTC."""
    return {
        "runs": list(found.runs),
        "exit_code": found.exit_code,
        "export": {
            "path": found.path,
            "sha256": found.sha256,
            "newest_message": found.newest.isoformat() if found.groups else None,
            "groups": [_group_as_json(group) for group in found.groups],
        },
        "rows": len(found.rows),
        "not_asked": found.not_asked,
        "counts": {finding.value: count for finding, count in found.counts.items()},
        "confirmed": found.confirmed,
        "confirmed_found": found.confirmed_found,
        "in_doubt": len(found.in_doubt),
        "can_be_settled": len(found.to_settle),
        "looked_up": found.looked_up,
        "contradictions": [_row_as_json(row) for row in found.contradictions],
        "doubtful": [_row_as_json(row) for row in found.in_doubt],
        "cannot_be_told": [_row_as_json(row) for row in found.untold],
    }


def _group_as_json(group: GroupSeen) -> dict[str, object]:
    return {
        "group_id": str(group.group_id),
        "name": group.name,
        "messages": group.messages,
        "topics": group.topics,
        "newest_message": group.newest.isoformat(),
    }


def _row_as_json(row: VerifiedRow) -> dict[str, object]:
    reason = row.verdict.reason.value if isinstance(row.verdict, CannotTell) else ""
    return {
        "run": row.run,
        "row": row.number,
        "status": row.status.value,
        "finding": row.finding.value,
        "reason": reason,
        "words": row.words,
        "link": row.link,
        "links": list(row.links),
        "asked_at": row.asked_at.isoformat(timespec="seconds"),
    }


def sentences(found: Verification) -> Iterator[str]:
    """The figures, one sentence each."""
    yield words(
        "{confirmed_found} of {confirmed} confirmed rows found.",
        confirmed_found=found.confirmed_found,
        confirmed=found.confirmed,
    )
    if found.in_doubt:
        yield words(
            "{to_settle} of {in_doubt} rows in doubt can be settled.",
            to_settle=len(found.to_settle),
            in_doubt=len(found.in_doubt),
        )
    contradictions = len(found.contradictions)
    if contradictions:
        yield words("{count:row contradicts|rows contradict} the ledger.", count=contradictions)
    untold = len(found.untold)
    if untold:
        yield words("Of {count:row|rows} the export does not tell.", count=untold)
