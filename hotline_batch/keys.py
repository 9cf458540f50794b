"""Request -> its key, by which the guard against sending twice knows it, in whatever run and sheet.

Texts that arrive alike, or look alike, are one text there. Only compared, never sent: a message leaves as written.
"""

from __future__ import annotations

import html
import re
from array import array
from hashlib import sha256
from struct import iter_unpack
from unicodedata import is_normalized, normalize

from hotline_batch.model.jobs import GetTopicInfo, Request, SendMessage

KEY_BYTES = 16

RETURN_OF_A_WORKBOOK = "_x000D_"
"""What a carriage return of a workbook's cell becomes where a program does not read it as one: pandas with openpyxl."""

# TDLib's clean_input_string drops U+2028 to U+202E and three combining marks, makes a space of every control character
# but the line feed, and the ends are trimmed. Marks without width, and that a space forbids a line to end, nobody sees;
# the joiners U+200C and U+200D change how a text looks, and stay.
_DROPPED = re.compile("[\u2028-\u202e\u030a\u0333\u033f\u00ad\u200b\u200e\u200f\u2060\u2066-\u2069\ufeff]")
_SPACES = re.compile("[\x00-\x09\x0b-\x1f\x7f\u00a0\u2007\u202f]")
_TRIMMED = " \n"
# A CSV result has an apostrophe before what a spreadsheet program would run; without our columns, nothing tells that it
# is ours.
_GUARD = re.compile(r"'['\s]*(?=[=+\-@＝＋－＠])")
# What TDLib turns into blanks or drops (clean_input_string), and what else nobody sees: white space, control
# characters, joiners and marks of direction, variation selectors.
_NOT_SEEN = re.compile(r"[\s\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
# Marks that TDLib drops, one of them the ring of a decomposed Å, and the signs and tags of Markdown and HTML.
_CLEANED = re.compile(r"[\u0333\u033f\u030a*_`~|\\]+|<[^<>]{1,200}>")

_FEW_SLOTS, _MANY_SLOTS = 1 << 10, 1 << 22


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
    seen = normalize("NFC", _SPACES.sub(" ", _DROPPED.sub("", composed)))
    cleaned = "\n".join(map(_without_line_end, seen.split("\n"))).strip(_TRIMMED)
    guard = _GUARD.match(cleaned)
    return cleaned[guard.end() :] if guard else cleaned


def _without_line_end(line: str) -> str:
    """Nobody sees a blank at the end of a line, and editors take it away when a template is saved."""
    line = line.rstrip()
    while line.endswith(RETURN_OF_A_WORKBOOK):
        line = line.removesuffix(RETURN_OF_A_WORKBOOK).rstrip()
    return line


def is_ordinary(message: str) -> bool:
    """Whether a printable text surely stands for itself; what is not that plain has to be looked at."""
    if not message.isprintable() or message.startswith((" ", "'")) or message.endswith((" ", RETURN_OF_A_WORKBOOK)):
        return False
    return message.isascii() or (is_normalized("NFC", message) and _DROPPED.search(message) is None)


def seen_text(message: str) -> str:
    """What is to be seen of a text: nothing of its blanks. Looser than ``same_text``; never a key."""
    return normalize("NFC", _NOT_SEEN.sub("", message))


def plain_text(message: str) -> str:
    """The same without the signs and tags of Markdown and HTML, and what Telegram drops. Never a key."""
    return _NOT_SEEN.sub("", _CLEANED.sub("", normalize("NFD", html.unescape(message))))


class SeenKeys:
    """Which keys came by, and in which row first, at 28 to 84 bytes a row, 37 at a million.

    A hash table of arrays: a fifth of the memory of a set.
    """

    def __init__(self) -> None:
        self._keys = bytearray()
        self._rows = array("I")
        self._make_slots(_FEW_SLOTS)

    def __len__(self) -> int:
        return len(self._rows)

    def earlier(self, key: bytes, row_number: int, *, remembers: bool = True) -> int | None:
        """The row that had this key first; None if this is the first, which is remembered unless that is not wanted."""
        slots = self._slots
        slot = hash(key) & self._mask
        while entry := slots[slot]:
            end = entry * KEY_BYTES
            if self._keys[end - KEY_BYTES : end] == key:
                return self._rows[entry - 1]
            slot = (slot + 1) & self._mask
        if not remembers:
            return None
        rows = self._rows
        self._keys += key
        rows.append(row_number)
        slots[slot] = entry = len(rows)
        if entry == self._most:
            # In large steps: every key is put in its place again only once in a while.
            self._make_slots(len(slots) * (8 if len(slots) < _MANY_SLOTS else 4))
        return None

    def _make_slots(self, count: int) -> None:
        """A table of ``count`` slots, a power of two, for half as many keys; 0 is an empty slot."""
        self._mask = mask = count - 1
        self._most = count // 2
        self._slots = slots = array("I", bytes(array("I").itemsize * count))
        for entry, (key,) in enumerate(iter_unpack(f"{KEY_BYTES}s", self._keys), 1):
            slot = hash(key) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = entry
