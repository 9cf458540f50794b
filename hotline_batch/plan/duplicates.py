"""Key of a request -> the earlier row of the sheet that has it, at 28 to 84 bytes a row, 37 at a million."""

from __future__ import annotations

from array import array
from struct import iter_unpack

from hotline_batch.keys import KEY_BYTES

_FEW_SLOTS, _MANY_SLOTS = 1 << 10, 1 << 22


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
            end = entry * KEY_BYTES
            if self._keys[end - KEY_BYTES : end] == key:
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
        for entry, (key,) in enumerate(iter_unpack(f"{KEY_BYTES}s", self._keys), 1):
            slot = hash(key) & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = entry
