"""What was handed in, in an address or a form -> the same, checked; a file is written away piece by piece."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.errors import SheetError

# One slash, then no second one and no backslash, which browsers read as one: that would lead to another host.
_OWN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
LAST_ROW: Final = 999_999_999
"""No sheet has a row with a larger number."""
_FILE = "file"
_LONGEST_FIELD = 64 * 1024


def own_address(address: str) -> str:
    """The address, if it is one of this page."""
    return address if _OWN.fullmatch(address) else "/"


def whole_number(text: str, most: int) -> int | None:
    """A number from 0 to ``most``, written in digits alone; None for everything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
        return None
    number = int(digits)
    return number if number <= most else None


def with_form(screen: Callable[[Request, FormData], Response]) -> Callable[[Request], Awaitable[Response]]:
    """A screen that answers to a form. It runs in a thread, as all those without a form do."""

    @functools.wraps(screen)
    async def read_and_answer(request: Request) -> Response:
        async with request.form() as form:
            return await run_in_threadpool(screen, request, form)

    return read_and_answer


def text_of(form: FormData, name: str, most: int = 1_000) -> str:
    """The text of a field, at most so many characters of it, without blanks around; empty where there is none."""
    return str(form.get(name, "")).strip()[:most]


def texts_of(form: FormData) -> dict[str, str]:
    """Every field that is a text."""
    return {name: text for name, text in form.multi_items() if isinstance(text, str)}


class Taker(Protocol):
    """What takes the bytes of a file."""

    def write(self, data: bytes, /) -> object:
        """Take some more."""


Takes: TypeAlias = Callable[[str], Taker]
"""The name of a file, as the browser tells it -> who takes its bytes."""


class BrokenForm(Exception):
    """What came is no form with a file in it, or ends in the middle."""


class SeveralFiles(BrokenForm):
    """More than one file was handed in: which of them is meant is not for us to choose."""


@dataclass(slots=True)
class _Part:
    name: str = ""
    data: bytearray = field(default_factory=bytearray)
    taker: Taker | None = None


class _Reader:
    """Hears of the parts of the form, one after the other."""

    def __init__(self, takes: Takes) -> None:
        self.fields: dict[str, str] = {}
        self.is_whole = False
        self._has_file = False
        self._takes = takes
        self._part = _Part()
        self._header = self._value = b""

    def begin(self) -> None:
        self._part = _Part()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, parameters = parse_options_header(self._value)
            self._part.name = parameters.get(b"name", b"").decode("utf-8", "replace")
            name = parameters.get(b"filename", b"").decode("utf-8", "replace")
            # A browser sends a file without a name where none was chosen.
            if self._part.name == _FILE and name:
                if self._has_file:
                    raise SeveralFiles
                self._has_file = True
                self._part.taker = self._takes(name)
        self._header = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._part.taker is not None:
            self._part.taker.write(data[start:end])
            return
        self._part.data += data[start:end]
        if len(self._part.data) > _LONGEST_FIELD:
            raise BrokenForm

    def part_end(self) -> None:
        if self._part.taker is None and self._part.name != _FILE:
            self.fields[self._part.name] = self._part.data.decode("utf-8", "replace")

    def end(self) -> None:
        self.is_whole = True


async def read_form(request: Request, takes: Takes) -> Mapping[str, str]:
    """Read the form; its fields. ``takes`` is asked once, when its file begins.

    BrokenForm, SeveralFiles, and SheetError or OSError of a taker.

    Whatever is wrong, all of it is read: a browser shows no answer to what it is still sending.
    """
    kind, parameters = parse_options_header(request.headers.get("content-type", ""))
    boundary = parameters.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BrokenForm
    reader = _Reader(takes)
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reader.begin,
            "on_header_field": reader.header_field,
            "on_header_value": reader.header_value,
            "on_header_end": reader.header_end,
            "on_part_data": reader.data,
            "on_part_end": reader.part_end,
            "on_end": reader.end,
        },
    )
    wrong: Exception | None = None
    async for chunk in request.stream():
        if wrong is None:
            wrong = _wrong_with(parser, chunk)
    if isinstance(wrong, SheetError | SeveralFiles | OSError):
        raise wrong
    if wrong is not None or not reader.is_whole:
        raise BrokenForm from wrong
    return reader.fields


def _wrong_with(parser: MultipartParser, chunk: bytes) -> Exception | None:
    try:
        parser.write(chunk)
    except (FormParserError, BrokenForm, SheetError, OSError) as error:
        return error
    return None
