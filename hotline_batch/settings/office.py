"""The settings of the office: the page for several people, behind the site's own TLS proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.settings.addresses import is_loopback
from hotline_batch.settings.file.schema import OfficeEntry, OpenIdEntry
from hotline_batch.settings.secrets import Secret, SecretSource
from hotline_batch.settings.units import parse_duration


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """The provider of the office's accounts (OpenID Connect). ``title`` is what the button for it says."""

    issuer: str
    client_id: str
    client_secret_source: SecretSource | None
    title: str

    @property
    def client_secret(self) -> Secret | None:
        """The secret, fetched now; None for a client without one. SettingsError if it is not where it should be."""
        return self.client_secret_source.read() if self.client_secret_source else None


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """Where the page is reached and listens, whom it believes, how long somebody stays signed in (seconds).

    ``address`` is the one that people type, without a path; ``trusted_proxies`` alone may hand requests on.
    """

    address: str
    listen_host: str
    listen_port: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    session_seconds: float
    idle_seconds: float
    openid: OpenIdSettings | None


def office_of(entry: OfficeEntry | None, environ: Mapping[str, str], folder: Path) -> OfficeSettings | None:
    """The settings of ``[office]``; None where there are none. SettingsError for what cannot be used."""
    if entry is None:
        return None
    host, port = _place(entry.listen)
    return OfficeSettings(
        address=_address(entry.address),
        listen_host=host,
        listen_port=port,
        trusted_proxies=tuple(map(_network, entry.trusted_proxies)),
        session_seconds=parse_duration(entry.session, "office.session"),
        idle_seconds=parse_duration(entry.idle, "office.idle"),
        openid=_openid(entry.openid, environ, folder),
    )


def _address(address: str) -> str:
    """The public address without a slash at its end."""
    where = "office.address"
    parts = _web_address(address)
    if parts is None:
        raise SettingsError(
            words("{where}: this is not an address. Write it like https://hotline.example.org.", where=where)
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(
            words("{where}: the page has a host name of its own. Write nothing behind it.", where=where)
        )
    if parts.scheme == "http" and not is_loopback(address):
        raise SettingsError(
            words("{where}: passwords would travel in the clear. Let it begin with https://.", where=where)
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _web_address(address: str) -> SplitResult | None:
    """The parts of an address with a host and without a password; None where this is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    is_one = parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc
    return parts if is_one else None


def _place(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise SettingsError(words("office.listen: write it like 127.0.0.1:8400."))
    return host.strip("[]"), int(port)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise SettingsError(
            words("office.trusted_proxies: these are addresses such as 127.0.0.1, or networks such as 10.1.0.0/16.")
        ) from None


def _openid(entry: OpenIdEntry | None, environ: Mapping[str, str], folder: Path) -> OpenIdSettings | None:
    if entry is None:
        return None
    where = "office.openid"
    issuer = entry.issuer  # to the letter, a slash at its end included: it is compared with what tokens name
    parts = _web_address(issuer)
    if parts is None or parts.query or parts.fragment or "@" in issuer:
        raise SettingsError(
            words("{where}.issuer: this is not an issuer. Write it like https://login.example.org.", where=where)
        )
    if parts.scheme == "http" and not is_loopback(issuer):
        raise SettingsError(words("{where}.issuer: who signs in must be told over https://.", where=where))
    secret = entry.client_secret
    source = SecretSource(secret, f"{where}.client_secret", folder, environ) if secret else None
    return OpenIdSettings(issuer, entry.client_id, source, entry.title)
