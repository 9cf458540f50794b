"""What every screen knows of the place it is served from."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request

from hotline_batch.next_step import Told
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.load import load_settings, readable_settings
from hotline_batch.settings.model import Settings

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """One served page. ``folder`` is where it keeps what is its own.

    ``config`` and ``ledger`` are what was named when it was started; the settings are read anew for each request, so
    that a change of them needs no restart.
    """

    folder: Path
    port: int
    mark: str
    config: str | None = None
    ledger: str | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Host and port, as a browser names them."""
        return f"{HOST}:{self.port}"

    @property
    def origin(self) -> str:
        """The same with its scheme."""
        return f"http://{self.address}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; another one for each ledger, since browsers tell ports apart nowhere."""
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
