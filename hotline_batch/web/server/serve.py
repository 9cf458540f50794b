"""Settings -> the page, served until somebody ends it; or the page that is served already, opened once more."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.applications import Starlette
from uvicorn import Config, Server

from hotline_batch.settings.load import readable_settings
from hotline_batch.web.app import close_app, make_app
from hotline_batch.web.guard.access_keys import AccessKeys
from hotline_batch.web.guard.local_door import OPEN, LocalDoor
from hotline_batch.web.server.listening import listen
from hotline_batch.web.server.place import folder_of, one_that_serves, tell_port
from hotline_batch.web.site import HOST, Site, mark_of

_SECONDS_FOR_ANSWERS = 3

_log = logging.getLogger(__name__)


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
            site = Site(folder, used, mark, config=config, ledger=ledger)
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
