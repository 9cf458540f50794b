"""The door of an office: requests come through the site's own proxy, and people are known by their sign-in."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hotline_batch.application.office.sign_in import who_is_signed_in
from hotline_batch.people import NOBODY, Person
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.web.error_pages import refusal_page
from hotline_batch.web.forms import own_address
from hotline_batch.web.guard.door import SAFE_METHODS, Refusal
from hotline_batch.web.pages import page
from hotline_batch.web.site import Site, settings_of

SIGN_IN: Final = "/sign-in"
ELSEWHERE: Final = "/sign-in/elsewhere"
COME_BACK: Final = "/sign-in/return"

_OPEN = frozenset({SIGN_IN, ELSEWHERE, COME_BACK})


class OfficeDoor:
    """Lets in who is signed in, through the proxies that the settings trust."""

    def __init__(self, site: Site, office: OfficeSettings) -> None:
        self._site = site
        self._office = office

    def refusal(self, request: Request) -> Refusal | None:
        """Whoever goes round the proxy is refused: what it says of itself cannot be believed."""
        peer = request.client.host if request.client else ""
        schemes = request.headers.getlist("x-forwarded-proto")
        is_plain = any(scheme != urlsplit(self._site.origin).scheme for scheme in schemes)
        return Refusal.NOT_THROUGH_PROXY if is_plain or not self._is_trusted(peer) else None

    def is_open(self, path: str) -> bool:
        """Whether an address is for everybody."""
        return path in _OPEN

    async def person(self, request: Request) -> Person:
        """Whoever signed in with this browser."""
        cookie = request.cookies.get(self._site.cookie, "")
        return await run_in_threadpool(_signed_in, request, cookie) if cookie else NOBODY

    async def answer(self, _request: Request) -> Response | None:
        """Its addresses are screens like others."""
        return None

    def turned_away(self, request: Request) -> Response:
        """To the page where one signs in, and back then; only what a person opened goes there."""
        mode = request.headers.get("sec-fetch-mode", "navigate")
        if request.method not in SAFE_METHODS or mode != "navigate":
            return refusal_page(request, Refusal.SIGNED_OUT)
        wanted = own_address(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        if request.headers.get("sec-fetch-site") == "cross-site":
            # By a link in a letter, say: the browser holds the strict cookie back until a page of ours asks.
            return page(request, "office/going_on.html.j2", address=wanted)
        return RedirectResponse(f"{SIGN_IN}?to={quote(wanted, safe='')}", 303)

    def address_of(self, request: Request) -> str:
        """Where the browser is, as the proxies say: the last one that is none of them."""
        told = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        peer = request.client.host if request.client else ""
        for each in reversed([*(address.strip() for address in told), peer]):
            if each and not self._is_trusted(each):
                return each
        return peer

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self._office.trusted_proxies)


def _signed_in(request: Request, cookie: str) -> Person:
    return who_is_signed_in(settings_of(request), cookie)
