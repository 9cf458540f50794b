"""Request -> its key; key -> the earlier row of the same sheet that has it, at 26 to 44 bytes a row."""

from __future__ import annotations

from array import array
from hashlib import sha256

from hotline_batch.model import Request, SendMessage

_DIGEST_BYTES = 16
"""Of 32: among a million rows, two different requests share these with a chance of 1 in 10^27."""


def request_key(identity: str, request: Request) -> str:
    """SHA-256, in hex, of connection identity, kind and arguments: equal only for equal requests."""
    return request_digest(identity, request).hex()


def request_digest(identity: str, request: Request) -> bytes:
    """The key as bytes. Lengths and separators make the encoding unambiguous; the free text stands last."""
    # Not a match: taking the two apart by pattern costs a third of this function.
    if isinstance(request, SendMessage):
        text = f"{len(identity)}:{identity}|send|{request.user_id}|{request.message}"
    else:
        text = f"{len(identity)}:{identity}|enrich|{request.group_id}|{request.topic_id}"
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


class SeenKeys:
    """Which keys came by, and in which row first. A hash table of arrays: a fifth of the memory of a set."""

    def __init__(self) -> None:
        self._slots = array("I", bytes(array("I").itemsize * 1024))
        self._mask = 1023
        self._digests = bytearray()
        self._rows = array("I")

    def __len__(self) -> int:
        return len(self._rows)

    def earlier(self, digest: bytes, row_number: int) -> int | None:
        """The row that had this key first; None, and the key is remembered, if this is the first."""
        short = digest[:_DIGEST_BYTES]
        slots, mask = self._slots, self._mask
        slot = hash(short) & mask
        while entry := slots[slot]:
            start = (entry - 1) * _DIGEST_BYTES
            if self._digests[start : start + _DIGEST_BYTES] == short:
                return self._rows[entry - 1]
            slot = (slot + 1) & mask
        self._digests += short
        self._rows.append(row_number)
        slots[slot] = len(self._rows)
        if len(self._rows) * 3 > mask * 2:
            self._grow()
        return None

    def _grow(self) -> None:
        # Fourfold: every key is put in its place again only once in a while.
        mask = self._mask = self._mask * 4 + 3
        slots = self._slots = array("I", bytes(array("I").itemsize * (mask + 1)))
        digests = self._digests
        for entry in range(len(self._rows)):
            start = entry * _DIGEST_BYTES
            slot = hash(bytes(digests[start : start + _DIGEST_BYTES])) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = entry + 1
