"""What an export says of a row: surely there, surely not there, or why it does not tell; each as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from hotline_batch.language.words import marked, words


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


REASONS: Mapping[Reason, str] = marked(
    {
        Reason.GROUP_NOT_IN_FILE: "Its group is not in this file. Export that group.",
        Reason.GROUP_UNKNOWN: "No message of its connection was confirmed, so nobody knows its group.",
        Reason.TOO_FEW_CONFIRMED: "Fewer than three confirmed rows of its connection were found, or they do not agree, "
        "so what its messages look like is not known. A longer run of the same connection along with it may help.",
        Reason.ANYBODY_POSTS: "Messages of the API are posted under the group's own name here, as those of every "
        "anonymous administrator.",
        Reason.STARTS_TOO_LATE: "The file begins less than three hours before the row was asked for. Export from an "
        "earlier day on.",
        Reason.ENDS_TOO_EARLY: "The file ends less than 20 minutes after the row was asked for. Write any message into "
        "the group, then export it again.",
        Reason.ONE_TOPIC: "Probably not there. But the file holds one topic only. Export the whole group.",
        Reason.MESSAGES_MISSING: "It is not there. But messages of that time are missing in the file: perhaps it was "
        "deleted.",
        Reason.CONFIRMED_NOT_FOUND: "It is not there. But rows that were confirmed are not all there either, so the "
        "file does not prove it.",
        Reason.LIKE_IT: "A message stands where it could be, though not with quite this text.",
        Reason.EDITED: "A message that was edited later stands where it could be.",
        Reason.BEFORE_REQUEST: "This text was posted within the three hours before the row was asked for.",
        Reason.LATER: "This text was posted, but more than 20 minutes after the row was asked for.",
        Reason.OTHER_TOPIC: "This text is in another topic than the one that is known to be this user's.",
        Reason.SEVERAL_TOPICS: "This text is in several topics, and nobody knows whose they are.",
        Reason.SAME_TEXT: "Several users get this text, and nobody knows whose topics these are.",
        Reason.SAME_USER: "Several rows of this user have this text within 20 minutes, and a message may be any "
        "of theirs.",
        Reason.MORE_THAN_ROWS: "There are more messages with this text than rows of this user: one was posted twice.",
        Reason.NOT_OURS_ALONE: "Somebody else posted the same text through the same connection, so it decides nothing.",
    }
)


def verdict_words(verdict: Verdict) -> str:
    """What is to be said of a row."""
    match verdict:
        case There(copies=copies) if copies > 1:
            if copies == 2:
                return words("The message is there twice.")
            return words("The message is there {count:time|times}.", count=copies)
        case There(link="", links=links):
            return words("The message is there: as many users as messages, {links}.", links=len(links))
        case There():
            return words("The message is there.")
        case NotThere():
            return words("The message is not there.")
        case CannotTell(reason=reason):
            return words(REASONS[reason])
