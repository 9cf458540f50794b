"""The records of links in an .xls [MS-OSHARED] -> their addresses."""

from __future__ import annotations

import struct

_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FILE = bytes.fromhex("0303000000000000c000000000000046")
_HAS_TARGET, _HAS_PLACE, _HAS_NAME, _HAS_FRAME, _IS_TEXT = 0x1, 0x8, 0x10, 0x80, 0x100


def address_of(data: bytes) -> str:
    """The address in a link's record, behind its cells and class; empty where it leads nowhere."""
    (flags,) = struct.unpack_from("<I", data, 4)
    position = 8
    for flag in (_HAS_NAME, _HAS_FRAME):
        if flags & flag:
            _, position = _text(data, position)
    target = place = ""
    if flags & _HAS_TARGET:
        target, position = _text(data, position) if flags & _IS_TEXT else _target(data, position)
    if flags & _HAS_PLACE:
        place, position = _text(data, position)
    return f"{target}#{place}" if place else target


def link_of_tokens(tokens: bytes) -> str:
    """The address in the parsed formula ``HYPERLINK("address", ...)``; empty where it is another one."""
    if len(tokens) < 7 or tokens[0] != 0x17 or tokens[-4] & 0x1F != 0x02 or tokens[-2:] != b"\x67\x01":
        return ""
    length, flags = tokens[1], tokens[2]
    if flags & 1:
        return tokens[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    return tokens[3 : 3 + length].decode("latin-1")


def _text(data: bytes, position: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, position)
    end = position + 4 + 2 * length
    return _until_zero(data[position + 4 : end]), end


def _target(data: bytes, position: int) -> tuple[str, int]:
    kind = data[position : position + 16]
    position += 16
    if kind == _URL:
        (size,) = struct.unpack_from("<I", data, position)
        return _until_zero(data[position + 4 : position + 4 + size]), position + 4 + size
    if kind != _FILE:
        return "", len(data)
    (size,) = struct.unpack_from("<I", data, position + 2)
    short = data[position + 6 : position + 6 + size].partition(b"\0")[0].decode("cp1252", "replace")
    position += 6 + size + 24
    (more,) = struct.unpack_from("<I", data, position)
    if not more:
        return short, position + 4
    (size,) = struct.unpack_from("<I", data, position + 4)
    return data[position + 10 : position + 10 + size].decode("utf-16-le", "replace"), position + 4 + more


def _until_zero(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").partition("\0")[0]
