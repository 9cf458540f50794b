"""A confirmed request and its reply -> the outcome of the row, the confirmation compared with what was asked."""

from __future__ import annotations

from hotline_batch.client.answers.confirmation import Echo, echo_of
from hotline_batch.issues.issue import Issue
from hotline_batch.model import TOPIC_LINK, GetTopicInfo, MessageSent, Reply, Request, SendMessage, Succeeded


def succeeded(request: Request, reply: Reply) -> Succeeded:
    """The outcome of a confirmed request, with a warning where the confirmation shows something else than was sent."""
    match request:
        case GetTopicInfo(group_id, topic_id):
            return Succeeded(f"https://t.me/c/{group_id}/{topic_id}", reply.fields, reply.http_status)
        case SendMessage(_, message):
            assert isinstance(reply, MessageSent)  # noqa: S101 - the client pairs request and reply
            warning = None
            if echo_of(message, reply.message) is not Echo.SAME:
                warning = Issue("reply_differs")
            elif not TOPIC_LINK.fullmatch(reply.topic_link):
                warning = Issue("reply_without_link")
            return Succeeded(reply.topic_link, reply.fields, reply.http_status, warning)
