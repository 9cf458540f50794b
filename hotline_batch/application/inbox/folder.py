"""A watched folder -> its id, which lies in it: the same for all machines, by whatever path they reach it."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotline_batch.errors import OutputError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words

ID_NAME = ".hotline-batch.inbox"

_TOLD = "The ledger knows this folder by the line above. Leave this file where it is.\n"
# Whoever has made the file a moment ago is about to write into it.
_SECONDS_TO_WRITE = 5.0
_A_MOMENT_SECONDS = 0.02
_ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is served: where it lies for this machine, and its id."""

    path: Path
    id: str


def open_folder(path: Path, subfolders: tuple[str, ...]) -> Folder:
    """The folder with these subfolders and its id; what is missing is made. OutputError where it cannot be used."""
    path = path.resolve()
    try:
        for name in subfolders:
            (path / name).mkdir(exist_ok=True)
        return Folder(path, _id_of(path / ID_NAME))
    except OSError as error:
        said = reason_of(error)
        raise OutputError(
            words("{path} cannot be served: {said}. Files are moved within it.", path=path, said=said)
        ) from None


def _id_of(place: Path) -> str:
    with suppress(FileExistsError):
        # Whoever may read the folder may serve it, too.
        descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{secrets.token_hex(_ID_DIGITS // 2)}\n{_TOLD}")
            file.flush()
            os.fsync(file.fileno())
    until = time.monotonic() + _SECONDS_TO_WRITE
    while True:
        found, line_end, _ = place.read_text("utf-8", "replace").partition("\n")
        if line_end and len(found) == _ID_DIGITS:
            return found
        if time.monotonic() > until:  # who made it was killed right then, or somebody wrote into it
            place.unlink(missing_ok=True)
            return _id_of(place)
        time.sleep(_A_MOMENT_SECONDS)
