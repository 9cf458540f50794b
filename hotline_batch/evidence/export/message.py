"""A message of an export as JSON has it -> what of it can bear witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

ANONYMOUS = "channel"
"""How the id of a sender begins who writes as the group itself: any of its administrators."""


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


def read_message(found: Mapping[str, Any]) -> ExportedMessage:
    """Raises KeyError, TypeError or ValueError where this is none. KeyError names ``date_unixtime`` in old exports."""
    is_service = found["type"] != "message"
    return ExportedMessage(
        number=int(found["id"]),
        posted_at=int(found["date_unixtime"]),
        sender="" if is_service else _sender(found),
        text="" if is_service else _text(found),
        reply_to=-1 if "reply_to_peer_id" in found else int(found.get("reply_to_message_id") or 0),
        is_service=is_service,
        opens_topic=found.get("action") == "topic_created",
        is_edited="edited" in found or "edited_unixtime" in found,
    )


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
