"""What an export says of a row: surely there, surely not there, or why it does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Reason(StrEnum):
    """Why it cannot be told. A hint says which way it probably is."""

    GROUP_NOT_IN_FILE = "group_not_in_file"
    GROUP_UNKNOWN = "group_unknown"
    TOO_FEW_CONFIRMED = "too_few_confirmed"
    ANYBODY_POSTS = "anybody_posts"
    STARTS_TOO_LATE = "starts_too_late"
    ENDS_TOO_EARLY = "ends_too_early"
    ONE_TOPIC = "one_topic"
    MESSAGES_MISSING = "messages_missing"
    CONFIRMED_NOT_FOUND = "confirmed_not_found"
    LIKE_IT = "like_it"
    EDITED = "edited"
    BEFORE_REQUEST = "before_request"
    LATER = "later"
    OTHER_TOPIC = "other_topic"
    SEVERAL_TOPICS = "several_topics"
    SAME_TEXT = "same_text"
    SAME_USER = "same_user"
    MORE_THAN_ROWS = "more_than_rows"
    NOT_OURS_ALONE = "not_ours_alone"


HINTS = frozenset({Reason.MESSAGES_MISSING, Reason.ONE_TOPIC, Reason.TOO_FEW_CONFIRMED, Reason.OTHER_TOPIC})


@dataclass(frozen=True, slots=True)
class There:
    """The message is there, ``copies`` times. ``link`` opens the first, empty where it is one of ``links``."""

    link: str
    copies: int = 1
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotThere:
    """The message was not there when the newest message of the file was posted, ``as_of`` by Telegram's clock."""

    as_of: int


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The export does not decide. ``links`` are the messages or topics to look at."""

    reason: Reason
    links: tuple[str, ...] = ()

    @property
    def is_hint(self) -> bool:
        """Whether it is probable all the same that the message is not there, or there elsewhere."""
        return self.reason in HINTS


Verdict: TypeAlias = There | NotThere | CannotTell
