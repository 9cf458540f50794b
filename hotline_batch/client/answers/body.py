"""The body of an answer -> what it says went wrong, looked at in one way whatever its status."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hotline_batch.client.answers.known_words import About, speaks_of
from hotline_batch.client.answers.own_words import OwnWords
from hotline_batch.client.redaction import Redactor
from hotline_batch.model.jobs import GetTopicInfo, Request, SendMessage

_SAYS_WHY = {
    "error", "errors", "message", "description", "error_description", "hint", "reason", "detail", "details", "title",
    "msg", "cause",
}  # fmt: skip
_NUMBERS = {
    "error_code", "errorcode", "code", "status", "statuscode", "status_code", "httpcode", "http_code", "httpstatus",
    "http_status",
}  # fmt: skip
# Statuses of another service that was asked behind the webhook, or of a gateway that gave up waiting.
_BEHIND = {408, 409, 424, 499, *range(500, 600)}
_TOO_MANY = 429
# Whoever sends a page stands in front of the service; the service itself speaks JSON or a line of text.
_OF_PAGES = {About.NOT_BEGUN, About.BOT_CHECK, About.FIREWALL}
_IS_PAGE = re.compile(r"<html|<!doctype", re.IGNORECASE)
_IS_EXCEPTION = re.compile(r"\w(?:Error|Exception)$")
# Names under which an object says yes or no to what was asked of it.
_SAY_WHETHER = {"ok", "success", "result"}
_SAY_WHETHER_SENT = _SAY_WHETHER | {"sent", "posted", "delivered", "message_sent"}
_CONFIRMED = "message_sent"
_TOO_DEEP = object()
_DEEPEST, _MOST_TEXTS, _LONGEST_TEXT = 20, 200, 20_000


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer that is no confirmation says.

    ``reason`` is for a person. ``fields`` is its JSON object, not for showing; ``is_line`` is a bare text, ``is_page``
    a web page. ``is_failure``: the object says that something failed, and claims no result beside it.
    ``about`` is what its words are recognised to be about. ``is_behind``: it speaks, in words or numbers, of what
    happened behind the webhook, so the message may have been posted. ``is_exception``: it is an error object of n8n or
    Axios (``name``, ``stack``), which tells of a request that was made behind the webhook. ``is_claim``: somewhere it
    says that the message was sent, whatever else it says.
    """

    text: str
    reason: str
    fields: Mapping[str, object] | None
    is_line: bool
    is_page: bool
    is_failure: bool
    about: frozenset[About]
    is_behind: bool
    is_exception: bool
    is_claim: bool


def said_by(text: str, status: int, request: Request, redactor: Redactor) -> Said:
    """What the body of an answer with this status says; what was asked is no news in it, and proves nothing.

    A log that could not be written, or a duplicate in a database, quotes the message: as it was sent, as Telegram
    cleaned it, or in part. So nothing counts that the message itself speaks of.
    """
    value = parsed(text)
    fields = object_in(value)
    is_page = value is None and _IS_PAGE.search(text) is not None
    # What begins like a container and is none was cut off, or is of another kind: its words have no place.
    is_line = isinstance(value, str) or (value is None and not text.lstrip().startswith(("{", "[", "<")))
    line = value if isinstance(value, str) else text
    parts = list(_parts("", value, 0)) if isinstance(value, dict | list) else [("error" if is_line else "", line)]
    own = OwnWords(request)
    words = [
        (name, own.left_out_of(_without_ids(part, request)))
        for name, part in parts
        if isinstance(part, str) and name != "stack"
    ][:_MOST_TEXTS]
    numbers = {number for name, part in parts if name in _NUMBERS and (number := _status(part))}
    if is_page:
        about = speaks_of(text, status=status) & _OF_PAGES
        behind = speaks_of(redactor.reason(text), status=status)
    else:
        about = speaks_of(*(part for name, part in words if name in _SAYS_WHY), status=status)
        behind = speaks_of(*(part for _, part in words), status=status)
    about -= own.speak_of(status)
    is_claim = any(_is_claim(name, part) for name, part in parts)
    return Said(
        text=text,
        reason=redactor.reason(_why(fields) or text),
        fields=fields,
        is_line=is_line,
        is_page=is_page,
        is_failure=fields is not None
        and says_failure(fields, request)
        and fields.get("result") in (None, "error", False),
        about=about | {About.PACE} if _TOO_MANY in numbers else about,
        is_behind=is_claim
        or About.BEHIND in behind
        or bool(numbers & _BEHIND)
        or (not is_page and _is_too_much(parts)),
        is_exception=any(_is_exception(name, part) for name, part in parts),
        is_claim=is_claim,
    )


def decoded(body: bytes) -> str:
    """The text of a body."""
    # utf-8-sig: a byte order mark before JSON is a mistake of the server's, not of the message's.
    return body.decode("utf-8-sig", errors="replace")


def parsed(text: str) -> object:
    """The JSON value of a text; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def object_in(value: object) -> Mapping[str, object] | None:
    """A JSON object, also as the only element of a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def says_failure(fields: Mapping[str, object], request: Request) -> bool:
    """Whether an object says that something failed, in one of the ways services say so, in whatever letters.

    What became of a message is no failure of a look-up: a topic may have such a field one day.
    """
    say_whether = _SAY_WHETHER_SENT if isinstance(request, SendMessage) else _SAY_WHETHER
    return any(_is_failure(name.lower(), value, say_whether) for name, value in fields.items())


def _is_failure(name: str, value: object, say_whether: Container[str]) -> bool:
    said = value.strip().lower() if isinstance(value, str) else value
    if name in {"error", "errors", "stack"}:
        return bool(value)
    if name in {"status", "result"} and said in ("error", "failed", "failure"):
        return True
    return (name in say_whether and said in (False, "false")) or (name in _NUMBERS and (_status(value) or 0) >= 400)


def _is_claim(name: str, part: object) -> bool:
    """Whether a value says that the message was sent."""
    said = part.strip().lower() if isinstance(part, str) else part
    return said == _CONFIRMED or (name in _SAY_WHETHER_SENT and said in (True, "true"))


def _parts(name: str, value: object, depth: int) -> Iterator[tuple[str, object]]:
    """Every value that is no container, with the name under which it stands, in small letters."""
    if isinstance(value, dict | list) and depth > _DEEPEST:
        yield name, _TOO_DEEP
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _parts(str(key).lower(), item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(name, item, depth + 1)
    else:
        yield name, value


def _is_too_much(parts: Sequence[tuple[str, object]]) -> bool:
    """More than is looked at: what is not seen may speak of anything."""
    texts = [part for name, part in parts if isinstance(part, str) and name != "stack"]
    longest = max(map(len, texts), default=0)
    return len(texts) > _MOST_TEXTS or longest > _LONGEST_TEXT or any(part is _TOO_DEEP for _, part in parts)


def _is_exception(name: str, part: object) -> bool:
    return isinstance(part, str) and (name == "stack" or (name == "name" and bool(_IS_EXCEPTION.search(part))))


def _status(value: object) -> int | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if len(text) == 3 and text.isascii() and text.isdecimal() else None


def _without_ids(text: str, request: Request) -> str:
    """The text without the numbers that were asked about: user 502 is no error 502."""
    match request:
        case SendMessage(user_id):
            ids = str(user_id)
        case GetTopicInfo(group_id, topic_id):
            ids = f"{group_id}|{topic_id}"
    return re.sub(rf"(?<!\d)(?:{ids})(?!\d)", "0", text)


def _why(fields: Mapping[str, object] | None) -> str:
    """What a person is told of an object."""
    if fields is None:
        return ""
    for name in ("error", "message", "description", "hint"):
        found = fields.get(name)
        if isinstance(found, dict):
            found = found.get("message") or json.dumps(found, ensure_ascii=False)
        if isinstance(found, str) and found.strip():
            return found
    return json.dumps(dict(fields), ensure_ascii=False) if fields else ""
