"""The bytes of a JSON file -> its values one after the other, in flat memory, with Telegram's known damages mended.

A library that streams JSON (ijson) says what stands under one path, and here a chat's name and its messages are wanted
together; the values themselves are read by the standard library.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from hotline_batch.language.words import words

_CHUNK_BYTES = 1 << 20
_LONGEST_VALUE = 32 * 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")


class Damage(NamedTuple):
    """What Telegram Desktop wrote that is no JSON, and what it stood for."""

    found: re.Pattern[str]
    mended: str


DAMAGES = (
    # tdesktop 27571: bytes of buttons are escaped as in C.
    Damage(re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})"), r"\1\\u00\2"),
    # tdesktop 24961: the file of an own emoji stands there without quotes, alone on its line.
    Damage(re.compile(r'("document_id":[ ]*)(?![ ]*["\-0-9])([^\r\n"\\]+?)(?=,?[ ]*\r?\n)'), r'\1"\2"'),
)


class BrokenJson(ValueError):
    """The file is no JSON from this character on, or ends there."""

    def __init__(self, character: int, *, is_at_end: bool) -> None:
        super().__init__(words("no JSON at character {character}", character=character))
        self.character = character
        self.is_at_end = is_at_end


class JsonStream:
    """Reads a JSON text from a file of UTF-8. Whoever walks an object or a list takes each value before the next.

    ``see`` gets every byte of the file once it was read to its end. Raises BrokenJson, and UnicodeDecodeError.
    """

    def __init__(self, file: BinaryIO, see: Callable[[bytes], object] = lambda _chunk: None) -> None:
        self._file = file
        self._see = see
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder().raw_decode
        self._text, self._at, self._passed = "", 0, 0
        self._is_whole = False

    def members(self) -> Iterator[str]:
        """The names in the object that begins here; its value is to be taken after each."""
        for _ in self._parts("{", "}"):
            name = self.value()
            if not isinstance(name, str):
                self._break()
            self._take(":")
            yield name

    def items(self) -> Iterator[None]:
        """As often as the list that begins here has values; each is to be taken."""
        return self._parts("[", "]")

    def value(self) -> Any:
        """The value that begins here."""
        length = _CHUNK_BYTES
        while True:
            self._peek()
            try:
                value, end = self._scan(self._text, self._at)
            except RecursionError:
                self._refuse()
            except ValueError as error:
                if not isinstance(error, json.JSONDecodeError):  # a number of more digits than anybody reads
                    self._refuse()
                if self._mend():
                    continue
                if len(self._text) - self._at > _LONGEST_VALUE or not self._read_on(length):
                    self._break()
                length *= 2
                continue
            # A number at the end of what was read may go on.
            if end == len(self._text) and self._read_on():
                continue
            self._at = end
            return value

    def skip(self) -> None:
        """Pass over the value that begins here, however large it is."""
        try:
            self._skip()
        except RecursionError:
            self._refuse()

    def _skip(self) -> None:
        match self._peek():
            case "{":
                for _ in self.members():
                    self._skip()
            case "[":
                for _ in self.items():
                    self._skip()
            case _:
                self.value()

    def begins_with(self, character: str) -> bool:
        """Whether the next value begins so."""
        return self._peek() == character

    def end(self) -> None:
        """Read the file to its end, which is here."""
        if self._peek():
            self._break()

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if self._peek() == closing:
            self._at += 1
            return
        while True:
            yield None
            if self._peek() == closing:
                self._at += 1
                return
            self._take(",")

    def _take(self, character: str) -> None:
        if self._peek() != character:
            self._break()
        self._at += 1

    def _peek(self) -> str:
        """The next character that is no space; nothing at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def _read_on(self, length: int = _CHUNK_BYTES) -> bool:
        if self._is_whole:
            return False
        chunk = self._file.read(length)
        self._see(chunk)
        self._is_whole = not chunk
        text = self._decoder.decode(chunk, final=self._is_whole)
        self._passed += self._at
        self._text, self._at = self._text[self._at :] + text, 0
        return bool(chunk)

    def _mend(self) -> bool:
        """Whether what was read so far could be mended."""
        text = rest = self._text[self._at :]
        for damage in DAMAGES:
            text = damage.found.sub(damage.mended, text)
        if text == rest:
            return False
        self._passed += self._at
        self._text, self._at = text, 0
        return True

    def _refuse(self) -> Any:
        """What is here is no export's, whatever follows."""
        raise BrokenJson(self._passed + self._at, is_at_end=False) from None

    def _break(self) -> Any:
        raise BrokenJson(self._passed + self._at, is_at_end=self._is_whole) from None
