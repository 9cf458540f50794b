"""An answer -> the proxy of a company's network that spoke instead of the service, where it shows itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

# How products name themselves in the Server header of answers of their own, and on their error pages. Via headers say
# nothing: proxies add them to the service's answers, too.
_PRODUCTS = {
    "Squid": r"\bsquid\b",
    "Zscaler": r"zscaler",
    "Blue Coat": r"blue ?coat|proxysg",
    "Skyhigh (McAfee) Web Gateway": r"mcafee|skyhigh|\bmwg\b",
    "Forcepoint": r"forcepoint|websense",
    "FortiGate": r"fortigate|fortiguard|fortinet",
    "Netskope": r"netskope",
    "Cisco Secure Web Appliance": r"ironport|cisco umbrella",
    "Palo Alto Networks": r"palo ?alto networks",
    "Sophos": r"\bsophos\b",
}
_ANY = re.compile("|".join(f"(?P<p{at}>{words})" for at, words in enumerate(_PRODUCTS.values())), re.IGNORECASE)
_IS_PAGE = re.compile(r"<html|<!doctype", re.IGNORECASE)
_TEXT_LOOKED_AT = 20_000


def proxy_in_headers(headers: Mapping[str, str]) -> str:
    """The proxy that says in its headers that this answer is its own; empty where none does."""
    if "X-Squid-Error" in headers:
        return "Squid"
    if "Proxy-Authenticate" in headers:
        return _product_in(headers.get("Server", "")) or "the proxy"
    return _product_in(headers.get("Server", ""))


def proxy_on_page(text: str) -> str:
    """The proxy whose error page this looks like: a hint and no proof, since a page may say anything; else empty."""
    return _product_in(text[:_TEXT_LOOKED_AT]) if _IS_PAGE.search(text[:_TEXT_LOOKED_AT]) else ""


def _product_in(text: str) -> str:
    found = _ANY.search(text)
    return list(_PRODUCTS)[int(str(found.lastgroup)[1:])] if found else ""
