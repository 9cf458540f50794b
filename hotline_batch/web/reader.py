"""Whose language a page is in: the one chosen here, else the browser's, else that of the program."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hotline_batch.language.languages import languages, meant_by, of_browser, own_name
from hotline_batch.language.reader import language_of_reader, reading_in
from hotline_batch.web.site import site_of


class Reader:
    """Around everything that is shown, so that whatever is said of a request is said in its reader's language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with reading_in(_language_of(Request(scope))):
            await self._app(scope, receive, send)


def _language_of(request: Request) -> str:
    chosen = meant_by(request.cookies.get(cookie_name(request), ""))
    return chosen or of_browser(request.headers.get("accept-language", "")) or language_of_reader()


def cookie_name(request: Request) -> str:
    """The name of the cookie that remembers the choice."""
    return f"{site_of(request).cookie}_language"


def offered() -> list[tuple[str, str, bool]]:
    """Each language: its code, what its speakers call it, and whether it is the one that is read now."""
    return [(code, own_name(code), code == language_of_reader()) for code in languages()]
