"""What the settings or the usual variables say of a proxy -> its address, accepted or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.settings.endpoint import PLAIN_URL, host_of, is_loopback
from hotline_batch.settings.seen_secrets import note_password_of

_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def check_proxy(address: str, where: str) -> str:
    """The proxy's address. SettingsError, without its password, for what is none or cannot be spoken to."""
    note_password_of(address)
    scheme, _, rest = address.partition("://") if "://" in address else ("", "", address)
    if scheme.lower().startswith("socks"):
        raise SettingsError(f"{where}: SOCKS proxies cannot be used. Name an HTTP proxy, such as http://HOST:8080.")
    # Read differently by different parsers: one would take a piece of the password for the host.
    if "@" in "".join(re.split(r"([/?#])", rest)[1:]):
        raise SettingsError(
            f"{where}: a / ? or # stands before the @. Within a password write / as %2F, ? as %3F and # as %23."
        )
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if scheme.lower() not in {"http", "https"} or not usable or PLAIN_URL.fullmatch(address) is None:
        raise SettingsError(f"{where}: this is not the address of a proxy. Write it like http://HOST:8080.")
    return address


def proxy_variable(endpoint: str, environ: Mapping[str, str]) -> str | None:
    """The usual variable that names a proxy for this endpoint, NO_PROXY respected; never toward this machine."""
    if is_loopback(endpoint):
        return None
    exceptions = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").lower().replace(",", " ").split()
    host = host_of(endpoint)
    if any(name == "*" or f".{host}".endswith(f".{name.lstrip('.')}") for name in exceptions):
        return None
    return next((name for name in _VARIABLES if environ.get(name, "").strip()), None)


def proxy_from_environment(endpoint: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that the usual variables name for this endpoint."""
    found = proxy_variable(endpoint, environ)
    if found is None:
        return None
    address = environ[found].strip()
    # The variables' custom allows to leave the scheme out.
    return check_proxy(address if "://" in address else f"http://{address}", found)
