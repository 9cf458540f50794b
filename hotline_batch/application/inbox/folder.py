"""A watched folder -> its id, which lies in it: the same for all machines, by whatever path they reach it.

Beside the id stands the ledger that knows what was sent from the folder.
"""

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
_LEDGER = "ledger "


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is served: where it lies for this machine, and its id."""

    path: Path
    id: str


def open_folder(path: Path, subfolders: tuple[str, ...], ledger: str | None = None) -> Folder:
    """The folder with these subfolders and its id; what is missing is made. OutputError where it cannot be used.

    ``ledger`` is the id of the one that messages are sent with from now on: another one may not be there already, since
    each would have every file sent, and know nothing of what the other has sent of it.
    """
    path = path.resolve()
    try:
        for name in subfolders:
            (path / name).mkdir(exist_ok=True)
        folder = Folder(path, _id_of(path / ID_NAME))
        if ledger is not None:
            _check_ledger(folder, ledger)
    except OSError as error:
        said = reason_of(error)
        raise OutputError(
            words("{path} cannot be served: {said}. Files are moved within it.", path=path, said=said)
        ) from None
    return folder


def _check_ledger(folder: Folder, ledger: str) -> None:
    """OutputError where messages are sent from the folder with another ledger; from now on it is this one's."""
    place = folder.path / ID_NAME
    if _ledger_of(place) is None:
        with suppress(PermissionError), place.open("a", encoding="utf-8") as file:
            file.write(f"{_LEDGER}{ledger}\n")
    if (known := _ledger_of(place)) is not None and known != ledger:
        raise OutputError(
            words(
                "{path} is served with another ledger, which knows what was sent from there; with this one it would be "
                "sent again. Name that ledger. Only if it was given up for good, and nobody serves the folder: delete "
                "{file} in it.",
                path=folder.path,
                file=ID_NAME,
            )
        )


def _ledger_of(place: Path) -> str | None:
    """The ledger that was written there first: of two who begin at one moment, one is right."""
    lines = place.read_text("utf-8", "replace").splitlines()
    return next((line.removeprefix(_LEDGER) for line in lines if line.startswith(_LEDGER)), None)


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
