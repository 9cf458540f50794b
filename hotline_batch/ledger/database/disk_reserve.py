"""Room on the disk that is given back when the disk is full."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_RESERVE_BYTES = 1 << 20


def make_reserve(path: Path) -> None:
    """Make the file unless it is there; what is known of the rows in flight can still be written when it is removed.

    Where there is no room for it, a full disk costs some certainty, never a second message.
    """
    if path.exists():
        return
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    except OSError:
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_RESERVE_BYTES))  # zeros take no room on a file system that compresses
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
