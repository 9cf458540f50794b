"""The nouns of one row on its way: what is asked of the API for it, what planning made of it, what became of it.

Row ──► Job | RejectedRow | SkippedRow ──► Attempt* ──► Outcome
cells   a decision while planning          one call     how it ended

Values only; nothing here touches a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from hotline_batch.errors import Delivery as Delivery
from hotline_batch.issues.issue import Issue
from hotline_batch.model.sheets import Row

TOPIC_LINK: Final = re.compile("https://t\\.me/c/([0-9]{1,12})/[0-9]{1,10}")
"""A topic link as the API writes it, with its group; nothing else becomes a hyperlink by itself."""


MESSAGE_LINK: Final = re.compile("https://t\\.me/c/([0-9]{1,12})/[0-9]{1,10}(?:/[0-9]{1,10})?")
"""The same, or the link of one message in a topic, as evidence names it."""


class Kind(StrEnum):
    """What a run does with each row."""

    SEND = "send"
    ENRICH = "enrich"


class Status(StrEnum):
    """The final word about a row in the result sheet; exactly one of these."""

    SENT = "sent"
    ENRICHED = "enriched"
    FAILED = "failed"
    UNKNOWN = "unknown"
    INVALID = "invalid"
    SKIPPED = "skipped"
    NOT_ATTEMPTED = "not_attempted"


class JobState(StrEnum):
    """Where a row stands in the ledger; spelled here once."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    WAITING = "waiting"
    """An earlier row of the sheet asks the same; this row gets whatever becomes of that one."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    SKIPPED = "skipped"

    @property
    def may_have_arrived(self) -> bool:
        """Whether a message in such a row has reached its topic, as far as anybody knows."""
        return self in {JobState.IN_FLIGHT, JobState.SUCCEEDED, JobState.UNKNOWN}

    def status(self, kind: Kind) -> Status:
        """The word for such a row in the result sheet. A send still in flight may have been delivered."""
        match self:
            case JobState.SUCCEEDED:
                return Status.SENT if kind is Kind.SEND else Status.ENRICHED
            case JobState.IN_FLIGHT:
                return Status.UNKNOWN if kind is Kind.SEND else Status.NOT_ATTEMPTED
            case JobState.PENDING | JobState.WAITING:
                return Status.NOT_ATTEMPTED
            case JobState.FAILED:
                return Status.FAILED
            case JobState.UNKNOWN:
                return Status.UNKNOWN
            case JobState.REJECTED:
                return Status.INVALID
            case JobState.SKIPPED:
                return Status.SKIPPED


def statuses_of(kind: Kind) -> tuple[Status, ...]:
    """The words that rows of such a run can end with, in their order."""
    other = Status.ENRICHED if kind is Kind.SEND else Status.SENT
    return tuple(status for status in Status if status is not other)


class SendMessage(NamedTuple):
    """Post ``message`` for the operators into the topic of ``user_id``. Cannot be repeated safely."""

    user_id: int
    message: str

    @property
    def idempotent(self) -> bool:
        """Whether asking twice is the same as asking once."""
        return False


class GetTopicInfo(NamedTuple):
    """Look one topic up. A read: may be repeated."""

    group_id: int
    topic_id: int

    @property
    def idempotent(self) -> bool:
        """Whether asking twice is the same as asking once."""
        return True

    @property
    def link(self) -> str:
        """The link that opens the topic in Telegram."""
        return f"https://t.me/c/{self.group_id}/{self.topic_id}"


Request: TypeAlias = SendMessage | GetTopicInfo


@dataclass(frozen=True, slots=True)
class Connection:
    """One Hotline connection as a row may name it.

    ``identity`` stands for the connection in keys: the same message through the same identity is the same message.
    ``service`` stands for it in result sheets, see ``settings.practice``. Holds no secret.
    """

    name: str
    identity: str
    service: str = ""


class Job(NamedTuple):
    """A promise: this row's request, once. ``key`` tells it from all others, see ``keys``."""

    row_number: int
    request: Request
    connection: str
    key: bytes
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used."""

    row_number: int
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row left out on purpose; the issue's code is ``duplicate_in_sheet``, ``already_sent``, ``not_selected``, ..."""

    row_number: int
    issue: Issue


Decision: TypeAlias = Job | RejectedRow | SkippedRow


class PlannedRow(NamedTuple):
    """A row with what planning decided about it."""

    row: Row
    decision: Decision


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The API's confirmation of a message; ``fields`` is the whole reply, unknown fields included."""

    topic_link: str
    message: str
    chat_id: str
    thread_id: str
    fields: Mapping[str, object] = field(default_factory=dict)
    http_status: int = 200


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """What the API knows of one topic; ``fields`` is the whole reply in the API's order, unknown fields included.

    ``user_id`` and the other fields of a person are missing for group chats; times stay as the API writes them,
    without a zone.
    """

    group_id: str
    topic_id: str
    topic_status: str = ""
    topic_title: str = ""
    topic_last_date: str = ""
    frontend_type: str = ""
    user_id: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    http_status: int = 200


Reply: TypeAlias = MessageSent | TopicInfo


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request, for audit. ``started_at`` is seconds since the epoch, UTC; ``duration_seconds`` monotonic."""

    number: int
    started_at: float
    duration_seconds: float
    http_status: int | None
    error_code: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The API confirmed the row; ``warning`` is what is to be told all the same."""

    topic_link: str
    fields: Mapping[str, object]
    http_status: int | None
    warning: Issue | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Certainly not delivered."""

    issue: Issue
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been delivered; never sent again by itself."""

    issue: Issue
    http_status: int | None = None


Outcome: TypeAlias = Succeeded | Failed | Unknown
