"""Cell text -> whole number, exact or not at all; what had to be repaired is told, what cannot be proven is refused.

Ranges and the spellings that spreadsheets leave behind are those of Telegram's own libraries (TDLib: UserId.h,
ChannelId.h, MessageId.h) and of Excel's exports.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

LARGEST_USER_ID = (1 << 40) - 1
"""TDLib, UserId.h."""
RESERVED_USER_IDS = frozenset({777000})
"""Telegram's service notifications."""

_LONGEST_NUMBER = 40
_SHORTEST_PHONE_NUMBER = 8

_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_MINUS_SIGNS = "-\u2212\u2013"

_WRAPPED = re.compile(r'="([^"]*)"', re.ASCII)
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
_USER_LINK = re.compile(r"tg:(?://)?user\?id=([0-9]+)", re.ASCII | re.IGNORECASE)

_BOOLEANS = frozenset({"true", "false", "wahr", "falsch", "истина", "ложь", "verdadero", "falso"})


@dataclass(frozen=True, slots=True)
class Found:
    """A number that the cell certainly holds; ``repair`` tells how it was read where it was not written plainly."""

    value: int
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be used: a code and a sentence for the person."""

    code: str
    message: str


Reading: TypeAlias = Found | Fault


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing: white space, or a format character such as U+200B or U+FEFF."""
    return character.isspace() or unicodedata.category(character) == "Cf"


def without_invisible_ends(text: str) -> str:
    """The text without blanks and invisible characters around it."""
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return text[start:end]


def unwrapped(text: str) -> str:
    r"""The value inside what exports put around text: blanks, one leading apostrophe, ``="…"``."""
    inner = without_invisible_ends(text)
    if inner.startswith("'"):
        inner = without_invisible_ends(inner[1:])
    if wrapped := _WRAPPED.fullmatch(inner):
        inner = without_invisible_ends(wrapped[1])
    return inner


def shown(text: str, longest: int = 60) -> str:
    """The cell as a person may be shown it: one line, invisible characters escaped, shortened."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    if short.isprintable():
        return short
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short.replace("\n", " ⏎ "))


def read_user_id(text: str) -> Reading:
    """The Telegram user that a cell names; never raises."""
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= _LONGEST_NUMBER:
        return user_in_range(int(text))
    inner = unwrapped(text)
    if link := _USER_LINK.fullmatch(inner):
        inner = link[1]
    if inner.startswith(("+", "＋")):
        return Fault("user_id_is_a_phone_number", "This looks like a phone number: user ids have no +.")
    if inner.startswith("@"):
        return Fault("user_id_not_a_number", "A username cannot be used; the service takes the user's number only.")
    match read_whole_number(inner, "user_id", "user id"):
        case Fault() as fault:
            return fault
        case Found(value):
            if value < 0:
                return Fault("user_id_is_negative", "A negative id belongs to a chat, not to a person.")
            in_range = user_in_range(value)
            if isinstance(in_range, Fault):
                return in_range
            return Found(value, f"{shown(text)} read as {value}")


def user_in_range(value: int) -> Reading:
    """The number as a user, if Telegram can have such a user."""
    if not 1 <= value <= LARGEST_USER_ID:
        return Fault("user_id_out_of_range", f"User ids lie between 1 and {LARGEST_USER_ID}.")
    if value in RESERVED_USER_IDS:
        return Fault("user_id_is_reserved", f"{value} is Telegram's own service account.")
    return Found(value)


def read_whole_number(text: str, field: str, words: str) -> Reading:
    """The whole number that ``text`` certainly spells, sign included; ``field`` begins the codes of its faults.

    ``text`` is unwrapped already. Ranges and the words of a repair are left to the caller.
    """
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf").translate(_FULL_WIDTH_DIGITS)
    if not visible:
        return Fault(f"{field}_missing", f"The {words} is missing.")
    is_negative = visible[0] in _MINUS_SIGNS
    digits = _digits_of(visible[1:] if is_negative else visible)
    if digits is None:
        return _why_not_a_number(visible, field, words)
    if isinstance(digits, Fault):
        return digits
    if digits.strip("0") == "":
        return Found(0)
    if digits[0] == "0":
        return _leading_zeros(digits, field, words)
    if len(digits) > _LONGEST_NUMBER:
        return Fault(f"{field}_out_of_range", f"The {words} has {len(digits)} digits; no id is that long.")
    return Found(-int(digits) if is_negative else int(digits))


def _digits_of(text: str) -> str | Fault | None:
    """The digits of a number in one of the exact spellings; a Fault where digits are gone or can be read two ways."""
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


def _digits_of_scientific(whole: str, fraction: str | None, sign: str, exponent: str) -> str | Fault | None:
    """Only where the written digits reach down to the units is the number certain: 9.87654321E+08, not 9.87654E+08."""
    decimals = fraction or ""
    places = int(exponent) if len(exponent) <= 3 else 1000
    if sign == "-" and places:
        return None
    if places > len(decimals):
        return Fault(
            "digits_lost", "The spreadsheet program shortened this number; the digits that it left out are gone."
        )
    if decimals[places:].strip("0"):
        return None
    return whole + decimals[:places]


def _ambiguous(text: str, separator: str) -> Fault:
    return Fault(
        "ambiguous_number",
        f"{shown(text)} can be {text.replace(separator, '')} or {text.partition(separator)[0]} with decimals.",
    )


def _leading_zeros(digits: str, field: str, words: str) -> Fault:
    if field != "user_id":
        return Fault(f"{field}_not_a_number", f"The {words} starts with zeros.")
    if digits.startswith("00") and len(digits) - 2 >= _SHORTEST_PHONE_NUMBER:
        return Fault("user_id_is_a_phone_number", "This looks like a phone number: user ids do not start with 00.")
    return Fault("user_id_leading_zeros", "The id starts with zeros, so it may be another kind of number.")


def _why_not_a_number(text: str, field: str, words: str) -> Fault:
    """The most helpful reason why this text is no whole number."""
    if _DATE.fullmatch(text):
        return Fault("cell_is_a_date", "The cell holds a date where an id is expected.")
    if _ERROR_VALUE.fullmatch(text):
        return Fault("cell_is_an_error", f"The cell holds the spreadsheet error {shown(text)}.")
    if text.casefold() in _BOOLEANS:
        return Fault("cell_is_true_or_false", f"The cell holds {shown(text)} where an id is expected.")
    code = f"{field}_not_a_number"
    if _DECIMAL_FRACTION.fullmatch(text):
        return Fault(code, f"The {words} is not a whole number.")
    if _NUMBERS_AND_SEPARATORS.fullmatch(text):
        return Fault(code, "The cell holds several numbers, or its digits are grouped irregularly.")
    if any(c.isdigit() and not c.isascii() for c in text):
        return Fault(code, "The cell holds digits of another script; write 0 to 9.")
    return Fault(code, f"The {words} must hold digits only.")
