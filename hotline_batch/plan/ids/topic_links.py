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

from hotline_batch.issues.ids import (
    ACTION,
    CHAT_OR_ACTION,
    DAMAGED,
    ELSEWHERE,
    NOTHING_OPENED,
    PERSON,
    PUBLIC_CHAT,
    TELEGRAM_ITSELF,
)
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.language.words import joined, words
from hotline_batch.plan.ids.numbers import Found, Reading, read_whole_number
from hotline_batch.plan.visible_text import shown, unwrapped

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


TopicReading: TypeAlias = Topic | Issue

_WITHOUT_TOPIC = Issue("topic_link_without_topic")
_NOT_A_LINK = Issue("topic_link_not_a_link")
_PUBLIC = Issue("topic_link_public_group")


def read_topic_link(text: str, groups: Mapping[str, int] = MappingProxyType({})) -> TopicReading:
    """The topic that a link leads to; never raises. ``groups``: username of a public group, in lower case -> its id."""
    inner = unwrapped(text)
    if hyperlink := _HYPERLINK.fullmatch(inner):
        inner = unwrapped(hyperlink[1])
    if not inner:
        return Issue("topic_link_missing")
    if len(inner) > _LONGEST_LINK:
        return _NOT_A_LINK
    return _read_address(inner, groups, may_hold_another=True)


def read_group_id(text: str) -> Reading:
    """The bare id of a supergroup; the -100 of a chat id is taken off, and told."""
    reading = read_whole_number(unwrapped(text), "group_id")
    if isinstance(reading, Issue):
        return reading
    value = reading.value
    bare = abs(value) - _CHAT_ID_OFFSET if abs(value) > _CHAT_ID_OFFSET else value
    if bare < 0:
        return Issue("group_id_basic_group")
    if not 1 <= bare <= LARGEST_GROUP_ID:
        return Issue("group_id_out_of_range", parameters={"largest": LARGEST_GROUP_ID})
    return Found(
        bare, "" if text == str(bare) else words("{cell} read as group {number}", cell=shown(text), number=bare)
    )


def read_topic_id(text: str, *, is_thread: bool = False) -> Reading:
    """The topic's number; a thread id (number * 2^20) is turned back into it, and told."""
    reading = read_whole_number(unwrapped(text), "topic_id")
    if isinstance(reading, Issue):
        return reading
    value = reading.value
    if value > LARGEST_TOPIC_ID or is_thread:
        topic_id, remainder = divmod(value, 1 << _THREAD_SHIFT)
        value = value if remainder else topic_id
    if value == GENERAL_TOPIC:
        return Issue("topic_is_general")
    if not 1 <= value <= LARGEST_TOPIC_ID:
        return Issue("topic_id_out_of_range", parameters={"largest": LARGEST_TOPIC_ID})
    return Found(
        value, "" if text == str(value) else words("{cell} read as topic {number}", cell=shown(text), number=value)
    )


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


def _elsewhere(address: str, host: str) -> Issue:
    if "." in host and address[:4].lower() == "http":
        return Issue("topic_link_not_a_link", parameters={CASE: ELSEWHERE, "host": shown(host)})
    return _NOT_A_LINK


def _no_topic(leads_to: str) -> Issue:
    return Issue("topic_link_not_a_topic", parameters={CASE: leads_to})


def _read_path(segments: list[str], query: Mapping[str, str], groups: Mapping[str, int]) -> TopicReading:
    if segments and segments[0] == "s":
        del segments[0]
    if not segments:
        return _no_topic(TELEGRAM_ITSELF)
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
        topic = query["topic"]
        note = words("{part} read as the topic", part=f"?topic={shown(topic)}")
    if not topic[:1].isdecimal():
        return _WITHOUT_TOPIC
    if not (_DIGITS.fullmatch(topic) and _SIGNED_DIGITS.fullmatch(group)):
        return Issue("topic_link_not_a_link", parameters={CASE: DAMAGED})
    group_reading, topic_reading = read_group_id(group), read_topic_id(topic)
    if isinstance(group_reading, Issue):
        return group_reading
    if isinstance(topic_reading, Issue):
        return topic_reading
    repairs = filter(None, (group_reading.repair, topic_reading.repair, note))
    return Topic(group_reading.value, topic_reading.value, joined(repairs))


def _read_public(
    first: str, number: str, query: Mapping[str, str], groups: Mapping[str, int], *, whole: bool = False
) -> TopicReading:
    if first in _NOT_USERNAMES or not _USERNAME.fullmatch(first):
        return _no_topic(ACTION)
    if number or "thread" in query or "topic" in query:
        if first in groups:
            reading = _pair(str(groups[first]), number, query, whole=whole)
            return (
                reading
                if isinstance(reading, Issue)
                else replace(reading, repair=words("{cell} read as {number}", cell=first, number=groups[first]))
            )
        return _PUBLIC
    return _no_topic(PUBLIC_CHAT)


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
            return _no_topic(CHAT_OR_ACTION)


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
        return _no_topic(NOTHING_OPENED)
    if not chat[1].startswith("-"):
        return _no_topic(PERSON)
    group = chat[1].removeprefix("-")
    reading = _pair(group, chat[2] or "", {})
    if isinstance(reading, Issue):
        return reading
    return Topic(reading.group_id, reading.topic_id)


def _query(text: str | None) -> dict[str, str]:
    """Each key's first value, as Telegram reads it."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(text or "", keep_blank_values=True, max_num_fields=None):
        found.setdefault(key.lower(), value)
    return found
