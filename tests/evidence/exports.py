"""Files as Telegram Desktop writes them, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

GROUP = 2_100_000_001
BOT, OPERATOR = "user70", "user900"
NOON = 1_790_000_000


def topic(number: int, at: int = NOON - 900_000, title: str = "Anna") -> dict[str, Any]:
    """The service message that opened a topic."""
    return {
        "id": number,
        "type": "service",
        "date": "2026-09-21T14:13:20",
        "date_unixtime": str(at),
        "actor": "Hotline",
        "actor_id": BOT,
        "action": "topic_created",
        "title": title,
        "text": "",
        "text_entities": [],
    }


def written(
    number: int, at: int, text: Any = "Hello", sender: str = BOT, reply_to: int | None = None, **more: Any
) -> dict[str, Any]:
    """A message that somebody wrote."""
    answers = {} if reply_to is None else {"reply_to_message_id": reply_to}
    return {
        "id": number,
        "type": "message",
        "date": "2026-09-21T14:13:20",
        "date_unixtime": str(at),
        "from": "Hotline",
        "from_id": sender,
        **answers,
        "text": text,
        "text_entities": [],
        **more,
    }


def group(messages: Iterable[dict[str, Any]], group_id: int = GROUP, name: str = "Support") -> dict[str, Any]:
    """A group as it is exported."""
    return {"name": name, "type": "private_supergroup", "id": group_id, "messages": list(messages)}


def save(path: Path, exported: Any) -> Path:
    """The file, in Telegram's own layout: one value a line."""
    path.write_text(json.dumps(exported, ensure_ascii=False, indent=1), "utf-8")
    return path


def write_large(file: TextIO, messages: int, topics: int = 3_000) -> None:
    """A group with so many messages, without holding them."""
    file.write(f'{{\n "name": "Large",\n "type": "private_supergroup",\n "id": {GROUP},\n "messages": [\n')
    for number in range(1, messages + 1):
        at = NOON - 3_000_000 + 10 * number
        if number <= topics:
            found = topic(number, at, f"Person {number}")
        else:
            text = f"Сообщение номер {number}: Ihre Bestellung {number * 7919 % 99991} ist unterwegs, bitte um Antwort."
            found = written(number, at, text, BOT if number % 3 else OPERATOR, number % topics + 1)
            found["text_entities"] = [{"type": "plain", "text": text}]
        file.write(json.dumps(found, ensure_ascii=False, indent=1))
        file.write("\n" if number == messages else ",\n")
    file.write(" ]\n}\n")
