"""A request -> the settings that its answer is made with."""

from __future__ import annotations

from starlette.requests import Request

from hotline_batch.next_step import Told
from hotline_batch.settings.model import Settings
from hotline_batch.web.kept_ledger import KeptLedger
from hotline_batch.web.site import site_of


def settings_of(request: Request) -> Settings:
    """The settings of now, for doing something. SettingsError where they cannot be used."""
    return site_of(request).settings()


def settings_to_look(request: Request) -> tuple[Settings, Told]:
    """The settings for showing something, whatever is wrong with them, and what that is."""
    settings, trouble = site_of(request).readable_settings()
    kept: KeptLedger = request.app.state.ledger
    kept.keep(settings)
    return settings, trouble
