"""What every screen knows of the place it is served from: its address, its settings and its ledger."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from starlette.requests import Request

from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.application.runs.views.listing import is_there
from hotline_batch.errors import LedgerError, SettingsError
from hotline_batch.next_step import Told
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.load import load_settings, readable_settings
from hotline_batch.settings.model import Settings

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """One served page.

    ``config`` and ``ledger`` are what was named when it was started; the settings are read anew for each request, so
    that a change of them needs no restart. ``public_origin`` is that of an office, such as https://hotline.example.org;
    empty for the page of one's own machine.
    """

    port: int
    mark: str
    config: str | None = None
    ledger: str | None = field(default=None, repr=False)
    public_origin: str = ""

    @property
    def is_office(self) -> bool:
        """Whether it is for several people, behind a proxy that speaks TLS."""
        return bool(self.public_origin)

    @property
    def address(self) -> str:
        """Host and port, as a browser names them."""
        return self.origin.partition("://")[2]

    @property
    def origin(self) -> str:
        """The same with its scheme."""
        return self.public_origin or f"http://{HOST}:{self.port}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; another one for each ledger, since browsers tell ports apart nowhere.

        That of an office begins as browsers know it of cookies that no other host can set.
        """
        if self.is_office:
            return "__Host-hotline_batch"
        return f"hotline_batch_{self.mark}"

    def settings(self) -> Settings:
        """The settings of now. SettingsError where they cannot be used."""
        return load_settings(config=self.config, ledger=self.ledger)

    def readable_settings(self) -> tuple[Settings, Told]:
        """The settings for telling of runs, whatever is wrong with them, and what that is."""
        return readable_settings(config=self.config, ledger=self.ledger)


def mark_of(settings: Settings) -> str:
    """Some letters that stand for a ledger, without what is secret in its address."""
    return sha256(shown_address(settings.ledger).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def site_of(request: Request) -> Site:
    """Where this request is served."""
    found: Site = request.app.state.site
    return found


class KeptLedger:
    """Keeps one ledger open, that of the last settings; none is made where there is none yet."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._url = ""
        self._kept: AbstractContextManager[None] | None = None

    def keep(self, settings: Settings) -> None:
        """Keep this one. Where it cannot be opened, whoever needs it says so."""
        if settings.ledger == self._url or not is_there(settings):
            return
        with self._turn, suppress(LedgerError):
            if settings.ledger != self._url:
                self._let_go()
                kept = ledger_kept_open(settings)
                kept.__enter__()
                self._url, self._kept = settings.ledger, kept

    def close(self) -> None:
        """Let it go."""
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.__exit__(None, None, None)
        self._url, self._kept = "", None


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
