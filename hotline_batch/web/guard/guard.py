"""A request -> let through to the screens, or refused with a page that says why."""

from __future__ import annotations

import logging
from http.cookies import SimpleCookie
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hotline_batch.web.guard.access_keys import BROWSER_SECONDS, AccessKeys
from hotline_batch.web.guard.headers import with_safe_headers
from hotline_batch.web.guard.origin import SAFE_METHODS, Refusal, foreign_origin, wrong_host
from hotline_batch.web.guard.size import at_most, drop_the_rest, largest_for, says_too_large
from hotline_batch.web.pages import page
from hotline_batch.web.refusals import refusal_page
from hotline_batch.web.site import Site

OPEN: Final = "/open"
"""The address that takes a one-time key."""

_WITHOUT_COOKIE = "/static/"

_log = logging.getLogger(__name__)


class Guard:
    """Stands before every screen. Without the right host, origin, cookie and size, nothing behind it is reached."""

    def __init__(self, app: ASGIApp, site: Site, keys: AccessKeys) -> None:
        self._app = app
        self._site = site
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = with_safe_headers(send)
        request = Request(scope, receive)
        most = largest_for(scope["path"])
        refusal = await self._refusal(request, most)
        if refusal is not None:
            _log.warning("request refused", extra={"method": request.method, "reason": refusal.value})
            if request.method not in SAFE_METHODS:
                await drop_the_rest(receive)
            await refusal_page(request, refusal)(scope, receive, send)
        elif scope["path"] == OPEN:
            await (await self._open(request))(scope, receive, send)
        else:
            await self._app(scope, at_most(receive, most), send)

    async def _refusal(self, request: Request, most: int) -> Refusal | None:
        """The first reason that there is; what a stranger could learn from comes last."""
        if wrong_host(request.headers, self._site.address):
            return Refusal.WRONG_HOST
        if foreign_origin(request.headers, request.method, self._site.origin):
            return Refusal.FOREIGN_ORIGIN
        is_open_to_all = request.url.path == OPEN or request.url.path.startswith(_WITHOUT_COOKIE)
        if not is_open_to_all and not await self._is_known(request.headers):
            return Refusal.NOT_ADMITTED
        if says_too_large(request.headers, most):
            return Refusal.TOO_LARGE
        return None

    async def _is_known(self, headers: Headers) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        cookies.load(headers.get("cookie", ""))
        found = cookies.get(self._site.cookie)
        return found is not None and await run_in_threadpool(self._keys.knows, found.value)

    async def _open(self, request: Request) -> Response:
        """Use a one-time key up and make this browser a known one."""
        key = QueryParams(request.url.query).get("key", "")
        is_only_a_look = request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", "")
        cookie = None if is_only_a_look else await run_in_threadpool(self._keys.admit, key)
        if cookie is None:
            if await self._is_known(request.headers):
                return RedirectResponse("/", 303)
            return refusal_page(request, Refusal.KEY_USED)
        # A page that goes on by itself, no redirect: a browser that was opened by another program holds a strict
        # cookie back until a page of ours asks.
        opened = page(request, "opened.html.j2")
        opened.set_cookie(self._site.cookie, cookie, int(BROWSER_SECONDS), httponly=True, samesite="strict")
        return opened
