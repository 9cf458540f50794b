"""The page of one's own machine: a key opens it, then a cookie does; whoever has that is the user of the system."""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hotline_batch.people import NOBODY, Person, user_of_the_system
from hotline_batch.web.guard.access_keys import BROWSER_SECONDS, AccessKeys
from hotline_batch.web.guard.origin import Refusal
from hotline_batch.web.pages import page
from hotline_batch.web.refusals import refusal_page
from hotline_batch.web.site import Site

OPEN: Final = "/open"
"""The address that takes a one-time key."""


class LocalDoor:
    """Lets in the browser that the program opened. It may do everything, as the command line may."""

    def __init__(self, site: Site, keys: AccessKeys) -> None:
        self._site = site
        self._keys = keys

    def refusal(self, _request: Request) -> Refusal | None:
        """Nothing beyond what the guard looks at itself."""
        return None

    def is_open(self, path: str) -> bool:
        """Whether an address is for everybody."""
        return path == OPEN

    async def person(self, request: Request) -> Person:
        """The user of the system, for the browsers that are known."""
        return user_of_the_system() if await self._is_known(request) else NOBODY

    async def answer(self, request: Request) -> Response | None:
        """The page that opens the page."""
        return await self._open(request) if request.url.path == OPEN else None

    def turned_away(self, request: Request) -> Response:
        """How to open the page."""
        return refusal_page(request, Refusal.NOT_ADMITTED)

    async def _is_known(self, request: Request) -> bool:
        value = request.cookies.get(self._site.cookie, "")
        return value != "" and await run_in_threadpool(self._keys.knows, value)

    async def _open(self, request: Request) -> Response:
        """Use a one-time key up and make this browser a known one."""
        key = QueryParams(request.url.query).get("key", "")
        is_only_a_look = request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", "")
        cookie = None if is_only_a_look else await run_in_threadpool(self._keys.admit, key)
        if cookie is None:
            if await self._is_known(request):
                return RedirectResponse("/", 303)
            return refusal_page(request, Refusal.KEY_USED)
        # A page that goes on by itself, no redirect: a browser that was opened by another program holds a strict
        # cookie back until a page of ours asks.
        opened = page(request, "opened.html.j2")
        opened.set_cookie(self._site.cookie, cookie, int(BROWSER_SECONDS), httponly=True, samesite="strict")
        return opened
