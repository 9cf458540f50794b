"""One request to the webhook -> its answer, as n8n gives it around the workflow and Hotline inside of it.

Hotline documents no errors. They follow the one error shape its pages show, ``{"error": "User 12345678 not found in our
database"}``, with HTTP 200. What n8n does before the workflow runs (paths, methods, JSON, the header key) is as
measured on a real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from hotline_batch.sandbox.people import Topic
from hotline_batch.sandbox.reply import Reply, json_reply
from hotline_batch.sandbox.world import World

ENDPOINT = "/webhook/topic_action"
X_API_KEY = "sandbox-owner-token"
LONGEST_MESSAGE = 4096
LARGEST_BODY = 16 * 1024 * 1024

Fields: TypeAlias = Mapping[str, object]

_SAFE_INTEGER, _LARGEST_NUMBER = 2**53, 10**300
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
# What TDLib leaves out of a text: control characters and the marks of direction; a line feed stays, but is trimmed.
_INVISIBLE = re.compile("[\x00-\x20\x7f\u2028-\u202e\u00a0\u200b-\u200f\ufeff]+")


@dataclass(frozen=True, slots=True)
class PracticeConnection:
    """One connection of the sandbox, with its practice key."""

    instance: str
    api_key: str


CONNECTIONS = (
    PracticeConnection("13209946874612345", "sandbox-api-key"),
    PracticeConnection("24310057985723456", "sandbox-api-key-2"),
)
_KEY_OF = {connection.instance: connection.api_key for connection in CONNECTIONS}

FORBIDDEN = Reply(403, b"Authorization data is wrong!", ((b"www-authenticate", b'Basic realm="Webhook"'),))
TOO_LARGE = json_reply({"code": 0, "message": "There was a problem executing the workflow"}, 500)


def not_registered(method: str, path: str) -> Reply:
    """The answer to another path, or to another method than POST."""
    if path.rstrip("/") == ENDPOINT:
        hint = f"This webhook is not registered for {method} requests. Did you mean to make a POST request?"
        return json_reply({"code": 404, "message": hint}, 404)
    name = path.removeprefix("/webhook").strip("/")
    return json_reply(
        {
            "code": 404,
            "message": f'The requested webhook "{method} {name}" is not registered.',
            "hint": "The workflow must be active for a production URL to run successfully. "
            "You can activate the workflow using the toggle in the top-right of the editor.",
        },
        404,
    )


def read_fields(content_type: str, body: bytes) -> Fields | Reply:
    """The JSON object of a body, or the refusal. Anything that is not a JSON object runs as one without fields."""
    if "json" not in content_type.lower() or not body:
        return {}
    charset = _CHARSET.search(content_type)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        return json_reply({"code": 422, "message": f"Unknown encoding: {charset[1]}"}, 422)
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_such_number)
    except (ValueError, RecursionError) as problem:
        return json_reply({"code": 422, "message": "Failed to parse request body", "hint": str(problem)}, 422)
    return value if isinstance(value, dict) else {}


def refusal(fields: Fields) -> Reply | None:
    """Why Hotline takes no request with this instance and key, or None."""
    instance = _instance(fields.get("instance"))
    if instance not in _KEY_OF:
        return _error(f"Instance {_shown(fields.get('instance'))} not found")
    if fields.get("api_key") != _KEY_OF[instance]:
        return _error(f"Wrong api_key for instance {instance}")
    return None


def whole_number(value: object) -> int | None:
    """A number or the digits of one, as JavaScript takes either; None for anything else."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if re.fullmatch(r"-?[0-9]{1,19}", value.strip()):
            return int(value)
        case _:
            return None


def answer(world: World, fields: Fields, *, post: bool = True) -> Reply:
    """Do what a permitted request asks and answer it; without ``post``, answer the same and change nothing."""
    match fields.get("action"):
        case "info_by_topic":
            return _info_by_topic(world, fields)
        case "incoming_in_topic":
            return _incoming_in_topic(world, fields, post=post)
        case action:
            return _error(f"Unknown action {_shown(action)}")


def _info_by_topic(world: World, fields: Fields) -> Reply:
    group_id, topic_id = whole_number(fields.get("group_id")), whole_number(fields.get("topic_id"))
    topic = world.topic(group_id, topic_id) if group_id is not None and topic_id is not None else None
    if topic is None:
        place = f"{_shown(fields.get('topic_id'))} in group {_shown(fields.get('group_id'))}"
        return _error(f"Topic {place} not found in our database")
    return json_reply(_topic_info(topic))


def _incoming_in_topic(world: World, fields: Fields, *, post: bool) -> Reply:
    user_id = whole_number(fields.get("user_id"))
    topic = world.topic_of(user_id) if user_id is not None else None
    if topic is None:
        return _error(f"User {_shown(fields.get('user_id'))} not found in our database")
    text = fields.get("message")
    if not isinstance(text, str) or not _INVISIBLE.sub("", text):
        return _error("Message text is empty")
    if len(text) > LONGEST_MESSAGE:
        return _error("Message is too long")
    if post:
        world.post(topic, text)
    return json_reply(
        {
            "result": "message_sent",
            "topic_link": topic.link,
            "message": text,
            "chat_id": str(topic.chat_id),
            "thread_id": topic.thread_id,
        }
    )


def _topic_info(topic: Topic) -> dict[str, object]:
    frontend, person = topic.frontend, topic.person
    info: dict[str, object] = {
        "result": "topic_info",
        "group_id": str(topic.group_id),
        "topic_id": topic.topic_id,
        "frontend_type": "group" if person is None else "private",
        "instance_name": frontend.name,
        "instance_frontend_user_id": frontend.user_id,
        "instance_id": frontend.instance_id,
    }
    if person is None:
        info["frontend_chat_id"] = topic.frontend_chat_id
    else:
        info |= {"chat_id": topic.chat_id, "thread_id": topic.thread_id}
    info |= {"topic_last_date": topic.last_date, "topic_status": topic.status, "topic_title": topic.title}
    if person is not None:
        info |= {
            "user_id": person.user_id,
            "user_name": person.name,
            "user_first_name": person.first_name,
            "user_last_name": person.last_name,
            "user_username": person.username,
            "user_lang": person.lang,
            "user_phone": person.phone,
        }
    return info


def _instance(value: object) -> str:
    """An instance sent as a number loses its last digits in JavaScript, so it is found no more."""
    match value:
        case int() if _SAFE_INTEGER <= value < _LARGEST_NUMBER:
            return str(int(float(value)))
        case int() | str():
            return str(value)
        case _:
            return ""


def _error(text: str) -> Reply:
    return json_reply({"error": text})


def _shown(value: object) -> str:
    return str("" if value is None else value)[:40]


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"Unexpected token {name}")
