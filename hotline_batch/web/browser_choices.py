"""What a browser remembers of a person's choices: the language of the page, and whether it is practice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.languages import language_of_reader, languages, meant_by, of_browser, own_name, reading_in
from hotline_batch.settings.practice import practises
from hotline_batch.web.site import readable_settings_of, site_of

_LANGUAGE: Final = "language"
_PRACTICE: Final = "practice"
_SECONDS_REMEMBERED: Final = 400 * 24 * 3600  # as long as browsers keep a cookie at most
_ON = "on"
_DIVIDER = "."


class Reader:
    """Around everything that is shown, so that whatever is said of a request is said in its reader's language: the one
    that was chosen here, else the browser's, else that of the program.
    """

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
    chosen = meant_by(_remembered(request, _LANGUAGE))
    return chosen or of_browser(request.headers.get("accept-language", "")) or language_of_reader()


def offered() -> list[tuple[str, str, bool]]:
    """Each language: its code, what its speakers call it, and whether it is the one that is read now."""
    return [(code, own_name(code), code == language_of_reader()) for code in languages()]


def remember_language(request: Request, answer: Response, wish: str) -> None:
    """Let the browser remember a language, if it is one."""
    if language := meant_by(wish):
        _remember(request, answer, _LANGUAGE, language, _SECONDS_REMEMBERED)


@dataclass(frozen=True, slots=True)
class Practice:
    """The switch. ``mishaps`` are the names of those that requests shall meet."""

    is_on: bool
    mishaps: tuple[str, ...] = ()


def practice_of(request: Request) -> Practice:
    """How the switch stands in this browser. What was handed in keeps how it stood then."""
    word, *mishaps = _remembered(request, _PRACTICE).split(_DIVIDER)
    return Practice(is_on=True, mishaps=tuple(mishaps)) if word == _ON else Practice(is_on=False)


def remember_practice(request: Request, answer: Response, practice: Practice) -> None:
    """Let the browser remember the switch, until it is closed."""
    value = _DIVIDER.join((_ON, *practice.mishaps)) if practice.is_on else ""
    _remember(request, answer, _PRACTICE, value, None if practice.is_on else 0)


def practises_by_settings(request: Request) -> bool:
    """Whether nothing is real whatever the switch says: the settings name a sandbox of this machine."""
    with suppress(HotlineBatchError):  # what is wrong with them is told by the screens
        return practises(readable_settings_of(request)[0], sandbox=False)
    return False


def _remembered(request: Request, what: str) -> str:
    return request.cookies.get(f"{site_of(request).cookie}_{what}", "")


def _remember(request: Request, answer: Response, what: str, value: str, seconds: int | None) -> None:
    site = site_of(request)
    answer.set_cookie(f"{site.cookie}_{what}", value, seconds, httponly=True, samesite="strict", secure=site.is_office)
