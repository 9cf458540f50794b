"""Files and folders that nobody but this user opens; each file is replaced as a whole."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make_private_folder(folder: Path) -> Path:
    """The folder, made if it is not there, open to its owner alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def write_private(path: Path, text: str) -> None:
    """Put the text there in one step, as it stands: a reader finds the old text or the new one, never half of it.

    It is on the disk when this returns. Raises OSError; the old text stays then.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
