"""The documented behaviour: a request's JSON object -> HTTP status, answer, and the message to apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

GROUP_ID = "2101424779"
CHAT_ID = -1002101424779
THREAD_OFFSET = 5602536225  # thread of topic 5343 is 5602541568, as in the documentation
PATH = "/webhook/topic_action"
INSTANCE_OF_TOPICS = "132099468746812345"
"""To whom all topics belong, by what is told of them. In the documentation another instance asks."""

Parsed = dict[str, object]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the service accepts. ``refuses_bots`` is the webhook option "Ignore Bots": 403 whatever the key.

    ``other_instances`` are let in with the same key.
    """

    x_api_key: str = "owner-token"
    instance: str = "13209946874612345"
    api_key: str = "instance-key"
    refuses_bots: bool = False
    other_instances: tuple[str, ...] = ()

    def environment(self, endpoint: str) -> dict[str, str]:
        """The variables by which the program finds the service at an address, and is let in."""
        return {
            "HOTLINE_ENDPOINT": endpoint,
            "HOTLINE_X_API_KEY": self.x_api_key,
            "HOTLINE_INSTANCE": self.instance,
            "HOTLINE_API_KEY": self.api_key,
        }


@dataclass(frozen=True, slots=True)
class GoodAnswer:
    """What a service in good health says; ``message_for`` and ``message`` are set where it posts something."""

    status: int
    body: object
    content_type: str | None = "application/json; charset=utf-8"
    fields: tuple[tuple[str, str], ...] = ()
    message_for: int | None = None
    message: str = ""
    is_refused_key: bool = False


def topic_of(user_id: int) -> int:
    """The topic of a user: the same at all times and on all servers."""
    return 5000 + (user_id - 987_600_000) % 1_000_000_000  # no two users of a test share one


def topic_link(user_id: int) -> str:
    """The link to the topic of a user."""
    return f"https://t.me/c/{GROUP_ID}/{topic_of(user_id)}"


def user_of(topic_id: int) -> int:
    """A user whose topic this is, so that a lookup followed by a message meets the same topic."""
    return 987_600_000 + topic_id - 5000


def parse(body: bytes, content_type: str) -> Parsed | None:
    """The JSON object of a body; empty for what n8n would run with an odd body; None where n8n answers 422."""
    if "json" not in content_type:
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else {}


def key_of(content: Mapping[str, object]) -> int | str:
    """Whom a request is about: the user id of a message, ``group/topic`` of a lookup, else an empty text."""
    if content.get("action") == "incoming_in_topic":
        return _integer(content.get("user_id")) or ""
    if "topic_id" in content:
        return f"{content.get('group_id')}/{content.get('topic_id')}"
    return ""


def respond(
    method: str, path: str, x_api_key: str, user_agent: str, content: Parsed | None, credentials: Credentials
) -> GoodAnswer:
    """Answer as n8n with the Topics workflow behind it does. The body is parsed before the key is looked at."""
    name = path.partition("?")[0].rstrip("/")
    if name != PATH:
        hint = "The workflow must be active for a production URL to run successfully."
        message = f'The requested webhook "{method} {name.removeprefix("/webhook/")}" is not registered.'
        return GoodAnswer(404, {"code": 404, "message": message, "hint": hint})
    if method != "POST":
        message = f"This webhook is not registered for {method} requests. Did you mean to make a POST request?"
        return GoodAnswer(404, {"code": 404, "message": message})
    if content is None:
        return GoodAnswer(422, {"code": 422, "message": "Failed to parse request body", "hint": "Expected JSON"})
    is_refused_bot = credentials.refuses_bots and not user_agent.startswith("Mozilla/")
    if x_api_key != credentials.x_api_key or is_refused_bot:
        realm = (("WWW-Authenticate", 'Basic realm="Webhook"'),)
        return GoodAnswer(403, "Authorization data is wrong!", None, realm, is_refused_key=True)
    instances = {credentials.instance, *credentials.other_instances}
    if content.get("instance") not in instances or content.get("api_key") != credentials.api_key:
        return GoodAnswer(200, {"result": "error", "error": "Wrong instance or api_key"}, is_refused_key=True)
    match content.get("action"):
        case "incoming_in_topic":
            return _post_message(content)
        case "info_by_topic":
            return _topic_info(content)
        case action:
            return _refusal(f"Unknown action: {action}")


def message_sent(user_id: int, message: str) -> Parsed:
    """The documented reply to a message."""
    return {
        "result": "message_sent",
        "topic_link": topic_link(user_id),
        "message": message,
        "chat_id": str(CHAT_ID),
        "thread_id": THREAD_OFFSET + topic_of(user_id),
    }


def topic_info(group_id: str, topic_id: int) -> Parsed:
    """The documented reply to a lookup: topics whose number ends in 4 are group chats, the others are people."""
    is_group_chat = topic_id % 10 == 4
    info: Parsed = {
        "result": "topic_info",
        "group_id": group_id,
        "topic_id": topic_id,
        "frontend_type": "group" if is_group_chat else "private",
        "instance_name": "support_bot",
        "instance_frontend_user_id": 123456789,
        "instance_id": INSTANCE_OF_TOPICS,
    }
    if is_group_chat:
        return info | {
            "frontend_chat_id": -1001234567890,
            "topic_last_date": "2025-10-09 00:30:00",
            "topic_status": "support_answered",
            "topic_title": f"Proposal chat {topic_id}",
        }
    return info | {
        "chat_id": CHAT_ID,
        "thread_id": THREAD_OFFSET + topic_id,
        "topic_last_date": "2025-10-09 00:24:55",
        "topic_status": "user_answered",
        "topic_title": f"John Doe {topic_id}",
        "user_id": user_of(topic_id),
        "user_name": f"John Doe {topic_id}",
        "user_first_name": "John",
        "user_last_name": f"Doe {topic_id}",
        "user_username": f"john{topic_id}",
        "user_lang": "en",
        "user_phone": "+12125550123",
    }


def _post_message(content: Parsed) -> GoodAnswer:
    user_id, message = _integer(content.get("user_id")), content.get("message")
    if user_id is None:
        return _refusal("user_id is missing or not a number")
    if not isinstance(message, str) or not message.strip():
        return _refusal("Bad Request: message text is empty")
    if len(message) > 4096:
        return _refusal("Bad Request: message is too long")
    return GoodAnswer(200, message_sent(user_id, message), message_for=user_id, message=message)


def _topic_info(content: Parsed) -> GoodAnswer:
    topic_id = _integer(content.get("topic_id"))
    if content.get("group_id") != GROUP_ID or topic_id is None or topic_id < 1:
        return _refusal("Topic not found")
    return GoodAnswer(200, topic_info(GROUP_ID, topic_id))


def _refusal(reason: str) -> GoodAnswer:
    return GoodAnswer(200, {"result": "error", "error": reason})


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and value.isascii() else None
