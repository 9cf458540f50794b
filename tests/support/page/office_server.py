"""The page of an office, served by the real server in a thread; and browsers that come through a proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hotline_batch.application.office.accounts import NewAccount, create_account
from hotline_batch.people import Role
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.web.office.door import SIGN_IN
from hotline_batch.web.office.serve import make_office_app
from hotline_batch.web.serve import listen
from hotline_batch.web.site import Site, mark_of
from tests.support.page.page_server import Answer, AppServer, Browser

PASSWORD = "four plain words here"
# The page believes a proxy on this machine, and people come to it by this name.
PUBLIC = "https://hotline.example.org"


class OfficeServer(AppServer):
    """The office of the settings in the environment; ``public`` is the address that people type."""

    def __init__(self, config: Path, public: str = PUBLIC, settings_text: str = "", more: str = "") -> None:
        listener = listen(None, 0)
        self.port = listener.getsockname()[1]
        public = public.format(port=self.port)
        config.write_text(f'{settings_text}\n[office]\naddress = "{public}"\n{more}', "utf-8")
        self.config = config
        office = self.settings().office
        assert office is not None
        mark = mark_of(self.settings())
        self.site = Site(self.port, mark, config=str(config), public_origin=office.address)
        super().__init__(listener, make_office_app(self.site, office))

    def settings(self) -> Settings:
        return load_settings(config=str(self.config))

    def add(self, name: str, *roles: Role, password: str = PASSWORD) -> None:
        """An account."""
        create_account(self.settings(), NewAccount(name, name.title(), frozenset(roles), password))

    def browser(self) -> OfficeBrowser:
        """A browser that nobody has signed in with."""
        return OfficeBrowser(self.site)

    def signed_in(self, name: str, password: str = PASSWORD) -> OfficeBrowser:
        """A browser in which somebody has."""
        browser = self.browser()
        answer = browser.sign_in(name, password)
        assert 303 == answer.status, answer.text
        return browser


@dataclass(slots=True)
class OfficeBrowser(Browser):
    """Says what a browser says through the proxy of the site; ``address`` is where it is."""

    address: str = field(default="203.0.113.7")

    def sign_in(self, name: str, password: str) -> Answer:
        """Hand in the form."""
        return self.post(SIGN_IN, {"name": name, "password": password, "to": "/"})

    def request(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """Through the proxy."""
        through = {"x-forwarded-proto": "https", "x-forwarded-for": self.address, "sec-fetch-mode": "navigate"}
        return Browser.request(self, method, path, body, through | (headers or {}))
