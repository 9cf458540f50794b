"""The page, served by the real server in a thread of this process; and a plain browser without a screen."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from socket import socket
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from starlette.applications import Starlette
from uvicorn import Server

from hotline_batch.settings.load import readable_settings
from hotline_batch.web.app import close_app, make_app
from hotline_batch.web.guard.local_door import OPEN, AccessKeys, LocalDoor
from hotline_batch.web.serve import listen, server_config
from hotline_batch.web.site import HOST, Site, mark_of

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode("utf-8")


class AppServer:
    """An application, served by the real server while the ``with`` statement lasts."""

    def __init__(self, listener: socket, app: Starlette) -> None:
        self._listener = listener
        self.app = app
        self._server = Server(server_config(app))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)

    def stop_soon(self) -> None:
        """Let it end."""
        self._server.should_exit = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_soon()
        self._thread.join(_PATIENCE_SECONDS)
        self._listener.close()
        close_app(self.app)
        assert not self._thread.is_alive()


class PageServer(AppServer):
    """The page of a ledger, in ``folder``. Its settings are those of the environment and of ``config``."""

    def __init__(self, folder: Path, *, ledger: str | None = None, config: str | None = None) -> None:
        listener = listen(None, 0)
        mark = mark_of(readable_settings(config=config, ledger=ledger)[0])
        self.site = Site(listener.getsockname()[1], mark, config=config, ledger=ledger)
        self.keys = AccessKeys(folder)
        app = make_app(self.site, LocalDoor(self.site, self.keys))
        app.state.end = self.stop_soon
        super().__init__(listener, app)

    @property
    def origin(self) -> str:
        """Such as http://127.0.0.1:45551."""
        return self.site.origin

    def new_address(self) -> str:
        """An address that opens the page once."""
        return f"{self.origin}{OPEN}?key={self.keys.new_key()}"

    def browser(self) -> Browser:
        """A browser that was admitted."""
        browser = Browser(self.site)
        opened = browser.get(f"{OPEN}?key={self.keys.new_key()}")
        assert 200 == opened.status
        return browser


@dataclass(slots=True)
class Browser:
    """Sends what a browser would: its cookies, and for a form where it comes from. Follows nothing by itself."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """Open an address of the page."""
        return self.request("GET", path, headers={"sec-fetch-site": "none", **_named(headers)})

    def post(self, path: str, fields: dict[str, str] | list[tuple[str, str]] | None = None, **headers: str) -> Answer:
        """Hand a form in."""
        told = {
            "origin": self.site.origin,
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        return self.request("POST", path, urlencode(fields or {}).encode(), told | _named(headers))

    def upload(self, path: str, name: str, content: bytes, fields: dict[str, str], *, field_name: str) -> Answer:
        """Hand a form with a file in."""
        return self.upload_all(path, [(name, content)], fields, field_name=field_name)

    def upload_all(
        self, path: str, files: list[tuple[str, bytes]], fields: dict[str, str], *, field_name: str
    ) -> Answer:
        """Hand a form in with several files in one field."""
        mark = "----hotline-batch"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{field_name}"; filename="'
        parts += [f'{head}{name}"\r\n\r\n'.encode() + content + b"\r\n" for name, content in files]
        body = b"".join([*parts, f"--{mark}--\r\n".encode()])
        told = {
            "origin": self.site.origin,
            "sec-fetch-site": "same-origin",
            "content-type": f"multipart/form-data; boundary={mark}",
        }
        return self.request("POST", path, body, told)

    def request(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """Anything at all."""
        sent = {"host": self.site.address, **(headers or {})}
        if self.cookies:
            sent.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        connection = HTTPConnection(HOST, self.site.port, timeout=_PATIENCE_SECONDS)
        try:
            connection.request(method, path, body or None, {name: value for name, value in sent.items() if value})
            answer = connection.getresponse()
            found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
            for told in answer.headers.get_all("set-cookie") or []:
                self._keep(told)
            return found
        finally:
            connection.close()

    def _keep(self, told: str) -> None:
        for name, morsel in SimpleCookie(told).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def _named(headers: dict[str, str]) -> dict[str, str]:
    """Keyword arguments as names of headers; an empty one is not sent."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
