"""Settings -> the page of an office, served behind the site's own proxy until it is ended."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from starlette.applications import Starlette
from uvicorn import Server

from hotline_batch.application.office.accounts import check_is_shared
from hotline_batch.application.office.acting import serving_several_people
from hotline_batch.application.office.sign_in import office_settings
from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.web.app import close_app, make_app
from hotline_batch.web.office import administration, sign_in
from hotline_batch.web.office.door import OfficeDoor
from hotline_batch.web.serve import server_config
from hotline_batch.web.site import Site, mark_of

_BACKLOG = 256

_log = logging.getLogger(__name__)


def serve_office(
    tell: Callable[[OfficeSettings], None], *, config: str | None = None, ledger: str | None = None
) -> None:
    """Serve the page for several people; ``tell`` is called once it can be reached.

    SettingsError where the settings say nothing of an office, where the ledger is a file, or the port is taken.
    """
    settings = load_settings(config=config, ledger=ledger)
    check_is_shared(settings)
    office = office_settings(settings)
    site = Site(office.listen_port, mark_of(settings), config=config, ledger=ledger, public_origin=office.address)
    with _listening(office) as listener, serving_several_people():
        app = make_office_app(site, office)
        server = Server(server_config(app))
        tell(office)
        _log.info("office served", extra={"port": office.listen_port, "address": office.address})
        with suppress(KeyboardInterrupt):  # which is how it is ended
            server.run(sockets=[listener])
        close_app(app)
        _log.info("office ended")


def make_office_app(site: Site, office: OfficeSettings) -> Starlette:
    """All screens of the page, and those of an office, behind its door."""
    door = OfficeDoor(site, office)
    app = make_app(site, door, [*sign_in.ROUTES, *administration.ROUTES])
    app.state.door = door
    return app


def _listening(office: OfficeSettings) -> socket.socket:
    try:
        return socket.create_server(
            (office.listen_host, office.listen_port),
            family=socket.AF_INET6 if ":" in office.listen_host else socket.AF_INET,
            backlog=_BACKLOG,
        )
    except OSError as error:
        place = f"{office.listen_host}:{office.listen_port}"
        raise SettingsError(
            words("office.listen: {place} cannot be used: {strerror}.", place=place, strerror=reason_of(error))
        ) from None
