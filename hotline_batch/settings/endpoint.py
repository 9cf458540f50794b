"""The address that gets both keys -> accepted, accepted with a warning, or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from hotline_batch.errors import SettingsError

DEFAULT_ENDPOINT = "https://n8n.production.hotline.tg/webhook/topic_action"

SHORTEST_TIMEOUT_SECONDS = 10.0
"""The Topics API's documentation asks for at least this; shorter ones turn slow deliveries into doubtful ones."""

LONGEST_TIMEOUT_SECONDS = 3_600.0

# Backslashes and control characters are read differently by different URL parsers.
_PLAIN_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


def check_endpoint(url: str, where: str = "endpoint") -> tuple[str, ...]:
    """Warnings about an endpoint. SettingsError if the keys must not travel there; the text holds no credentials."""
    parts = _split(url, where)
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{where}: the address holds a user name or password. Remove them; the keys have settings.")
    if parts.scheme not in {"https", "http"} or not host:
        raise SettingsError(f"{where}: {url} is not an address. It starts with https://, such as {DEFAULT_ENDPOINT}.")
    if is_loopback(url):
        return ()
    if parts.scheme == "http":
        raise SettingsError(f"{where}: http:// would send the keys to {host} in the clear. Use https://.")
    if host == "hotline.tg" or host.endswith(".hotline.tg"):
        return ()
    return (f"{where}: {host} does not belong to hotline.tg, and it will get both keys.",)


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine: 127.0.0.0/8, ::1 or localhost."""
    host = _split(url, "endpoint").hostname or ""
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
        raise SettingsError(f"{where}: {seconds:g} s is too long. The longest is {LONGEST_TIMEOUT_SECONDS:g} s.")
    if not (seconds > 0 and seconds >= shortest):
        raise SettingsError(
            f"{where}: {seconds:g} s is too short. The service may take {SHORTEST_TIMEOUT_SECONDS:g} s to answer; "
            "a message whose answer is not awaited ends as unknown."
        )


def check_proxy(address: str, where: str) -> str:
    """The proxy's address. SettingsError, without its password, for what is none or cannot be spoken to."""
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme.startswith("socks"):
        raise SettingsError(f"{where}: SOCKS proxies cannot be used. Name an HTTP proxy, such as http://HOST:8080.")
    if scheme not in {"http", "https"} or not usable or _PLAIN_URL.fullmatch(address) is None:
        raise SettingsError(f"{where}: this is not the address of a proxy. Write it like http://HOST:8080.")
    return address


def proxy_from_environment(endpoint: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that the usual variables name for this endpoint, NO_PROXY respected; never toward this machine."""
    if is_loopback(endpoint):
        return None
    host = _split(endpoint, "endpoint").hostname or ""
    exceptions = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").lower().replace(",", " ").split()
    if any(name == "*" or f".{host}".endswith(f".{name.lstrip('.')}") for name in exceptions):
        return None
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    found = next((name for name in names if environ.get(name, "").strip()), None)
    if found is None:
        return None
    address = environ[found].strip()
    # The variables' custom allows to leave the scheme out.
    return check_proxy(address if "://" in address else f"http://{address}", found)


def _split(url: str, where: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError(f"{where}: this is not an address. Write it like {DEFAULT_ENDPOINT}.") from None
    if _PLAIN_URL.fullmatch(url) is None:
        raise SettingsError(f"{where}: the address holds a blank or another character that no address has.")
    return parts
