"""A verdict -> one sentence for a person, in words that hold for every face."""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.evidence.verdicts import CannotTell, NotThere, Reason, There, Verdict
from hotline_batch.language.words import marked, words

REASONS: Mapping[Reason, str] = marked(
    {
        Reason.GROUP_NOT_IN_FILE: "Its group is not in this file. Export that group.",
        Reason.GROUP_UNKNOWN: "No message of its connection was confirmed, so nobody knows its group.",
        Reason.TOO_FEW_CONFIRMED: "Fewer than three confirmed rows of its connection were found, or they do not agree, "
        "so what its messages look like is not known. A longer run of the same connection along with it may help.",
        Reason.ANYBODY_POSTS: "Messages of the API are posted under the group's own name here, as those of every "
        "anonymous administrator.",
        Reason.STARTS_TOO_LATE: "The file begins after the row was asked for. Export from an earlier day on.",
        Reason.ENDS_TOO_EARLY: "The file ends less than 20 minutes after the row was asked for. Write any message into "
        "the group, then export it again.",
        Reason.ONE_TOPIC: "Probably not there. But the file holds one topic only. Export the whole group.",
        Reason.MESSAGES_MISSING: "It is not there. But messages of that time are missing in the file: perhaps it was "
        "deleted.",
        Reason.CONFIRMED_NOT_FOUND: "It is not there. But rows that were confirmed are not all there either, so the "
        "file does not prove it.",
        Reason.LIKE_IT: "A message like it is there, but not quite this text.",
        Reason.EDITED: "A message that was edited later stands where it could be.",
        Reason.BEFORE_REQUEST: "This text was posted shortly before the row was asked for.",
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
