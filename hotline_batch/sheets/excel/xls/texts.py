"""Texts in the records of an .xls [MS-XLS] -> str. From Excel 97 on they are UTF-16, whatever the code page says."""

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
