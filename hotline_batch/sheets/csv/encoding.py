"""The bytes of a text file -> its encoding, checked to the last byte. Nothing is guessed silently."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.errors import SheetError, SheetQuestion
from hotline_batch.language.words import words
from hotline_batch.model.sheets import Dialect
from hotline_batch.next_step import NextStep, step
from hotline_batch.sheets.snapshot import Snapshot

# The longer mark first: the one of UTF-32 LE begins like that of UTF-16 LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = ("cp1252", "cp1251", "cp1250", "mac_roman")
"""What spreadsheet programs of Western, Cyrillic and Central European Windows, and of the Mac, write."""
_GUESSED = ("cp1252", "cp1251")
_UNMARKED = {
    "utf-16-le": "UTF-16 (little-endian)",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32 (little-endian)",
    "utf-32-be": "UTF-32 (big-endian)",
}
"""Encodings that are known by where their zero bytes stand: those of digits, delimiters and line ends."""
_CHUNK_BYTES = 1024**2
_GUESS_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Candidate:
    """An encoding that can read the text around the first strange byte, and what it says there."""

    encoding: str
    sample: str


class EncodingQuestion(SheetQuestion):
    """The text is not UTF-8; a person can be asked which of the samples looks right, the likeliest first."""

    def __init__(self, message: str, candidates: Sequence[Candidate]) -> None:
        best = candidates[0]
        super().__init__(
            words(
                "{message} Read as {encoding} it says: {sample}.",
                message=message,
                encoding=best.encoding,
                sample=best.sample,
            ),
            step(NextStep.USE_ENCODING, encoding=best.encoding),
        )
        self.candidates = tuple(candidates)


def find_encoding(snapshot: Snapshot, asked: str | None) -> str:
    """The Python codec that reads the whole file: the one asked for, else by byte order mark, else UTF-8.

    SheetError where a byte cannot be read or a NUL stands in the text; never another codec instead.
    """
    head = snapshot.head(_GUESS_BYTES)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    unmarked = None if marked else _unmarked_encoding(head)
    if unmarked and not asked:
        raise _unmarked_question(snapshot.name, unmarked, head)
    encoding = _codec(asked, marked, unmarked) if asked else marked or "utf-8"
    _check_every_byte(snapshot, encoding, asked=asked is not None)
    return encoding


def text_end(snapshot: Snapshot, encoding: str) -> int:
    """Where the text of a file ends: before the Ctrl-Z (0x1A) with which DOS programs close a file, once or often."""
    if encoding.startswith(("utf-16", "utf-32")):
        return snapshot.size
    start = max(0, snapshot.size - 4096)
    with snapshot.open() as file:
        file.seek(start)
        tail = file.read()
    kept = len(tail.rstrip(b"\x1a\r\n"))
    mark = tail.find(b"\x1a", kept)
    return snapshot.size if mark < 0 else start + mark


def _unmarked_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark: nearly all zero bytes stand at the same place of each unit."""
    zeros = [head[place::4].count(0) for place in range(4)]
    units = len(head) // 4
    if units < 2 or sum(zeros) < max(2, units // 10):
        return None
    if min(zeros[2], zeros[3]) > 0.9 * units > 9 * zeros[0]:
        return "utf-32-le"
    if min(zeros[0], zeros[1]) > 0.9 * units > 9 * zeros[3]:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if 10 * min(even, odd) > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _unmarked_question(name: str, encoding: str, head: bytes) -> EncodingQuestion:
    text = head.decode(encoding, "replace")
    candidate = Candidate(encoding, _printable(re.split("[\r\n]", text.lstrip())[0][:60]))
    return EncodingQuestion(
        words("{name} is {encoding} without a byte order mark.", name=name, encoding=_UNMARKED[encoding]), [candidate]
    )


def _shown(codec: str) -> str:
    return Dialect("csv", codec).shown_encoding


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _codec(asked: str, marked: str | None, unmarked: str | None) -> str:
    try:
        "".encode(asked)
        encoding = codecs.lookup(asked).name
        # Some codecs are not for texts, such as idna: they know no way past a byte that cannot be read.
        codecs.getincrementaldecoder(encoding)("ignore").decode(b"\xff", final=True)
    except (LookupError, ValueError) as error:
        raise SheetError(
            words(
                "'{asked}' is not an encoding that is known here. Pass one such as utf-8, cp1252, cp1251 or utf-16.",
                asked=asked,
            )
        ) from error
    if encoding == "utf-16" and unmarked:
        return unmarked  # without a mark, Python takes the byte order of this machine
    return "utf-8-sig" if encoding == "utf-8" and marked == "utf-8-sig" else encoding


def _check_every_byte(snapshot: Snapshot, encoding: str, *, asked: bool) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    end = 0
    with snapshot.open() as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                end += len(chunk)
                if "\0" in decoder.decode(chunk):
                    raise SheetError(
                        words(
                            "{snapshot} holds NUL characters, so it is not plain text in {shown}. Save the sheet again "
                            "as 'CSV UTF-8' or as XLSX.",
                            snapshot=snapshot.name,
                            shown=_shown(encoding),
                        )
                    )
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            position = end - len(error.object) + error.start
            raise _unreadable(snapshot, encoding, position, asked=asked) from error
        except (UnicodeError, LookupError, ValueError) as error:
            raise SheetError(
                words(
                    "{snapshot} cannot be read as {shown}: {error}.",
                    snapshot=snapshot.name,
                    shown=_shown(encoding),
                    error=error,
                ),
                step(NextStep.NAME_ENCODING),
            ) from error


def _unreadable(snapshot: Snapshot, encoding: str, position: int, *, asked: bool) -> SheetError:
    line = _line_of(snapshot, encoding, position)
    with snapshot.open() as file:
        file.seek(max(0, position - 200))
        around = file.read(_GUESS_BYTES)
    bad = around[min(position, 200) : min(position, 200) + 1]
    what = words("byte {byte}", byte=f"0x{bad.hex().upper()}") if bad else words("a character that is cut off")
    if asked:
        said = words(
            "{snapshot} cannot be read as {shown}: line {line} holds {what}.",
            snapshot=snapshot.name,
            shown=_shown(encoding),
            line=line,
            what=what,
        )
        return SheetError(said, step(NextStep.NAME_ENCODING))
    if encoding == "utf-8" and not _is_mostly_utf8(around):
        candidates = _candidates(around, position)
        return EncodingQuestion(
            words("{snapshot} is not UTF-8: line {line} holds {what}.", snapshot=snapshot.name, line=line, what=what),
            candidates,
        )
    return SheetError(
        words(
            "{snapshot} is damaged: line {line} holds {what}, which is not valid {shown}. Correct that line, "
            "or save the sheet again as 'CSV UTF-8' or as XLSX.",
            snapshot=snapshot.name,
            line=line,
            what=what,
            shown=_shown(encoding),
        )
    )


def _line_of(snapshot: Snapshot, encoding: str, position: int) -> int:
    decoder = codecs.getincrementaldecoder(encoding)("ignore")
    line, ended_in_return = 1, False
    with snapshot.open() as file:
        while position > 0 and (chunk := file.read(min(position, _CHUNK_BYTES))):
            position -= len(chunk)
            text = decoder.decode(chunk)
            line += text.count("\n") + text.count("\r") - text.count("\r\n")
            if ended_in_return and text.startswith("\n"):
                line -= 1
            ended_in_return = text.endswith("\r")
    return line


def _is_mostly_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text if character > "\x7f") - bad
    return good > bad


def _candidates(around: bytes, position: int) -> list[Candidate]:
    """The likely encodings, the likeliest first, each with the text around the first strange byte as it reads it."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - costs 0.05 s, and only doubtful texts need it

    best = from_bytes(around, cp_isolation=list(_GUESSED)).best()
    first = best.encoding if best and best.encoding in _GUESSED else _CODE_PAGES[0]
    start = min(position, 200)
    before = re.split(rb"[\r\n]", around[:start])[-1][-30:]
    after = re.split(rb"[\r\n]", around[start : start + 30])[0]
    found: list[Candidate] = []
    for encoding in sorted(_CODE_PAGES, key=lambda name: name != first):
        text = (before + after).decode(encoding, "replace")
        if "\ufffd" not in text:
            shown = _printable(text)
            if shown not in {candidate.sample for candidate in found}:
                found.append(Candidate(encoding, shown))
    return found or [Candidate(first, (before + after).decode(first, "replace").strip())]
