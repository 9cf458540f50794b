"""The stream of an .xls [MS-XLS] -> its records, and what those at its beginning say of the whole workbook."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from hotline_batch.language.words import words
from hotline_batch.sheets.excel.values import NumberFormats
from hotline_batch.sheets.excel.xls.texts import byte_text, encoding_of, shared_texts, wide_text

BEGIN: Final = 0x0809
END: Final = 0x000A
CONTINUES: Final = 0x003C
_LOCKED: Final = 0x002F
_CODE_PAGE: Final = 0x0042
_DATE_MODE: Final = 0x0022
_WINDOW: Final = 0x003D
_SHEET: Final = 0x0085
_FORMAT: Final = 0x041E
_STYLE: Final = 0x00E0
_SHARED_TEXTS: Final = 0x00FC
_RECALCULATED_BY: Final = 0x01C1

_ABOUT_THE_WORKBOOK: Final = frozenset(
    {_CODE_PAGE, _DATE_MODE, _WINDOW, _SHEET, _FORMAT, _STYLE, _SHARED_TEXTS, _RECALCULATED_BY}
)

_RECORD: Final = struct.Struct("<HH")
_UNICODE_FROM_VERSION: Final = 0x0600
_A_WORKSHEET: Final = 0x0010


class Locked(ValueError):
    """A password locks the workbook."""


class XlsSheet(NamedTuple):
    """One sheet: where its records begin; ``kind`` 0 is a worksheet, others are charts and macros."""

    name: str
    position: int
    is_visible: bool
    kind: int


@dataclass(frozen=True, slots=True)
class XlsGlobals:
    """The beginning of the stream. ``encoding`` is that of old texts, empty where the file names none.

    ``was_calculated``: a spreadsheet program computed the values, so that an empty result of a formula is one.
    """

    is_unicode: bool
    encoding: str
    counts_from_1904: bool
    active: int
    sheets: Sequence[XlsSheet]
    formats: NumberFormats
    was_calculated: bool
    shared_texts_at: int


def records(stream: bytes, position: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Kind, position and content of each record. A last one that is cut off is given as far as it goes."""
    while position + _RECORD.size <= len(stream):
        kind, length = _RECORD.unpack_from(stream, position)
        start = position
        position += _RECORD.size
        yield kind, start, stream[position : position + length]
        position += length


def substream(stream: bytes, position: int) -> Iterator[tuple[int, int, bytes]]:
    """The records of one sheet, or of the workbook itself, without those of charts that are laid over it.

    ValueError where its end is missing, and perhaps rows with it.
    """
    depth = 0
    for kind, start, record in records(stream, position):
        if kind == END:
            depth -= 1
            if depth <= 0:
                return
        elif kind == BEGIN:
            depth += 1
        if depth == 1:
            yield kind, start, record
    raise ValueError(words("its end is missing"))


def shared_texts_at(stream: bytes, position: int) -> list[str]:
    """The table of shared texts; empty where there is none."""
    if position < 0:
        return []
    pieces: list[bytes] = []
    for kind, _, record in records(stream, position):
        if pieces and kind != CONTINUES:
            break
        pieces.append(record)
    return list(shared_texts(pieces))


def read_globals(stream: bytes) -> XlsGlobals:
    """What the beginning says. Locked where a password is needed; ValueError where it is no workbook."""
    kind, _, first = next(records(stream), (0, 0, b""))
    if kind != BEGIN or len(first) < 4:
        raise ValueError(words("it does not begin as a workbook does"))
    version, content = struct.unpack_from("<HH", first)
    is_unicode = version >= _UNICODE_FROM_VERSION
    found: dict[int, list[tuple[int, bytes]]] = {}
    for kind, start, record in substream(stream, 0):
        if kind == _LOCKED:
            raise Locked
        if kind in _ABOUT_THE_WORKBOOK:
            found.setdefault(kind, []).append((start, record))

    def number(kind: int, place: int, otherwise: int) -> int:
        _, record = found.get(kind, [(0, b"")])[-1]
        return int.from_bytes(record[place : place + 2], "little") if len(record) >= place + 2 else otherwise

    encoding = encoding_of(number(_CODE_PAGE, 0, 0))
    # Some programs write a bare worksheet without a workbook around it.
    sheets = [XlsSheet("Sheet1", 0, is_visible=True, kind=0)] if content == _A_WORKSHEET else []
    return XlsGlobals(
        is_unicode,
        encoding,
        number(_DATE_MODE, 0, 0) == 1,
        number(_WINDOW, 10, 0),
        [*sheets, *(_sheet(record, encoding, is_unicode=is_unicode) for _, record in found.get(_SHEET, ()))],
        NumberFormats(
            (int.from_bytes(record[2:4], "little") for _, record in found.get(_STYLE, ())),
            dict(_format(record, encoding, is_unicode=is_unicode) for _, record in found.get(_FORMAT, ())),
        ),
        _RECALCULATED_BY in found,
        found.get(_SHARED_TEXTS, [(-1, b"")])[0][0],
    )


def _format(record: bytes, encoding: str, *, is_unicode: bool) -> tuple[int, str]:
    """Number and code of a format."""
    number = int.from_bytes(record[:2], "little")
    if is_unicode:
        return number, wide_text(record, 4, int.from_bytes(record[2:4], "little"))[0]
    # What a format says in letters beyond ASCII, such as a currency, decides nothing.
    return number, record[3:].decode(encoding or "cp1252", "replace")


def _sheet(record: bytes, encoding: str, *, is_unicode: bool) -> XlsSheet:
    (position,) = struct.unpack_from("<I", record)
    if is_unicode:
        name = wide_text(record, 7, record[6])[0]
    else:
        name = byte_text(record[7 : 7 + record[6]], encoding or "cp1252")
    return XlsSheet(name, position, record[4] & 3 == 0, record[5])
