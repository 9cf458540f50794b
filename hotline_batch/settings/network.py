"""The address that gets both keys, and the proxy on the way there -> accepted or refused."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from os import environ
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.secrets import note_password_of

DEFAULT_ENDPOINT = "https://n8n.production.hotline.tg/webhook/topic_action"

SHORTEST_TIMEOUT_SECONDS = 10.0
"""The Topics API's documentation asks for at least this; shorter ones turn slow deliveries into doubtful ones."""

LONGEST_TIMEOUT_SECONDS = 3_600.0

_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
# Backslashes and control characters are read differently by different URL parsers.
_PLAIN_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


def check_endpoint(url: str, where: str = "endpoint") -> tuple[str, ...]:
    """Warnings about an endpoint. SettingsError if the keys must not travel there; the text holds no credentials."""
    parts = _split(url, where)
    host = parts.hostname or ""
    if "@" in url:
        raise SettingsError(
            words(
                "{where}: the address holds a user name or password. Remove them; the keys have settings.", where=where
            )
        )
    if parts.scheme not in {"https", "http"} or not host:
        raise SettingsError(
            words(
                "{where}: {shown_address} is not an address. It starts with https://, such as {default_endpoint}.",
                where=where,
                shown_address=shown_address(url),
                default_endpoint=DEFAULT_ENDPOINT,
            )
        )
    if parts.query or parts.fragment:
        raise SettingsError(
            words(
                "{where}: behind the address stands a ? or # with more. Remove it; the keys have settings, and "
                "nothing else is asked for.",
                where=where,
            )
        )
    if is_loopback(url):
        return ()
    if parts.scheme == "http":
        raise SettingsError(
            words("{where}: http:// would send the keys to {host} in the clear. Use https://.", where=where, host=host)
        )
    if host == "hotline.tg" or host.endswith(".hotline.tg"):
        return ()
    return (words("{where}: {host} does not belong to hotline.tg, and it will get both keys.", where=where, host=host),)


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine: 127.0.0.0/8, ::1 or localhost."""
    host = _host_of(url)
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_timeout(seconds: float, endpoint: str, where: str = "timeout") -> None:
    """SettingsError for a read time-out below 10 seconds, except toward this machine, or above an hour."""
    shortest = 0.0 if is_loopback(endpoint) else SHORTEST_TIMEOUT_SECONDS
    if seconds > LONGEST_TIMEOUT_SECONDS:
        raise SettingsError(
            words(
                "{where}: {seconds} s is too long. The longest is {longest_timeout_seconds} s.",
                where=where,
                seconds=f"{seconds:g}",
                longest_timeout_seconds=f"{LONGEST_TIMEOUT_SECONDS:g}",
            )
        )
    if not (seconds > 0 and seconds >= shortest):
        raise SettingsError(
            words(
                "{where}: {seconds} s is too short. The service may take {shortest_timeout_seconds} s to answer; "
                "a message whose answer is not awaited ends as unknown.",
                where=where,
                seconds=f"{seconds:g}",
                shortest_timeout_seconds=f"{SHORTEST_TIMEOUT_SECONDS:g}",
            )
        )


def check_proxy(address: str, where: str) -> str:
    """The proxy's address. SettingsError, without its password, for what is none or cannot be spoken to."""
    note_password_of(address)
    scheme, _, rest = address.partition("://") if "://" in address else ("", "", address)
    if scheme.lower().startswith("socks"):
        raise SettingsError(
            words("{where}: SOCKS proxies cannot be used. Name an HTTP proxy, such as http://HOST:8080.", where=where)
        )
    # Read differently by different parsers: one would take a piece of the password for the host.
    if "@" in "".join(re.split(r"([/?#])", rest)[1:]):
        raise SettingsError(
            words(
                "{where}: a / ? or # stands before the @. Within a password write / as %2F, ? as %3F and # as %23.",
                where=where,
            )
        )
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if scheme.lower() not in {"http", "https"} or not usable or _PLAIN_URL.fullmatch(address) is None:
        raise SettingsError(
            words("{where}: this is not the address of a proxy. Write it like http://HOST:8080.", where=where)
        )
    return address


class SystemProxy(NamedTuple):
    """A proxy as the machine names it: its address, which may hold a password, and where that stands."""

    address: str
    where: str


def system_proxy(endpoint: str) -> SystemProxy | None:
    """The proxy that this machine names for an endpoint: in the usual variables, or in settings of Windows and macOS.

    None toward this machine, and toward what NO_PROXY or those settings leave out.
    """
    if is_loopback(endpoint):
        return None
    host, proxies = _host_of(endpoint), getproxies()
    address = (proxies.get("https") or proxies.get("all", "")).strip()
    is_left_out = proxy_bypass(host) or any(_is_in(host, one.strip()) for one in proxies.get("no", "").split(","))
    if not address or is_left_out:
        return None
    where = next(
        (name for name in _PROXY_VARIABLES if environ.get(name, "").strip() == address), words("system settings")
    )
    # The variables' custom allows to leave the scheme out.
    return SystemProxy(address if "://" in address else f"http://{address}", where)


def _is_in(host: str, network: str) -> bool:
    """Whether a host is one of the addresses of a network such as 10.0.0.0/8."""
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def _host_of(endpoint: str) -> str:
    """The host of an endpoint, in small letters. SettingsError for what is no address."""
    return _split(endpoint, "endpoint").hostname or ""


def _split(url: str, where: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError(
            words(
                "{where}: this is not an address. Write it like {default_endpoint}.",
                where=where,
                default_endpoint=DEFAULT_ENDPOINT,
            )
        ) from None
    if _PLAIN_URL.fullmatch(url) is None:
        raise SettingsError(
            words("{where}: the address holds a blank or another character that no address has.", where=where)
        )
    return parts
