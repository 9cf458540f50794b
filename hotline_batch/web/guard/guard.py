"""A request -> let through to the screens, or refused with a page that says why; every answer carries safe headers."""

from __future__ import annotations

import logging
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotline_batch.application.office.acting import acting_as
from hotline_batch.errors import HotlineBatchError
from hotline_batch.people import NOBODY, PersonKind
from hotline_batch.web.error_pages import refusal_page
from hotline_batch.web.guard.door import SAFE_METHODS, Door, Refusal, foreign_origin, wrong_host
from hotline_batch.web.guard.size import at_most, drop_the_rest, largest_for, says_too_large
from hotline_batch.web.site import Site

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# Under "no-referrer" browsers would call the origin of our own forms "null".
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FOR_ALL: Final = ("/static/", "/language")

_log = logging.getLogger(__name__)


def with_safe_headers(send: Send) -> Send:
    """The same, with these headers on every answer; no page is kept by the browser unless it says so itself."""

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return send_safely


class Guard:
    """Stands before every screen. Without the right host, origin, person and size, nothing behind it is reached.

    Whatever is asked for behind it is asked for by the person that the door tells.
    """

    def __init__(self, app: ASGIApp, site: Site, door: Door) -> None:
        self._app = app
        self._site = site
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        send = with_safe_headers(send)
        request = Request(scope, receive)
        request.state.person = person = NOBODY
        refusal, trouble = self._refusal(request), None
        if refusal is None and not _is_for_all(scope["path"]):
            try:
                request.state.person = person = await self._door.person(request)
            except HotlineBatchError as error:
                refusal, trouble = Refusal.NOT_NOW, error
        if refusal is None and person.kind is PersonKind.NOBODY and not self._is_open(scope["path"]):
            refusal = Refusal.NOT_ADMITTED
        most = largest_for(scope["path"])
        if refusal is None and says_too_large(request.headers, most):
            refusal = Refusal.TOO_LARGE
        if refusal is not None:
            _log.warning("request refused", extra={"method": request.method, "reason": refusal.value}, exc_info=trouble)
            if request.method not in SAFE_METHODS:
                await drop_the_rest(receive)
            is_stranger = refusal is Refusal.NOT_ADMITTED
            refused = self._door.turned_away(request) if is_stranger else refusal_page(request, refusal)
            await refused(scope, receive, send)
            return
        with acting_as(person):
            receive = at_most(receive, most)
            answer = await self._door.answer(Request(scope, receive))
            await (answer or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Refusal | None:
        """The first reason that there is, whoever asks."""
        if refusal := self._door.refusal(request):
            return refusal
        if wrong_host(request.headers, self._site.address):
            return Refusal.WRONG_HOST
        if foreign_origin(request.headers, request.method, self._site.origin):
            return Refusal.FOREIGN_ORIGIN
        return None

    def _is_open(self, path: str) -> bool:
        return _is_for_all(path) or self._door.is_open(path)


def _is_for_all(path: str) -> bool:
    """Whether it is nobody's business who asks: what every page needs to be seen."""
    return path.startswith(_FOR_ALL)
