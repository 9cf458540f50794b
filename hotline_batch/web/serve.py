"""Settings -> the page, served until somebody ends it; or the page that is served already, opened once more."""

from __future__ import annotations

import json
import logging
import os
import socket
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout
from starlette.applications import Starlette
from uvicorn import Config, Server

from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.private_files import make_private_folder, replace_text
from hotline_batch.settings.load import readable_settings
from hotline_batch.web.app import close_app, make_app
from hotline_batch.web.guard.local_door import OPEN, AccessKeys, LocalDoor
from hotline_batch.web.site import HOST, Site, mark_of

_SECONDS_TO_START = 60.0
_LOOK_EVERY_SECONDS = 0.05
_BACKLOG = 128
_SECONDS_FOR_ANSWERS = 3

_log = logging.getLogger(__name__)


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
        replace_text(file, json.dumps({"port": last, "is_serving": False}))
        yield Serving(is_ours=True, port=last)
    finally:
        replace_text(file, json.dumps({"port": _port(file), "is_serving": False}))
        lock.release()


def tell_port(folder: Path, port: int) -> None:
    """Say where the page is served from now on."""
    replace_text(folder / "server.json", json.dumps({"port": port, "is_serving": True}))


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


def listen(port: int | None, last: int) -> socket.socket:
    """Listen on ``port``; without one where it was last, so that open pages and bookmarks hold, else anywhere.

    SettingsError where the port that was asked for is taken.
    """
    if port:
        try:
            return _listen(port)
        except OSError as error:
            raise SettingsError(
                words(
                    "The page cannot be served on port {port}: {reason}. Choose another port.",
                    port=port,
                    reason=reason_of(error),
                )
            ) from None
    if last:
        with suppress(OSError):
            return _listen(last)
    return _listen(0)


def _listen(port: int) -> socket.socket:
    # asyncio sends small packets at once only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            # Elsewhere than on Windows this lets a restart have the port back at once, and nobody share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


@dataclass(frozen=True, slots=True)
class Opened:
    """An address that opens the page once. ``is_new``: it is served from here, and was not before."""

    address: str
    is_new: bool


def serve_page(
    tell: Callable[[Opened], None],
    *,
    config: str | None = None,
    ledger: str | None = None,
    port: int | None = None,
    opens_browser: bool = True,
) -> None:
    """Serve the page on this machine until it is ended; where it is served already, open it and return.

    ``tell`` is called once it can be opened. SettingsError where it cannot be told which ledger is meant, or where the
    port is taken.
    """
    mark = mark_of(readable_settings(config=config, ledger=ledger)[0])
    folder = folder_of(mark)
    keys = AccessKeys(folder)
    with one_that_serves(folder) as serving:
        if not serving.is_ours:
            _open(serving.port, keys, tell, is_new=False, opens_browser=opens_browser)
            return
        with listen(port, serving.port) as listener:
            used = listener.getsockname()[1]
            site = Site(used, mark, config=config, ledger=ledger)
            app = make_app(site, LocalDoor(site, keys))
            server = Server(server_config(app))
            app.state.end = lambda: setattr(server, "should_exit", True)
            tell_port(folder, used)
            # It listens already: whoever comes before the server looks is served then.
            _open(used, keys, tell, is_new=True, opens_browser=opens_browser)
            _log.info("page served", extra={"port": used})
            with suppress(KeyboardInterrupt):  # which is how a person ends it
                server.run(sockets=[listener])
            close_app(app)
            _log.info("page ended")


def _open(port: int, keys: AccessKeys, tell: Callable[[Opened], None], *, is_new: bool, opens_browser: bool) -> None:
    address = f"http://{HOST}:{port}{OPEN}?key={keys.new_key()}"
    tell(Opened(address, is_new=is_new))
    if opens_browser:
        webbrowser.open(address)


def server_config(app: Starlette) -> Config:
    """How the page is served: to this machine alone, without a word of its own."""
    return Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SECONDS_FOR_ANSWERS,
    )
