"""A path or standard input -> a private copy whose bytes no longer change, and its SHA-256.

The copy is an unnamed temporary file that only this user can read; small sheets stay in memory. A sheet that is edited
or removed during a run therefore changes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import io
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, step

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STANDARD_INPUT = "-"
LARGEST_FILE_BYTES = 2 * 1024**3
_KEPT_IN_MEMORY_BYTES = 4 * 1024**2
_CHUNK_BYTES = 1024**2


class _View(io.RawIOBase):
    """An independent reading position in a shared file; closing the view leaves the file open."""

    def __init__(self, file: IO[bytes], end: int) -> None:
        super().__init__()
        self._file = file
        self._end = end
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._end
        if offset < 0:
            # What a file answers, and what zipfile expects of one that is shorter than it hoped.
            raise OSError(errno.EINVAL, "seek before the start")
        self._position = offset
        return offset

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        self._file.seek(self._position)
        data = self._file.read(max(0, min(len(view), self._end - self._position)))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The bytes of one input. ``name`` is what messages call it; ``path`` is None for standard input."""

    name: str
    path: Path | None
    size: int
    fingerprint: str
    file: IO[bytes]

    def open(self, end: int | None = None) -> io.BufferedReader:
        """A new reading from the first byte, to ``end`` if given; any number may be open at once, in one thread."""
        return io.BufferedReader(_View(self.file, self.size if end is None else end), 256 * 1024)

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes."""
        with self.open() as file:
            return file.read(size)

    def close(self) -> None:
        """Remove the copy."""
        self.file.close()


def take_snapshot(path: str | Path, called: str = "") -> Snapshot:
    """Copy and fingerprint the input; ``-`` is standard input. SheetError for whatever is not a readable file.

    ``called`` is what messages call it, where that is not its file name.
    """
    if str(path) == STANDARD_INPUT:
        with _source_errors(words("standard input")):
            return _copy(_standard_input(), words("standard input"), None)
    path = Path(path)
    name = called or path.name or str(path)
    if name.startswith("~$"):
        raise SheetError(
            words(
                "{name} is the small file that Excel keeps while {name_2} is open; it holds no rows. Name {name_2}.",
                name=name,
                name_2=name[2:],
            )
        )
    with _source_errors(name):
        _require_regular_file(path, name)
        with path.open("rb") as source:
            return _copy(source, name, path)


def is_unchanged(path: Path, fingerprint: str) -> bool:
    """Whether the file still is the one with this SHA-256; False also for one that can no longer be read."""
    try:
        return fingerprint_of(path) == fingerprint
    except OSError:
        return False


def fingerprint_of(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _source_errors(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise SheetError(words("There is no file {name}. Check the name and the folder.", name=name)) from error
    except PermissionError as error:
        raise SheetError(
            words(
                "{name} may not be read. Close it in the spreadsheet program, or ask for permission to read it.",
                name=name,
            )
        ) from error
    except (OSError, ValueError) as error:
        raise SheetError(
            words("{name} cannot be read: {error}. Copy it to this computer and try again.", name=name, error=error)
        ) from error


def _require_regular_file(path: Path, name: str) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise SheetError(words("{name} is a folder.", name=name), step(NextStep.WATCH_FOLDER))
    if not stat.S_ISREG(mode):
        raise SheetError(
            words("{name} is a pipe or a device, not a file. Pass '-' to read CSV from standard input.", name=name)
        )


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise SheetError(words("There is no standard input here. Name a file instead of '-'."))
    return sys.stdin.buffer


def _copy(source: BinaryIO, name: str, path: Path | None) -> Snapshot:
    digest = hashlib.sha256()
    size = 0
    copy = tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as the sheet
    try:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > LARGEST_FILE_BYTES:
                raise SheetError(  # noqa: TRY301 - the copy is removed below, like after any other failure
                    words(
                        "{name} is larger than {largest_file_bytes} GB. Split it into smaller sheets.",
                        name=name,
                        largest_file_bytes=LARGEST_FILE_BYTES // 1024**3,
                    )
                )
            digest.update(chunk)
            copy.write(chunk)
    except BaseException:
        copy.close()
        raise
    return Snapshot(name, path, size, digest.hexdigest(), copy)
