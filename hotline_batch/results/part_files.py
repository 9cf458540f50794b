"""Hidden files that become a result or nothing: held by their writer as long as it lives, tidied after its death."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_PREFIX, _SUFFIX = ".hotline-batch-", ".part"
_NAME_BYTES = 8
_MOST_TRIES = 100
_LONG_AGO_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class PartFile:
    """A new file, for its owner alone."""

    path: Path
    stream: BinaryIO


@contextmanager
def part_file(folder: Path) -> Iterator[PartFile]:
    """A new hidden file in a folder, removed at the end unless it was given another name. OSError where none can be.

    It is held until then, also when its stream is closed.
    """
    path, descriptor = _made(folder)
    holder = None if sys.platform == "win32" else os.dup(descriptor)
    stream = os.fdopen(descriptor, "w+b")
    try:
        yield PartFile(path, stream)
    finally:
        with suppress(OSError):  # a full disk: the first error is the one to tell
            stream.close()
        with suppress(OSError):  # it has its name, or the folder turned read-only
            path.unlink()
        if holder is not None:
            os.close(holder)


def tidy(folder: Path) -> None:
    """Remove what writers left there who were killed: it holds customers' rows. A living writer's file stays."""
    with suppress(OSError), os.scandir(folder) as entries:
        for name in [entry.name for entry in entries if _is_ours(entry.name)]:
            with suppress(OSError):
                _remove_if_left(folder / name)


def _made(folder: Path) -> tuple[Path, int]:
    for _ in range(_MOST_TRIES):
        path = folder / f"{_PREFIX}{secrets.token_hex(_NAME_BYTES)}{_SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        if _is_held(descriptor) and _is_still_there(path, descriptor):
            return path, descriptor
        os.close(descriptor)  # another process took it for a dead writer's before it was held
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))


def _remove_if_left(path: Path) -> None:
    if sys.platform == "win32":
        # Refused while its writer has it open; for a moment before it gets its name, nobody has.
        if time.time() - path.stat().st_mtime > _LONG_AGO_SECONDS:
            path.unlink()
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return
        _lock(descriptor)
        if _is_still_there(path, descriptor):
            path.unlink()
    finally:
        os.close(descriptor)


def _is_ours(name: str) -> bool:
    inner = name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    is_hex = len(inner) == 2 * _NAME_BYTES and all(letter in "0123456789abcdef" for letter in inner)
    return is_hex and name == f"{_PREFIX}{inner}{_SUFFIX}"


def _is_still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _is_held(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks: nobody tidies there either
    return True


def _lock(descriptor: int) -> None:
    """Hold a file until its descriptors are closed, as they are by a death. OSError where another process holds it."""
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - not on Windows, where whoever has a file open holds it

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
