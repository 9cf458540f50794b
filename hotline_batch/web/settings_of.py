"""A request -> the settings that its answer is made with, read once."""

from __future__ import annotations

from starlette.requests import Request

from hotline_batch.errors import SettingsError
from hotline_batch.next_step import Told
from hotline_batch.settings.model import Settings
from hotline_batch.web.kept_ledger import KeptLedger
from hotline_batch.web.site import site_of


def settings_of(request: Request) -> Settings:
    """The settings of now, for doing something. SettingsError where they cannot be used."""
    found: Settings | None = getattr(request.state, "settings", None)
    if found is None:
        request.state.settings = found = site_of(request).settings()
    return found


def settings_to_look(request: Request) -> tuple[Settings, Told]:
    """The settings for showing something, whatever is wrong with them, and what that is."""
    settings, trouble = readable_settings_of(request)
    kept: KeptLedger = request.app.state.ledger
    kept.keep(settings)
    return settings, trouble


def readable_settings_of(request: Request) -> tuple[Settings, Told]:
    """The same without opening the ledger."""
    found: tuple[Settings, Told] | None = getattr(request.state, "readable_settings", None)
    if found is None:
        try:
            found = settings_of(request), ""
        except SettingsError:
            found = site_of(request).readable_settings()
        request.state.readable_settings = found
    return found
