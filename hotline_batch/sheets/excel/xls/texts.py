"""Texts in the records of an .xls [MS-XLS] -> str, and the addresses of its links [MS-OSHARED].

From Excel 97 on texts are UTF-16, whatever the code page says.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator, Sequence

from hotline_batch.language.words import words

_WIDE, _HAS_PHONETICS, _HAS_RUNS = 1, 4, 8
_MACINTOSH = 10000
_BARE_CODE_PAGES = {32768: "mac_roman", 32769: "cp1252", 21010: "utf-16-le"}


class UnknownEncoding(ValueError):
    """An old workbook holds letters beyond ASCII and does not say in which encoding."""


def wide_text(data: bytes, position: int, length: int) -> tuple[str, int]:
    """A text of ``length`` characters whose flags stand before it, and where it ends; its formatting is passed over."""
    flags = data[position]
    position += 1
    runs = phonetics = 0
    if flags & _HAS_RUNS:
        runs = int.from_bytes(data[position : position + 2], "little")
        position += 2
    if flags & _HAS_PHONETICS:
        phonetics = int.from_bytes(data[position : position + 4], "little")
        position += 4
    end = position + (2 * length if flags & _WIDE else length)
    return _decoded(data[position:end], flags), end + 4 * runs + phonetics


def continued_text(pieces: Sequence[bytes]) -> str:
    """A text with its length and flags before it, in a record and those that continue it."""
    reader = _Pieces(pieces)
    length, flags = struct.unpack("<HB", reader.take(3))
    return reader.text(length, flags)


def byte_text(data: bytes, encoding: str) -> str:
    """A text of Excel 5 and 95. UnknownEncoding where ``encoding`` is empty and the text needs one."""
    if encoding:
        return data.decode(encoding, "replace")
    if not data.isascii():
        raise UnknownEncoding
    return data.decode("ascii")


def encoding_of(code_page: int) -> str:
    """The codec of a code page; empty where there is none of that number."""
    name = _BARE_CODE_PAGES.get(code_page, "mac_roman" if code_page == _MACINTOSH else f"cp{code_page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def shared_texts(pieces: Sequence[bytes]) -> Iterator[str]:
    """The texts of the shared table: ``pieces`` are its record and those that continue it."""
    reader = _Pieces(pieces)
    _, count = struct.unpack("<II", reader.take(8))
    for _ in range(count):
        if reader.is_at_end:
            return
        length, flags = struct.unpack("<HB", reader.take(3))
        runs = int.from_bytes(reader.take(2), "little") if flags & _HAS_RUNS else 0
        phonetics = int.from_bytes(reader.take(4), "little") if flags & _HAS_PHONETICS else 0
        yield reader.text(length, flags)
        reader.skip(4 * runs + phonetics)


def _halves(data: bytes, flags: int) -> str:
    return data.decode("utf-16-le", "surrogatepass") if flags & _WIDE else data.decode("latin-1")


def _decoded(data: bytes, flags: int) -> str:
    # A pair of surrogates may have lost its other half; what remains is no reason to refuse the sheet.
    return data.decode("utf-16-le", "replace") if flags & _WIDE else data.decode("latin-1")


class _Pieces:
    """Bytes in pieces; a text that goes on in the next one has its flags repeated there."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._index = 0
        self._position = 0

    @property
    def is_at_end(self) -> bool:
        self._go_on()
        return self._index >= len(self._pieces)

    def _go_on(self) -> None:
        while self._index < len(self._pieces) and self._position >= len(self._pieces[self._index]):
            self._index += 1
            self._position = 0

    def take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self.is_at_end:
                raise ValueError(words("its texts end too early"))
            piece = self._pieces[self._index][self._position : self._position + count - len(taken)]
            self._position += len(piece)
            taken += piece
        return taken

    def skip(self, count: int) -> None:
        while count > 0 and not self.is_at_end:
            step = min(count, len(self._pieces[self._index]) - self._position)
            self._position += step
            count -= step

    def text(self, length: int, flags: int) -> str:
        found = ""  # a character may be divided between two records, half of it in each
        while True:
            piece = self._pieces[self._index] if self._index < len(self._pieces) else b""
            size = 2 if flags & _WIDE else 1
            count = min(length, (len(piece) - self._position) // size)
            found += _halves(piece[self._position : self._position + count * size], flags)
            self._position += count * size
            length -= count
            if length <= 0:
                return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._position = len(piece)
            if self.is_at_end:
                raise ValueError(words("its texts end too early"))
            flags = self._pieces[self._index][0]
            self._position = 1


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
