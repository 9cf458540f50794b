"""The bytes of a compound file [MS-CFB], as an .xls is one -> the streams in its root, each read on its own.

Only what lies in the root is the file's own: an embedded workbook has such a stream in a storage of its own.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import BinaryIO

from hotline_batch.language.words import words

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER = struct.Struct("<30xHH14xI4xII4xI")
_ENTRY = struct.Struct("<64sHBxIII36xIQ")
_FIRST_LISTED = slice(76, 76 + 4 * 109)
_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_LAST_SECTOR = 0xFFFFFFFA
_A_STREAM = 2


class CompoundFile:
    """A compound file. ValueError where it cannot be followed, as when its end is missing.

    No chain of sectors is longer than the file has sectors, so nothing takes more memory than the file has bytes.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        header = self._bytes(0, _HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(SIGNATURE):
            raise ValueError(words("no header"))
        shift, small_shift, directory, self._smallest, self._small_table, more = _HEADER.unpack_from(header)
        if shift not in {9, 12} or small_shift >= shift:
            raise ValueError(words("no sector size"))
        self._sector_bytes, self._small_bytes = 1 << shift, 1 << small_shift
        self._sectors = -(-size // self._sector_bytes)
        self._table = self._sector_table(_numbers(header[_FIRST_LISTED]), more)
        entries = b"".join(self._chain(directory))
        self._streams: dict[str, tuple[int, int]] = {}
        self._root = self._read_directory(entries)

    @property
    def names(self) -> frozenset[str]:
        """The names of the streams in the root, in lower case."""
        return frozenset(self._streams)

    def stream(self, name: str) -> bytes:
        """The content of a stream; ``name`` in lower case."""
        sector, count = self._streams[name]
        content = b"".join(self._chain(sector) if count >= self._smallest else self._small_chain(sector))
        if len(content) < count:
            raise ValueError(words("its end is missing"))
        return content[:count]

    def _small_chain(self, sector: int) -> Iterator[bytes]:
        table = _numbers(b"".join(self._chain(self._small_table)))
        small = b"".join(self._chain(self._root))
        count = 0
        while sector < _LAST_SECTOR:
            start = sector * self._small_bytes
            count += self._small_bytes
            if sector >= len(table) or start >= len(small) or count > len(small) + self._small_bytes:
                raise ValueError(words("the sectors lead nowhere"))
            yield small[start : start + self._small_bytes]
            sector = table[sector]

    def _bytes(self, position: int, count: int) -> bytes:
        self._file.seek(position)
        return self._file.read(count)

    def _sector(self, sector: int) -> bytes:
        piece = self._bytes((sector + 1) * self._sector_bytes, self._sector_bytes) if sector < self._sectors else b""
        if not piece:
            raise ValueError(words("a sector is missing"))
        return piece.ljust(self._sector_bytes, b"\0")

    def _chain(self, sector: int) -> Iterator[bytes]:
        count = 0
        while sector < _LAST_SECTOR:
            count += 1
            if sector >= len(self._table) or count > self._sectors:
                raise ValueError(words("the sectors lead nowhere"))
            yield self._sector(sector)
            sector = self._table[sector]

    def _sector_table(self, first_listed: array[int], more: int) -> array[int]:
        """Which sector follows which; its own sectors are listed in the header and in a chain of their own."""
        table = array("I")
        for sector in self._listed(first_listed, more):
            if len(table) >= self._sectors:
                break
            table.extend(_numbers(self._sector(sector)))
        return table

    def _listed(self, first_listed: array[int], more: int) -> Iterator[int]:
        yield from (sector for sector in first_listed if sector < _LAST_SECTOR)
        count = 0
        while more < _LAST_SECTOR:
            count += 1
            if count > self._sectors:
                raise ValueError(words("the sectors run in a circle"))
            *numbers, more = _numbers(self._sector(more))
            yield from (sector for sector in numbers if sector < _LAST_SECTOR)

    def _read_directory(self, entries: bytes) -> int:
        """Note the streams in the root; the first sector of its small streams."""
        if len(entries) < _ENTRY_BYTES:
            raise ValueError(words("no directory"))
        child: int
        root: int
        _, _, _, _, _, child, root, _ = _ENTRY.unpack_from(entries)
        waiting, seen = [child], set[int]()
        while waiting:
            index = waiting.pop()
            if index in seen or (index + 1) * _ENTRY_BYTES > len(entries):
                continue
            seen.add(index)
            name, length, kind, left, right, _, sector, count = _ENTRY.unpack_from(entries, index * _ENTRY_BYTES)
            waiting += [left, right]
            if kind == _A_STREAM:
                word = name[: max(length - 2, 0)].decode("utf-16-le", "replace").lower()
                self._streams.setdefault(word, (sector, count & 0xFFFFFFFF))
        return root


def _numbers(data: bytes) -> array[int]:
    found = array("I")
    found.frombytes(data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        found.byteswap()
    return found
