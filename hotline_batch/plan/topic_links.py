"""Topic link, or group id and topic id -> the pair that names a topic; every shape exact, or refused with its reason.

The shapes are those of TDLib (LinkManager.cpp) and of Telegram's two web clients. ``https://t.me/c/G/T`` may also be
the link of a message outside any topic; that cannot be told without asking the service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote

from hotline_batch.plan.identifiers import Fault, Found, Reading, read_whole_number, shown, unwrapped

LARGEST_GROUP_ID = 10**12 - 2**31 - 1
"""TDLib, ChannelId.h."""
LARGEST_TOPIC_ID = 2**31 - 1
"""TDLib, MessageId.h: a message's number on the server."""
GENERAL_TOPIC = 1
_CHAT_ID_OFFSET = 10**12
"""A chat id is -(10^12 + group id), which looks like "-100" before the group id."""
_THREAD_SHIFT = 20
"""TDLib, MessageId.h SERVER_ID_SHIFT: thread_id = topic_id * 2^20."""

_HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})
_WEB_CLIENTS = frozenset({"web.telegram.org", "webk.telegram.org", "weba.telegram.org", "webz.telegram.org"})
_PLAIN_PREFIX = "https://t.me/c/"
_LONGEST_LINK = 2_000

_HYPERLINK = re.compile(r'=HYPERLINK\(\s*"([^"]*)"\s*(?:[,;].*)?\)', re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"(?:(https?):)?(?://)?([^/?#\s]+)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_TG = re.compile(r"tg:(?://)?([a-z_]+)/?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_SIGNED_DIGITS = re.compile(r"-?[0-9]+", re.ASCII)
_WEB_CHAT = re.compile(r"(-?[0-9]+)(?:[_/]([0-9]+))?(?:[_/].*)?", re.ASCII)
_USERNAME = re.compile(r"[a-z][a-z0-9_]{2,31}", re.ASCII | re.IGNORECASE)
_ACTIONS = (
    "addemoji addlist addstickers addtheme bg boost call confirmphone contact giftcode invoice iv joinchat login "
    "m message msg newbot nft passport proxy setlanguage share socks stars web"
)
_NOT_USERNAMES = frozenset(_ACTIONS.split())


@dataclass(frozen=True, slots=True)
class Topic:
    """The pair that names a topic; ``repair`` tells how it was read where it was not written plainly."""

    group_id: int
    topic_id: int
    repair: str = ""


TopicReading: TypeAlias = Topic | Fault

_WITHOUT_TOPIC = Fault("topic_link_without_topic", "The link leads to a group; it has no topic number.")
_NOT_A_LINK = Fault("topic_link_not_a_link", "The cell does not hold a topic link.")
_PUBLIC = Fault(
    "topic_link_public_group", "The link names a public group by its username; the group's number is not in it."
)


def read_topic_link(text: str, groups: Mapping[str, int] = MappingProxyType({})) -> TopicReading:
    """The topic that a link leads to; never raises. ``groups``: username of a public group, in lower case -> its id."""
    if text.startswith(_PLAIN_PREFIX) and text.isascii():
        group, slash, topic = text[15:].partition("/")
        if slash and group.isdecimal() and topic.isdecimal() and len(group) < 12 and len(topic) < 10:
            group_id, topic_id = int(group), int(topic)
            if group[0] != "0" and topic[0] != "0" and topic_id != GENERAL_TOPIC:
                return Topic(group_id, topic_id)
    inner = unwrapped(text)
    if hyperlink := _HYPERLINK.fullmatch(inner):
        inner = unwrapped(hyperlink[1])
    if not inner:
        return Fault("topic_link_missing", "The topic link is missing.")
    if len(inner) > _LONGEST_LINK:
        return _NOT_A_LINK
    return _read_address(inner, groups, may_hold_another=True)


def read_group_id(text: str) -> Reading:
    """The bare id of a supergroup; the -100 of a chat id is taken off, and told."""
    if text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 12:
        return Found(int(text))
    reading = read_whole_number(unwrapped(text), "group_id", "group id")
    if isinstance(reading, Fault):
        return reading
    value = reading.value
    bare = abs(value) - _CHAT_ID_OFFSET if abs(value) > _CHAT_ID_OFFSET else value
    if bare < 0:
        return Fault("group_id_basic_group", "A negative id without -100 is a basic group, which has no topics.")
    if not 1 <= bare <= LARGEST_GROUP_ID:
        return Fault("group_id_out_of_range", f"Group ids lie between 1 and {LARGEST_GROUP_ID}.")
    return Found(bare, "" if text == str(bare) else f"{shown(text)} read as group {bare}")


def read_topic_id(text: str, *, is_thread: bool = False) -> Reading:
    """The topic's number; a thread id (number * 2^20) is turned back into it, and told."""
    reading = read_whole_number(unwrapped(text), "topic_id", "topic id")
    if isinstance(reading, Fault):
        return reading
    value = reading.value
    if value > LARGEST_TOPIC_ID or is_thread:
        topic_id, remainder = divmod(value, 1 << _THREAD_SHIFT)
        value = value if remainder else topic_id
    if value == GENERAL_TOPIC:
        return Fault("topic_is_general", "Topic 1 is the General topic; it is never a customer's dialog.")
    if not 1 <= value <= LARGEST_TOPIC_ID:
        return Fault("topic_id_out_of_range", f"Topic ids lie between 2 and {LARGEST_TOPIC_ID}.")
    return Found(value, "" if text == str(value) else f"{shown(text)} read as topic {value}")


def _read_address(address: str, groups: Mapping[str, int], *, may_hold_another: bool) -> TopicReading:
    if address[:3].lower() == "tg:":
        return _read_tg(address, groups)
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return _NOT_A_LINK
    host = parts[2].lower().removesuffix(":443").removesuffix(":80").removesuffix(".").removeprefix("www.")
    if host in _WEB_CLIENTS:
        return _read_web(parts[5] or "", groups, may_hold_another=may_hold_another)
    segments = [segment for segment in unquote(parts[3]).split("/") if segment]
    if host not in _HOSTS:
        username, _, parent = host.partition(".")
        if parent not in _HOSTS:
            return _elsewhere(address, host)
        segments.insert(0, username)
    return _read_path(segments, _query(parts[4]), groups)


def _elsewhere(address: str, host: str) -> Fault:
    if "." in host and address[:4].lower() == "http":
        return Fault("topic_link_not_a_link", f"The link leads to {shown(host)}, not to Telegram.")
    return _NOT_A_LINK


def _read_path(segments: list[str], query: Mapping[str, str], groups: Mapping[str, int]) -> TopicReading:
    if segments and segments[0] == "s":
        del segments[0]
    if not segments:
        return Fault("topic_link_not_a_topic", "The link leads to Telegram itself, not to a topic.")
    first = segments[0].lower()
    if first != "c":
        number = segments[1] if len(segments) > 1 and segments[1].isdecimal() else ""
        return _read_public(first, number, query, groups, whole=len(segments) > 2)
    if len(segments) == 1:
        return _WITHOUT_TOPIC
    return _pair(segments[1], segments[2] if len(segments) > 2 else "", query, whole=len(segments) > 3)


def _pair(group: str, number: str, query: Mapping[str, str], *, whole: bool = False) -> TopicReading:
    """``number`` is the topic where a message follows it (``whole``) or where nothing else names the thread."""
    topic, note = number, ""
    if not whole and query.get("thread"):
        topic = query["thread"]
    elif not whole and query.get("topic"):
        topic, note = query["topic"], f"?topic={shown(query['topic'])} read as the topic"
    if not topic[:1].isdecimal():
        return _WITHOUT_TOPIC
    if not (_DIGITS.fullmatch(topic) and _SIGNED_DIGITS.fullmatch(group)):
        return Fault("topic_link_not_a_link", "The numbers in the link are damaged.")
    group_reading, topic_reading = read_group_id(group), read_topic_id(topic)
    if isinstance(group_reading, Fault):
        return group_reading
    if isinstance(topic_reading, Fault):
        return topic_reading
    repairs = filter(None, (group_reading.repair, topic_reading.repair, note))
    return Topic(group_reading.value, topic_reading.value, "; ".join(repairs))


def _read_public(
    first: str, number: str, query: Mapping[str, str], groups: Mapping[str, int], *, whole: bool = False
) -> TopicReading:
    if first in _NOT_USERNAMES or not _USERNAME.fullmatch(first):
        return Fault("topic_link_not_a_topic", "The link is an invitation or an action, not a topic.")
    if number or "thread" in query or "topic" in query:
        if first in groups:
            reading = _pair(str(groups[first]), number, query, whole=whole)
            return (
                reading if isinstance(reading, Fault) else replace(reading, repair=f"{first} read as {groups[first]}")
            )
        return _PUBLIC
    return Fault("topic_link_not_a_topic", "The link leads to a person, a bot or a public chat, not to a topic.")


def _read_tg(address: str, groups: Mapping[str, int]) -> TopicReading:
    parts = _TG.fullmatch(address)
    if parts is None:
        return _NOT_A_LINK
    query = _query(parts[2])
    match parts[1].lower():
        case "privatepost":
            return _pair(query.get("channel", ""), query.get("post", ""), query)
        case "resolve":
            return _read_public(query.get("domain", "").lower(), query.get("post", ""), query, groups)
        case _:
            return Fault("topic_link_not_a_topic", "The link leads to a person, a chat or an action, not to a topic.")


def _read_web(fragment: str, groups: Mapping[str, int], *, may_hold_another: bool) -> TopicReading:
    """What stands behind # in the address bar of web.telegram.org: ``-100G_T`` (client A) or ``-G_T`` (client K)."""
    inner = unquote(fragment)
    if inner.startswith("?") and may_hold_another:
        held = _query(fragment[1:]).get("tgaddr", "")
        return _read_address(held, groups, may_hold_another=False) if held else _NOT_A_LINK
    if inner.startswith("@"):
        name, _, number = inner[1:].partition("_")
        digits = number if number.isdecimal() else ""
        return _read_public(
            name.lower(), digits or ("1" if number[:1].isdecimal() else ""), {}, groups if digits else {}
        )
    chat = _WEB_CHAT.fullmatch(inner)
    if chat is None:
        return Fault("topic_link_not_a_topic", "The address does not show an opened topic.")
    if not chat[1].startswith("-"):
        return Fault("topic_link_not_a_topic", "The link leads to a person, not to a topic.")
    group = chat[1].removeprefix("-")
    reading = _pair(group, chat[2] or "", {})
    if isinstance(reading, Fault):
        return reading
    return Topic(reading.group_id, reading.topic_id)


def _query(text: str | None) -> dict[str, str]:
    """Each key's first value, as Telegram reads it."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(text or "", keep_blank_values=True, max_num_fields=None):
        found.setdefault(key.lower(), value)
    return found
