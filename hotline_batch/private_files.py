"""Files that are replaced as a whole, and folders: open to nobody but this user, where nothing else is said."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def make_private_folder(folder: Path) -> Path:
    """The folder, made if it is not there, open to its owner alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def replace_text(path: Path, text: str, *, is_private: bool = True) -> None:
    """Put the text there in one step, as it stands: a reader finds the old text or the new one, never half of it.

    It is on the disk when this returns. A file that is not ``is_private`` is open to whom it was open before. Raises
    OSError; the old text stays then.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if is_private else 0o666)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not is_private:
            with suppress(FileNotFoundError):
                part.chmod(stat.S_IMODE(path.stat().st_mode))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
