"""A file that appears whole or not at all, readable by its owner alone."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_LONGEST_NAME_BYTES = 255
_MOST_SIBLINGS = 99

# A file system without hard links says so in one of these ways.
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def write_whole(path: Path, write: Callable[[BinaryIO], None], *, replace: bool) -> Path:
    """Let ``write`` fill a file beside ``path``, then put it there in one step; the path that was used is returned.

    Where ``path`` cannot be replaced (open in a spreadsheet program, turned into a folder, or there already without
    ``replace``), the file appears beside it as ``name (2).ext``. A symbolic link is replaced, its target untouched.
    OSError where nothing could be written; then nothing is left behind.
    """
    part = path.parent / f".hotline-batch-{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(_open_new(part), "w+b") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        published = _publish(part, path, replace=replace)
    finally:
        with suppress(OSError):  # the folder may have turned read-only; the first error is the one to tell
            part.unlink()
    _sync_folder(path.parent)
    return published


def try_to_write_in(folder: Path) -> None:
    """OSError if no file can be made in this folder; asks the file system itself, since permissions do not tell all."""
    probe = folder / f".hotline-batch-{secrets.token_hex(8)}.part"
    os.close(_open_new(probe))
    probe.unlink()


def sibling_of(path: Path, number: int) -> Path:
    """``results.xlsx`` -> ``results (2).xlsx``; the stem is shortened where the name would grow too long."""
    stem = path.stem
    while len(os.fsencode(name := f"{stem} ({number}){path.suffix}")) > _LONGEST_NAME_BYTES and stem:
        stem = stem[:-1]
    return path.with_name(name)


def _open_new(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def _publish(part: Path, path: Path, *, replace: bool) -> Path:
    try:
        if replace:
            part.replace(path)
        else:
            _give_new_name(part, path)
    except OSError as refused:
        for number in range(2, _MOST_SIBLINGS + 1):
            with suppress(FileExistsError):
                _give_new_name(part, sibling_of(path, number))
                return sibling_of(path, number)
        raise refused from None
    return path


def _give_new_name(part: Path, path: Path) -> None:
    """Rename without ever replacing: a hard link fails where the name is taken, a rename would not."""
    try:
        os.link(part, path)
    except OSError as refused:
        if refused.errno not in _NO_HARD_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        part.rename(path)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut. Some systems cannot open folders; there the rename has to do."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
