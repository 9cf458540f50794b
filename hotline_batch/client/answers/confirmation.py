"""A confirmation -> whether it can be of this request, and not of another one.

What answers in between may mix answers up: a cache that knows an answer by its address alone, or a stray second answer
on a connection that is used again. So a confirmation is compared with what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from hotline_batch.client.wire import names_its_topic
from hotline_batch.errors import Delivery, Unconfirmed
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import api_error
from hotline_batch.keys import plain_text, seen_text
from hotline_batch.model.jobs import Request, SendMessage

# Of one text with two users, or of two texts under one address, a cache tells nothing apart.
_SAYS_HIT = re.compile(r"(?:hit|stale|updating|revalidated)\b", re.IGNORECASE)
_CACHE_FIELDS = {"x-cache", "cf-cache-status", "cache-status", "x-cache-status", "x-proxy-cache", "x-nginx-cache"}


class Echo(StrEnum):
    """How the text of a confirmation stands to the text that was sent."""

    SAME = "the same to whoever reads it"
    CLEANED = "this text, as Telegram cleans it"
    ANOTHER = "another text"


def echo_of(sent: str, confirmed: str) -> Echo:
    """Compare the text of a confirmation with the text that was sent; a confirmation without a text names none."""
    if confirmed == sent:
        return Echo.SAME
    seen, asked = seen_text(confirmed), seen_text(sent)
    if seen in (asked, ""):
        return Echo.SAME
    return Echo.CLEANED if plain_text(confirmed) == plain_text(sent) else Echo.ANOTHER


def check_that_it_is_ours(
    headers: Mapping[str, str], fields: Mapping[str, object], request: Request, status: int
) -> None:
    """Raise Unconfirmed for a confirmation that may be another request's."""
    if isinstance(request, SendMessage):
        message = fields.get("message")
        confirmed = message if isinstance(message, str) else "" if message is None else str(message)
        if echo_of(request.message, confirmed) is Echo.ANOTHER:
            raise api_error(Unconfirmed, Issue("another_message"), Delivery.MAYBE, status)
    elif names_its_topic(fields):
        return  # an old answer about the topic that was asked for is still about that topic
    if cache := _told_by_a_cache(headers):
        issue = Issue("reply_from_cache", parameters={"header": cache})
        raise api_error(Unconfirmed, issue, Delivery.MAYBE, status)


def _told_by_a_cache(headers: Mapping[str, str]) -> str:
    """The header by which an answer shows that it was kept from an earlier request; empty where none does."""
    for name, value in headers.items():
        match name.lower():
            case "age" if value.strip().isdecimal() and value.strip("0 "):
                return f"Age: {value.strip()[:12]}"
            case "x-varnish" if len(value.split()) > 1:
                return "X-Varnish names an earlier request"
            case "x-cache-hits" if any(count.strip() not in {"", "0"} for count in value.split(",")):
                return f"X-Cache-Hits: {value.strip()[:40]}"
            case known if known in _CACHE_FIELDS and (found := _SAYS_HIT.search(value)):
                return f"{name}: {found[0].upper()}"
            case _:
                continue
    return ""
