"""The bytes of a compound file [MS-CFB], as an .xls is one -> the one stream in it that holds the workbook."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_HEADER = struct.Struct("<30xHH14xI4xII4xI")
_ENTRY = struct.Struct("<64sH50xIQ")
_FIRST_TABLE_ENTRIES = 109
_LAST_SECTOR = 0xFFFFFFFA
_STREAMS = {"workbook", "book"}


def workbook_stream(data: bytes) -> bytes:
    """The stream of records. ValueError where the file cannot be followed, as when its end is missing."""
    try:
        shift, small_shift, directory, smallest, small_table, more = _HEADER.unpack_from(data)
    except struct.error as error:
        raise ValueError("no header") from error
    if shift not in {9, 12} or small_shift >= shift:
        raise ValueError("no sector size")
    size = 1 << shift
    table = _sector_table(data, size, more)
    entries = _chained(data, size, table, directory, first=size)
    root, book = None, None
    for start in range(0, len(entries) - 127, 128):
        name, length, sector, count = _ENTRY.unpack_from(entries, start)
        word = name[: max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        root = root or (sector, count)
        if word in _STREAMS:
            book = (sector, count & 0xFFFFFFFF)
    if root is None or book is None:
        raise ValueError("no workbook stream")
    sector, count = book
    if count >= smallest:
        return _chained(data, size, table, sector, first=size)[:count]
    small = _numbers(_chained(data, size, table, small_table, first=size))
    return _chained(_chained(data, size, table, root[0], first=size), 1 << small_shift, small, sector, first=0)[:count]


def _sector_table(data: bytes, size: int, more: int) -> Sequence[int]:
    """Which sector follows which; the list of the table's own sectors begins in the header and goes on in a chain."""
    listed = list(_numbers(data[76 : 76 + 4 * _FIRST_TABLE_ENTRIES]))
    seen: set[int] = set()
    while more < _LAST_SECTOR:
        if more in seen:
            raise ValueError("the sectors run in a circle")
        seen.add(more)
        *numbers, more = _numbers(_sector(data, size, more, size))
        listed.extend(numbers)
    return _numbers(b"".join(_sector(data, size, sector, size) for sector in listed if sector < _LAST_SECTOR))


def _chained(data: bytes, size: int, table: Sequence[int], sector: int, *, first: int) -> bytes:
    pieces: list[bytes] = []
    while sector < _LAST_SECTOR:
        if sector >= len(table) or len(pieces) > len(table):
            raise ValueError("the sectors lead nowhere")
        pieces.append(_sector(data, size, sector, first))
        sector = table[sector]
    return b"".join(pieces)


def _sector(data: bytes, size: int, sector: int, first: int) -> bytes:
    piece = data[first + sector * size : first + (sector + 1) * size]
    if not piece:
        raise ValueError("a sector is missing")
    return piece.ljust(size, b"\0")


def _numbers(data: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
