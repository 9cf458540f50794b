"""Request -> its key; key -> the earlier row of the sheet that has it, at 28 to 84 bytes a row, 37 at a million."""

from __future__ import annotations

from array import array
from hashlib import sha256
from struct import iter_unpack

from hotline_batch.model import GetTopicInfo, Request, SendMessage
from hotline_batch.plan.equal_texts import same_text

_KEY_BYTES = 16
_FEW_SLOTS, _MANY_SLOTS = 1 << 10, 1 << 22


def request_key(identity: str, request: Request) -> bytes:
    """The first 128 bits of the SHA-256 of connection identity, kind and arguments: equal only for equal requests.

    Messages that are the same to whoever reads them are equal, see ``same_text``. Among a million different requests,
    two share a key with a chance of 1 in 10^27. Lengths and separators make what is digested unambiguous; the free text
    stands last.
    """
    match request:
        case SendMessage(user_id, message):
            return key_of(start_of_key(identity, "send"), user_id, same_text(message))
        case GetTopicInfo(group_id, topic_id):
            return key_of(start_of_key(identity, "enrich"), group_id, topic_id)


def start_of_key(identity: str, kind: str) -> str:
    """What all requests of this kind through this connection have in common."""
    return f"{len(identity)}:{identity}|{kind}|"


def key_of(start: str, first: int | str, second: int | str) -> bytes:
    """The key of the request with these arguments, in the order in which the request has them; a message as
    ``same_text`` has it.
    """
    return sha256(f"{start}{first}|{second}".encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


class SeenKeys:
    """Which keys came by, and in which row first. A hash table of arrays: a fifth of the memory of a set."""

    def __init__(self) -> None:
        self._keys = bytearray()
        self._rows = array("I")
        self._make_slots(_FEW_SLOTS)

    def __len__(self) -> int:
        return len(self._rows)

    def earlier(self, key: bytes, row_number: int) -> int | None:
        """The row that had this key first; None, and the key is remembered, if this is the first."""
        slots = self._slots
        slot = hash(key) & self._mask
        while entry := slots[slot]:
            end = entry * _KEY_BYTES
            if self._keys[end - _KEY_BYTES : end] == key:
                return self._rows[entry - 1]
            slot = (slot + 1) & self._mask
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
        for entry, (key,) in enumerate(iter_unpack(f"{_KEY_BYTES}s", self._keys), 1):
            slot = hash(key) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = entry
