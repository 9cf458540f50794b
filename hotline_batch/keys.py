"""Request -> its key, by which the guard against sending twice knows it, in whatever run and sheet.

Texts that arrive alike, or look alike, are one text there. Only compared, never sent: a message leaves as written.
"""

from __future__ import annotations

import re
from hashlib import sha256
from unicodedata import is_normalized, normalize

from hotline_batch.model import GetTopicInfo, Request, SendMessage

KEY_BYTES = 16

# TDLib's clean_input_string drops U+2028 to U+202E and three combining marks, makes a space of every control character
# but the line feed, and the ends are trimmed. Marks without width, and that a space forbids a line to end, nobody sees;
# the joiners U+200C and U+200D change how a text looks, and stay.
_DROPPED = re.compile("[\u2028-\u202e\u030a\u0333\u033f\u00ad\u200b\u200e\u200f\u2060\u2066-\u2069\ufeff]")
_SPACES = re.compile("[\x00-\x09\x0b-\x1f\x7f\u00a0\u2007\u202f]")
_TRIMMED = " \n"


def request_key(identity: str, request: Request) -> bytes:
    """The first 128 bits of the SHA-256 of connection identity, kind and arguments: equal only for equal requests.

    Messages that are the same to whoever reads them are equal, see ``same_text``. Among a million different requests,
    two share a key with a chance of 1 in 10^27. Lengths and separators make what is digested unambiguous; the free text
    stands last.
    """
    match request:
        case SendMessage(user_id, message):
            told = f"send|{user_id}|{same_text(message)}"
        case GetTopicInfo(group_id, topic_id):
            told = f"enrich|{group_id}|{topic_id}"
    return sha256(f"{len(identity)}:{identity}|{told}".encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


def same_text(message: str) -> str:
    """What stands for all texts that are the same to whoever reads them; an ordinary text stands for itself."""
    if is_ordinary(message):
        return message
    # Composed first: what is a letter of its own then keeps the ring above it, which TDLib would drop.
    composed = normalize("NFC", message.replace("\r\n", "\n").replace("\r", "\n"))
    # What was dropped may have stood between a letter and its accent.
    return normalize("NFC", _SPACES.sub(" ", _DROPPED.sub("", composed))).strip(_TRIMMED)


def is_ordinary(message: str) -> bool:
    """Whether a printable text surely stands for itself; what is not that plain has to be looked at."""
    if not message.isprintable() or message[:1] == " " or message[-1:] == " ":
        return False
    return message.isascii() or (is_normalized("NFC", message) and _DROPPED.search(message) is None)
