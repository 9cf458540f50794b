"""A file that appears whole or not at all, readable by its owner alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from hotline_batch.results.part_files import part_file, tidy

_LONGEST_NAME_BYTES = 255
_MOST_SIBLINGS = 99

# A file system without hard links says so in one of these ways.
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def write_whole(
    path: Path, write: Callable[[BinaryIO], None], *, replace: bool, own_siblings: Collection[str] = ()
) -> Path:
    """Let ``write`` fill a file beside ``path``, then put it there in one step; the path that was used is returned.

    Where ``path`` cannot be replaced (open in a spreadsheet program, turned into a folder, or there already without
    ``replace``), the file appears beside it as ``name (2).ext``, where one of ``own_siblings`` is replaced. A symbolic
    link is replaced, its target untouched. OSError where nothing could be written; then nothing is left behind, nor
    what a writer left there that was killed.
    """
    tidy(path.parent)
    with part_file(path.parent) as part:
        write(part.stream)
        part.stream.flush()
        os.fsync(part.stream.fileno())
        part.stream.close()  # some systems rename no open file
        published = _publish(part.path, path, replace=replace, own_siblings=own_siblings)
    _sync_folder(path.parent)
    return published


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
