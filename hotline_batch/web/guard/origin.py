"""A request -> whether it was made for this address, and by a page of this address."""

from __future__ import annotations

from enum import StrEnum

from starlette.datastructures import Headers

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
