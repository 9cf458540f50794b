"""The address of a service that takes news -> what may be said of it: which service, and via which host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from hotline_batch.language.words import words

_SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "discord": "Discord",
        "form": "webhook",
        "forms": "webhook",
        "gotify": "Gotify",
        "gotifys": "Gotify",
        "json": "webhook",
        "jsons": "webhook",
        "mailto": "e-mail",
        "mailtos": "e-mail",
        "matrix": "Matrix",
        "matrixs": "Matrix",
        "mmost": "Mattermost",
        "mmosts": "Mattermost",
        "msteams": "Teams",
        "ntfy": "ntfy",
        "ntfys": "ntfy",
        "rocket": "Rocket.Chat",
        "rockets": "Rocket.Chat",
        "slack": "Slack",
        "tgram": "Telegram",
        "workflow": "Teams",
        "workflows": "Teams",
        "xml": "webhook",
        "xmls": "webhook",
    }
)
# In the addresses of other services a token may stand where a host does.
_WITH_A_HOST = frozenset(
    {"form", "forms", "gotify", "gotifys", "json", "jsons", "mailto", "mailtos", "mmost", "mmosts", "xml", "xmls"}
)
_SCHEME = re.compile("[a-z][a-z0-9]{1,15}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+|localhost|[0-9a-f:]*:[0-9a-f:]+", re.I)


def destination_of(address: str) -> str:
    """Such as ``e-mail via mail.example`` or ``Slack``: nothing that may be a user, a password or a token."""
    scheme, mark, _ = address.partition("://")
    scheme = scheme.strip().lower()
    if not mark or _SCHEME.fullmatch(scheme) is None:
        return words("a service")
    name = _SERVICES.get(scheme, scheme)
    host = _host_of(address.strip()) if scheme in _WITH_A_HOST else ""
    return words("{name} via {host}", name=name, host=host) if host else name


def _host_of(address: str) -> str:
    """The host; empty where it cannot be told for certain where it stands."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # refused where it is a piece of a password
    except ValueError:
        return ""
    # A password with a / ? or # that was not escaped puts the @ behind them.
    if "@" in parts.path or parts.fragment or parts.netloc.count("@") > 1:
        return ""
    host = _mail_server(parts) or parts.hostname or ""
    return host if _HOST.fullmatch(host) else ""


def _mail_server(parts: SplitResult) -> str:
    """The server that takes the mail, where the address names another than that of its domain."""
    return parse_qs(parts.query).get("smtp", [""])[0] if parts.scheme.lower().startswith("mailto") else ""
