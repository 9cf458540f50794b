"""A file that appears whole or not at all, readable by its owner alone, or by whoever may read its folder.

It grows in a hidden file beside its place, which its writer holds as long as it lives; what dead ones left is tidied.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_PREFIX, _SUFFIX = ".hotline-batch-", ".part"
_NAME_BYTES = 8
_MOST_TRIES = 100
_LONG_AGO_SECONDS = 3_600.0
_LONGEST_NAME_BYTES = 255
_MOST_SIBLINGS = 99
_MAY_READ = stat.S_IRGRP | stat.S_IROTH

# A file system without hard links says so in one of these ways.
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def write_whole(
    path: Path,
    write: Callable[[BinaryIO], None],
    *,
    replace: bool,
    own_siblings: Collection[str] = (),
    as_folder: bool = False,
) -> Path:
    """Let ``write`` fill a file beside ``path``, then put it there in one step; the path that was used is returned.

    Where ``path`` cannot be replaced (open in a spreadsheet program, turned into a folder, or there already without
    ``replace``), the file appears beside it as ``name (2).ext``, where one of ``own_siblings`` is replaced. A symbolic
    link is replaced, its target untouched. ``as_folder``: whoever may read the folder may read the file; else its owner
    alone. OSError where nothing could be written; then nothing is left behind, nor
    what a writer left there that was killed.
    """
    tidy(path.parent)
    with part_file(path.parent) as part:
        write(part.stream)
        part.stream.flush()
        os.fsync(part.stream.fileno())
        if as_folder:
            _open_as_folder(part.path)
        part.stream.close()  # some systems rename no open file
        published = _publish(part.path, path, replace=replace, own_siblings=own_siblings)
    _sync_folder(path.parent)
    return published


def _open_as_folder(file: Path) -> None:
    """Let those read the file who may read its folder; on Windows they may, by what the folder hands down."""
    if os.name == "nt":
        return
    folder = file.parent.stat()
    with suppress(OSError):  # of a group that this user is not in; the folder's owner may have it so
        os.chown(file, -1, folder.st_gid)
    with suppress(OSError):  # a file system without permissions
        file.chmod(0o600 | (folder.st_mode & _MAY_READ))


def try_to_write_in(folder: Path) -> None:
    """OSError if no file can be made in this folder; asks the file system itself, since permissions do not tell all."""
    tidy(folder)
    with part_file(folder):
        pass


def sibling_of(path: Path, number: int) -> Path:
    """``results.xlsx`` -> ``results (2).xlsx``; the stem is shortened where the name would grow too long."""
    stem = path.stem
    while len(os.fsencode(name := f"{stem} ({number}){path.suffix}")) > _LONGEST_NAME_BYTES and stem:
        stem = stem[:-1]
    return path.with_name(name)


def _publish(part: Path, path: Path, *, replace: bool, own_siblings: Collection[str]) -> Path:
    try:
        if replace:
            part.replace(path)
        else:
            _give_new_name(part, path)
    except OSError as refused:
        for sibling in (sibling_of(path, number) for number in range(2, _MOST_SIBLINGS + 1)):
            with suppress(FileExistsError):
                if str(sibling) in own_siblings:
                    part.replace(sibling)
                else:
                    _give_new_name(part, sibling)
                return sibling
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
