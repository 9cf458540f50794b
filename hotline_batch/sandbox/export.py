"""The sandbox's world -> a file as Telegram Desktop exports it: groups with topics, and every message posted since.

As in a real group, not all numbers are there: only what is posted while the sandbox serves follows without a gap. Times
are those of this machine, but for the last message of each group: it is dated half an hour ahead, so that nobody who
practises has to wait until the file ends well after the last row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hotline_batch.sandbox.people import FRONTENDS, Frontend
from hotline_batch.sandbox.world import FIRST_MESSAGE_ID, Message, World

_SECONDS_AHEAD = 1800
_SECONDS_BEFORE = 3600
_OPENED_AT = datetime(2025, 1, 7, 8, 0, tzinfo=UTC).timestamp()
_SECONDS_BETWEEN_TOPICS = 60
_OPERATOR_NAME, _OPERATOR_ID = "Robin", "user5551234567"
_LINK = re.compile(r"https?://\S+")
# What TDLib makes of a text: control characters become spaces, marks of direction and some others go, the ends too.
_TO_SPACE = re.compile("[\x00-\x09\x0b-\x0c\x0e-\x1f\x7f]")
_DROPPED = re.compile("[\r\u2028-\u202e\u030a\u0333\u033f]")


def export_text(world: World, group_id: int | None = None) -> str:
    """The file: that of one group, or of all as in an export of the whole account."""
    chosen = [frontend for frontend in FRONTENDS if group_id in (None, frontend.group_id)]
    chats = [_chat(world, frontend) for frontend in chosen]
    about = "Here is the data you requested, for practice: nobody in it is real."
    exported = chats[0] if group_id is not None else {"about": about, "chats": {"about": about, "list": chats}}
    return json.dumps(exported, ensure_ascii=False, indent=1)


def write_export(world: World, path: Path) -> None:
    """Write the export of all groups; the file appears whole or stays as it was. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(export_text(world).encode("utf-8", "backslashreplace"))
    part.replace(path)


def _chat(world: World, frontend: Frontend) -> dict[str, object]:
    posted = [message for message in world.messages if message.group_id == frontend.group_id]
    return {
        "name": f"{frontend.name} (practice)",
        "type": "private_supergroup",
        "id": frontend.group_id,
        "messages": [*_history(world, frontend), *_posted(world, frontend, posted)],
    }


def _history(world: World, frontend: Frontend) -> Iterator[dict[str, object]]:
    """The topics, in the order in which they were opened, each with what opened it."""
    topics = sorted(
        (topic for topic in world.topics if topic.group_id == frontend.group_id), key=lambda topic: topic.topic_id
    )
    for nth, topic in enumerate(topics):
        moment = _OPENED_AT + nth * _SECONDS_BETWEEN_TOPICS
        yield {
            **_service(topic.topic_id, moment, frontend),
            "action": "topic_created",
            "title": topic.title,
            "text": "",
            "text_entities": [],
        }


def _posted(world: World, frontend: Frontend, posted: list[Message]) -> Iterator[dict[str, object]]:
    first = FIRST_MESSAGE_ID - 1
    yield _written(first, world.started_at - _SECONDS_BEFORE, "Good morning", _OPERATOR_NAME, _OPERATOR_ID)
    for message in posted:
        yield {
            **_written(
                message.message_id,
                message.received_at,
                _kept(message.text),
                frontend.name,
                f"user{frontend.user_id}",
            ),
            "reply_to_message_id": message.topic_id,
        }
    last = posted[-1].received_at if posted else world.started_at
    number = posted[-1].message_id + 1 if posted else FIRST_MESSAGE_ID
    yield _written(number, last + _SECONDS_AHEAD, "Written for the export", _OPERATOR_NAME, _OPERATOR_ID)


def _service(number: int, moment: float, frontend: Frontend) -> dict[str, object]:
    return {
        "id": number,
        "type": "service",
        **_times(moment),
        "actor": frontend.name,
        "actor_id": f"user{frontend.user_id}",
    }


def _written(number: int, moment: float, text: str, name: str, sender: str) -> dict[str, object]:
    parts = _parts(text)
    entities = [part if isinstance(part, dict) else {"type": "plain", "text": part} for part in parts]
    is_plain = all(isinstance(part, str) for part in parts)
    return {
        "id": number,
        "type": "message",
        **_times(moment),
        "from": name,
        "from_id": sender,
        "text": text if is_plain else parts,
        "text_entities": entities,
    }


def _times(moment: float) -> dict[str, object]:
    local = datetime.fromtimestamp(moment, UTC).astimezone()
    return {"date": local.strftime("%Y-%m-%dT%H:%M:%S"), "date_unixtime": str(int(moment))}


def _parts(text: str) -> list[str | dict[str, str]]:
    """The text, taken apart at its links as Telegram does."""
    parts: list[str | dict[str, str]] = []
    at = 0
    for link in _LINK.finditer(text):
        if link.start() > at:
            parts.append(text[at : link.start()])
        parts.append({"type": "link", "text": link[0]})
        at = link.end()
    if at < len(text):
        parts.append(text[at:])
    return parts


def _kept(text: str) -> str:
    return _TO_SPACE.sub(" ", _DROPPED.sub("", text)).strip()
