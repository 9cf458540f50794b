"""The address that gets both keys -> accepted, accepted with a warning, or refused."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.settings.addresses import shown_address

DEFAULT_ENDPOINT = "https://n8n.production.hotline.tg/webhook/topic_action"

SHORTEST_TIMEOUT_SECONDS = 10.0
"""The Topics API's documentation asks for at least this; shorter ones turn slow deliveries into doubtful ones."""

LONGEST_TIMEOUT_SECONDS = 3_600.0

# Backslashes and control characters are read differently by different URL parsers.
PLAIN_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]+")


def check_endpoint(url: str, where: str = "endpoint") -> tuple[str, ...]:
    """Warnings about an endpoint. SettingsError if the keys must not travel there; the text holds no credentials."""
    parts = _split(url, where)
    host = parts.hostname or ""
    if "@" in url:
        raise SettingsError(f"{where}: the address holds a user name or password. Remove them; the keys have settings.")
    if parts.scheme not in {"https", "http"} or not host:
        raise SettingsError(
            f"{where}: {shown_address(url)} is not an address. It starts with https://, such as {DEFAULT_ENDPOINT}."
        )
    if parts.query or parts.fragment:
        raise SettingsError(
            f"{where}: behind the address stands a ? or # with more. Remove it; the keys have settings, "
            "and nothing else is asked for."
        )
    if is_loopback(url):
        return ()
    if parts.scheme == "http":
        raise SettingsError(f"{where}: http:// would send the keys to {host} in the clear. Use https://.")
    if host == "hotline.tg" or host.endswith(".hotline.tg"):
        return ()
    return (f"{where}: {host} does not belong to hotline.tg, and it will get both keys.",)


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine: 127.0.0.0/8, ::1 or localhost."""
    host = host_of(url)
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


def host_of(endpoint: str) -> str:
    """The host of an endpoint, in small letters. SettingsError for what is no address."""
    return _split(endpoint, "endpoint").hostname or ""


def _split(url: str, where: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError(f"{where}: this is not an address. Write it like {DEFAULT_ENDPOINT}.") from None
    if PLAIN_URL.fullmatch(url) is None:
        raise SettingsError(f"{where}: the address holds a blank or another character that no address has.")
    return parts
