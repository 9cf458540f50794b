"""A ledger -> the folder of its page, and who serves it now."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.private_files import make_private_folder, write_private

_SECONDS_TO_START = 10.0
_LOOK_EVERY_SECONDS = 0.05


def folder_of(mark: str) -> Path:
    """Where the page of a ledger keeps what is its own, for this user alone."""
    return make_private_folder(platformdirs.user_state_path("hotline-batch", appauthor=False) / "page" / mark)


@dataclass(frozen=True, slots=True)
class Serving:
    """Whether this process is the one that serves, and the port: the last one that was used, or of whoever serves."""

    is_ours: bool
    port: int


@contextmanager
def one_that_serves(folder: Path) -> Iterator[Serving]:
    """Within: nobody else serves the page of this folder, or somebody does, and the port says where.

    The lock ends with the process that holds it, whatever ends it: a port that is told here belongs to no stranger.
    """
    lock, file = FileLock(folder / "server.lock", mode=0o600), folder / "server.json"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield Serving(is_ours=False, port=_port_of_other(file))
        return
    last = _port(file)
    try:
        write_private(file, json.dumps({"port": last, "is_serving": False}))
        yield Serving(is_ours=True, port=last)
    finally:
        write_private(file, json.dumps({"port": _port(file), "is_serving": False}))
        lock.release()


def tell_port(folder: Path, port: int) -> None:
    """Say where the page is served from now on."""
    write_private(folder / "server.json", json.dumps({"port": port, "is_serving": True}))


def _port_of_other(file: Path) -> int:
    ends_at = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < ends_at:
        found = _read(file)
        if found.get("is_serving"):
            return _port(file)
        time.sleep(_LOOK_EVERY_SECONDS)
    raise SettingsError(
        words("The page is being opened by another process that does not get on. End that one, then try again.")
    )


def _port(file: Path) -> int:
    port = _read(file).get("port")
    return port if isinstance(port, int) and 0 < port < 65536 else 0


def _read(file: Path) -> dict[str, object]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
