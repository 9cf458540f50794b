"""Our requests -> the API's JSON, the API's JSON -> our replies. The API's own words live here and in settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hotline_batch.model.jobs import GetTopicInfo, MessageSent, Reply, Request, SendMessage, TopicInfo

_as_json = json.JSONEncoder(separators=(",", ":")).encode
_EXPECTED_RESULT = {SendMessage: "message_sent", GetTopicInfo: "topic_info"}


def encode_request(request: Request, instance: str, api_key: str) -> bytes:
    """The JSON body of a request. Holds a secret: never log it."""
    match request:
        case SendMessage(user_id, message):
            arguments: dict[str, object] = {"action": "incoming_in_topic", "user_id": user_id, "message": message}
        case GetTopicInfo(group_id, topic_id):
            # group_id as text and topic_id as a number, as the documentation has them.
            arguments = {"action": "info_by_topic", "group_id": str(group_id), "topic_id": topic_id}
    # The instance is text: n8n is JavaScript and rounds a number of 17 digits.
    return _as_json({**arguments, "instance": instance, "api_key": api_key}).encode("ascii")


def is_positive(fields: Mapping[str, object], request: Request) -> bool:
    """Whether a JSON object is the API's confirmation of this request: `result` exactly as documented."""
    return fields.get("result") == _EXPECTED_RESULT[type(request)]


def is_about_another_topic(fields: Mapping[str, object], request: Request) -> bool:
    """Whether a look-up's reply names another topic than was asked for; a reply that names none does not."""
    match request:
        case GetTopicInfo(group_id, topic_id):
            group, topic = _text(fields.get("group_id")), _text(fields.get("topic_id"))
            named = {str(group_id), f"-100{group_id}", f"-{group_id}", ""}
            return group not in named or topic not in {str(topic_id), ""}
        case SendMessage():
            return False


def names_its_topic(fields: Mapping[str, object]) -> bool:
    """Whether a look-up's reply says which topic it is about."""
    return bool(_text(fields.get("group_id")) and _text(fields.get("topic_id")))


def decode_reply(fields: Mapping[str, object], request: Request, http_status: int) -> Reply:
    """The typed reply of a confirmed request; ids as text whatever type they came in, unknown fields kept."""
    match request:
        case SendMessage():
            return MessageSent(
                topic_link=_text(fields.get("topic_link")),
                message=_text(fields.get("message")),
                chat_id=_text(fields.get("chat_id")),
                thread_id=_text(fields.get("thread_id")),
                fields=fields,
                http_status=http_status,
            )
        case GetTopicInfo(group_id, topic_id):
            return TopicInfo(
                group_id=_text(fields.get("group_id")) or str(group_id),
                topic_id=_text(fields.get("topic_id")) or str(topic_id),
                topic_status=_text(fields.get("topic_status")),
                topic_title=_text(fields.get("topic_title")),
                topic_last_date=_text(fields.get("topic_last_date")),
                frontend_type=_text(fields.get("frontend_type")),
                user_id=_text(fields.get("user_id")),
                fields=fields,
                http_status=http_status,
            )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)
