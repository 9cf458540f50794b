"""Cell text -> whole number, exact or not at all, and the Telegram user that it names, or why it names none.

What had to be repaired is told, what cannot be proven is refused. The spellings that spreadsheets leave behind are
those of Excel's exports.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, TypeAlias

from hotline_batch.issues.cells import IN_TEXT
from hotline_batch.issues.ids import FRACTION, OTHER_SCRIPT, SEVERAL, TOO_MANY_DIGITS, USERNAME, ZEROS
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.language.words import words
from hotline_batch.model.jobs import GetTopicInfo
from hotline_batch.plan.visible_text import shown, unwrapped

LONGEST_NUMBER = 40
_SHORTEST_PHONE_NUMBER = 8

_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_MINUS_SIGNS = "-\u2212\u2013"

_DECIMAL_ZEROS = re.compile(r"([0-9]+)([.,])(0+)", re.ASCII)
_SCIENTIFIC = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?[eE]([+-]?)([0-9]+)", re.ASCII)
_GROUPED = re.compile(r"([0-9]{1,3})(?:([ .,'\u00a0\u2007\u2009\u202f\u2019])[0-9]{3})(?:\2[0-9]{3})*", re.ASCII)
_GROUPED_WITH_ZEROS = re.compile(r"([0-9]{1,3}(?:([.,])[0-9]{3})+)(?!\2)[.,]0+", re.ASCII)
_DECIMAL_FRACTION = re.compile(r"[0-9]+[.,][0-9]+", re.ASCII)
_NUMBERS_AND_SEPARATORS = re.compile(r"[0-9]+(?:[\s.,;/'\u2019|]+[0-9]+)+")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?|[0-9]{1,2}([./])[0-9]{1,2}\1[0-9]{2,4}(?: [0-9:]+)?", re.A
)
_ERROR_VALUE = re.compile(r"#[A-ZÄÖÜА-Я][A-ZÄÖÜА-Я0-9/_]*[!?]?")

_BOOLEANS = frozenset({"true", "false", "wahr", "falsch", "истина", "ложь", "verdadero", "falso"})


class Found(NamedTuple):
    """A number that the cell certainly holds; ``repair`` tells how it was read where it was not written plainly."""

    value: int
    repair: str = ""


Reading: TypeAlias = Found | Issue
"""What a cell holds, or why it cannot be used; the column is left to the caller."""


def read_whole_number(text: str, field: str) -> Reading:
    """The whole number that ``text`` certainly spells, sign included; ``field`` begins the codes of its issues.

    ``text`` is unwrapped already. Ranges and the words of a repair are left to the caller.
    """
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(_FULL_WIDTH_DIGITS)
    if not visible:
        return Issue(f"{field}_missing")
    is_negative = visible[0] in _MINUS_SIGNS
    digits = _digits_of(visible[1:] if is_negative else visible)
    if digits is None:
        return _why_not_a_number(visible, field)
    if isinstance(digits, Issue):
        return digits
    if digits.strip("0") == "":
        return Found(0)
    if digits[0] == "0":
        return _leading_zeros(digits, field)
    if len(digits) > LONGEST_NUMBER:
        return Issue(f"{field}_out_of_range", parameters={CASE: TOO_MANY_DIGITS, "digits": len(digits)})
    return Found(-int(digits) if is_negative else int(digits))


def _digits_of(text: str) -> str | Issue | None:
    """The digits of a number in one of the exact spellings; why not, where digits are gone or can be read two ways."""
    if text.isascii() and text.isdecimal():
        return text
    if zeros := _DECIMAL_ZEROS.fullmatch(text):
        whole, separator, fraction = zeros.groups()
        if len(whole) <= 3 and len(fraction) == 3:
            return _ambiguous(text, separator)
        return str(whole)
    if scientific := _SCIENTIFIC.fullmatch(text):
        return _digits_of_scientific(*scientific.groups())
    if grouped := _GROUPED.fullmatch(text):
        separator = grouped[2]
        if separator in ".," and text.count(separator) == 1:
            return _ambiguous(text, separator)
        return text.replace(separator, "")
    if grouped := _GROUPED_WITH_ZEROS.fullmatch(text):
        return grouped[1].replace(grouped[2], "")
    return None


def _digits_of_scientific(whole: str, fraction: str | None, sign: str, exponent: str) -> str | Issue | None:
    """Only where the written digits reach down to the units is the number certain: 9.87654321E+08, not 9.87654E+08."""
    decimals = fraction or ""
    places = int(exponent) if len(exponent) <= 3 else 1000
    if sign == "-" and places:
        return None
    if places > len(decimals):
        return Issue("digits_lost", parameters={CASE: IN_TEXT})
    if decimals[places:].strip("0"):
        return None
    return whole + decimals[:places]


def _ambiguous(text: str, separator: str) -> Issue:
    whole, decimal = text.replace(separator, ""), text.partition(separator)[0]
    return Issue("ambiguous_number", parameters={"number": shown(text), "whole": whole, "decimal": decimal})


def _leading_zeros(digits: str, field: str) -> Issue:
    if field != "user_id":
        return Issue(f"{field}_not_a_number", parameters={CASE: ZEROS})
    if digits.startswith("00") and len(digits) - 2 >= _SHORTEST_PHONE_NUMBER:
        return Issue("user_id_is_a_phone_number", parameters={CASE: ZEROS})
    return Issue("user_id_leading_zeros")


def _why_not_a_number(text: str, field: str) -> Issue:
    """The most helpful reason why this text is no whole number."""
    if _DATE.fullmatch(text):
        return Issue("cell_is_a_date", parameters={CASE: IN_TEXT})
    if _ERROR_VALUE.fullmatch(text):
        return Issue("cell_is_an_error", parameters={CASE: IN_TEXT, "word": shown(text)})
    if text.casefold() in _BOOLEANS:
        return Issue("cell_is_true_or_false", parameters={CASE: IN_TEXT, "word": shown(text)})
    code = f"{field}_not_a_number"
    if _DECIMAL_FRACTION.fullmatch(text):
        return Issue(code, parameters={CASE: FRACTION})
    if _NUMBERS_AND_SEPARATORS.fullmatch(text):
        return Issue(code, parameters={CASE: SEVERAL})
    if any(c.isdigit() and not c.isascii() for c in text):
        return Issue(code, parameters={CASE: OTHER_SCRIPT})
    return Issue(code)


LARGEST_USER_ID = (1 << 40) - 1
"""TDLib, UserId.h."""
RESERVED_USER_IDS = frozenset({777000})
"""Telegram's service notifications."""

_USER_LINK = re.compile(r"tg:(?://)?user\?id=([0-9]+)", re.ASCII | re.IGNORECASE)

_TOPIC_BITS = 31


def read_user_id(text: str) -> Reading:
    """The Telegram user that a cell names; never raises."""
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= LONGEST_NUMBER:
        return _in_range(int(text))
    inner = unwrapped(text)
    if link := _USER_LINK.fullmatch(inner):
        inner = link[1]
    if inner.startswith(("+", "＋")):
        return Issue("user_id_is_a_phone_number")
    if inner.startswith("@"):
        return Issue("user_id_not_a_number", parameters={CASE: USERNAME})
    match read_whole_number(inner, "user_id"):
        case Issue() as issue:
            return issue
        case Found(value):
            if value < 0:
                return Issue("user_id_is_negative")
            in_range = _in_range(value)
            return (
                in_range
                if isinstance(in_range, Issue)
                else Found(value, words("{cell} read as {number}", cell=shown(text), number=value))
            )


def _in_range(value: int) -> Reading:
    """The number as a user, if Telegram can have such a user."""
    if not 1 <= value <= LARGEST_USER_ID:
        return Issue("user_id_out_of_range", parameters={"largest": LARGEST_USER_ID})
    if value in RESERVED_USER_IDS:
        return Issue("user_id_is_reserved", parameters={"user": value})
    return Found(value)


def placeholder_user(topic: GetTopicInfo, _connection: str = "") -> int:
    """A number that stands for the user of a topic, beyond every user id; a UserLookup that asks nobody.

    A check looks nobody up, and still has to tell the rows of one topic from those of another.
    """
    return LARGEST_USER_ID + 1 + (topic.group_id << _TOPIC_BITS | topic.topic_id)


def topic_of_placeholder(user_id: int) -> str:
    """The link of the topic whose user a number stands for; empty for the number of a user."""
    if user_id <= LARGEST_USER_ID:
        return ""
    group_id, topic_id = divmod(user_id - LARGEST_USER_ID - 1, 1 << _TOPIC_BITS)
    return GetTopicInfo(group_id, topic_id).link
