"""The addresses of the service, which gets both keys, and of the proxy on the way -> accepted or refused.

Some hold a password, so that they, and that of the ledger, are shown without what may be a secret.
"""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address, ip_network
from os import environ
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.secrets import HIDDEN, note_password_of

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


_NAMES_OF_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL_PORTS = {"http": 80, "https": 443}


def is_same_spelt_otherwise(url: str, other: str) -> bool:
    """Whether two different addresses lead to one service of this machine, as ``localhost`` and ``127.0.0.1`` do."""
    return url != other and (place := _place_here(url)) is not None and place == _place_here(other)


def _place_here(url: str) -> tuple[str, int | None, str] | None:
    """What tells the services of this machine apart: scheme, port and path. None for what leads elsewhere."""
    parts = _split(url, "endpoint")
    host = parts.hostname or ""
    with suppress(ValueError):
        host = str(ip_address(host))
    if host not in _NAMES_OF_THIS_MACHINE:
        return None
    return parts.scheme, parts.port or _USUAL_PORTS.get(parts.scheme), normpath("/" + unquote(parts.path)).strip("/")


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


def proxy_toward(endpoint: str, proxy: str | None) -> str | None:
    """The proxy on the way to an endpoint: none toward this machine without TLS, but one that is on it, too.

    Any other would read both keys in the clear, and find another machine under the name of this one.
    """
    if proxy and endpoint.lower().startswith("http:") and not is_loopback(proxy):
        return None
    return proxy


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


# Anything else before :// may be a piece of a password in an address that was mistyped.
_SCHEME = re.compile(
    r"(?:https?|socks[45][ah]?|ftp|sqlite|postgres(?:ql)?|mysql)(?:\+[a-z0-9]{1,20})?://", re.IGNORECASE
)
_FILE = re.compile(r"sqlite(?:\+[a-z0-9]{1,20})?:///", re.IGNORECASE)
# A database's user is no secret, other than what some proxies take in place of a user.
_USER_ALONE = re.compile(r"[A-Za-z_][\w.-]{0,30}")
_QUERY_THAT_TELLS_NOTHING = re.compile(
    r"(?:sslmode|connect_timeout|application_name|target_session_attrs|mode|cache|timeout|uri|nolock|immutable)=[\w.-]*"
)


def shown_address(address: str) -> str:
    """An address without what may be a secret, also where it is not well-formed.

    Nothing before the last ``@`` is shown, unless it is a database's user alone, nor any part of the query but those
    that are known to hold no secret.
    """
    scheme = found[0] if (found := _SCHEME.match(address)) else ""
    if _FILE.match(address):
        place, mark, query = address.partition("?")
        return f"{place}{mark}{_shown_query(query)}"
    before, at, rest = address[len(scheme) :].rpartition("@")
    if re.search(r"[?#]", before):
        # Either the password holds such a sign, or the query holds an @: it cannot be told where the secret ends.
        return f"{scheme}{HIDDEN}"
    place, mark, query = _divided(rest)
    user = before if scheme.startswith("postgres") and _USER_ALONE.fullmatch(before) else HIDDEN
    return f"{scheme}{user + at if at else ''}{place}{mark}{_shown_query(query)}"


def _divided(text: str) -> tuple[str, str, str]:
    """What stands before the first ? or #, that sign, and what stands behind it."""
    found = re.search(r"[?#]", text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _shown_query(query: str) -> str:
    shown: list[str] = []
    for part in query.split("&") if query else ():
        if not _QUERY_THAT_TELLS_NOTHING.fullmatch(part):
            # A password may hold an &, so nothing behind it is shown either.
            return "&".join([*shown, HIDDEN])
        shown.append(part)
    return "&".join(shown)
