"""Who may come in: one answer for the page of one's own machine, another for that of an office."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.people import NOBODY, Person

SAFE_METHODS = frozenset({"GET", "HEAD"})


class Refusal(StrEnum):
    """Why a request is refused."""

    WRONG_HOST = "wrong_host"
    FOREIGN_ORIGIN = "foreign_origin"
    NOT_ADMITTED = "not_admitted"
    KEY_USED = "key_used"
    SIGNED_OUT = "signed_out"
    NOT_THROUGH_PROXY = "not_through_proxy"
    TOO_LARGE = "too_large"
    NOT_NOW = "not_now"


def wrong_host(headers: Headers, address: str) -> bool:
    """Whether the request names another host or port than ``address``, as after a rebinding of names."""
    return headers.getlist("host") != [address]


def foreign_origin(headers: Headers, method: str, origin: str) -> bool:
    """Whether what changes something comes from elsewhere than a page of ``origin``.

    Every browser of today says where a request comes from in Sec-Fetch-Site; older ones in Origin alone. Where neither
    is told, it was no browser that a person filled a form in with.
    """
    if method in SAFE_METHODS:
        return False
    site, told = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if not site and not told:
        return True
    return (bool(site) and site != ["same-origin"]) or (bool(told) and told != [origin])


class Door(Protocol):
    """Tells who a request comes from. The guard asks it before any screen is reached."""

    def refusal(self, request: Request) -> Refusal | None:
        """Why nothing of a request is looked at, whoever sends it; None where nothing speaks against it."""

    def is_open(self, path: str) -> bool:
        """Whether an address is for everybody."""

    async def person(self, request: Request) -> Person:
        """Who sends a request; NOBODY where that is not known.

        SettingsError, LedgerError where it cannot be told at present.
        """

    async def answer(self, request: Request) -> Response | None:
        """The answer at an address of the door's own; None at all others."""

    def turned_away(self, request: Request) -> Response:
        """The answer to somebody who is not known."""


def person_of(request: Request) -> Person:
    """Who sends a request, as the guard found."""
    found: Person = request.scope.get("state", {}).get("person", NOBODY)
    return found
