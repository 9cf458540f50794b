"""A session of `requests` -> the same, trusting whom the settings trust and going the way that they say."""

from __future__ import annotations

from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter

from hotline_batch.client.network.transport import trust


class _TrustingAdapter(HTTPAdapter):
    """HTTPS with the certificates of the settings."""

    def __init__(self, ca_file: str | None) -> None:
        self._trusted = trust(ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """With our TLS context, which always verifies."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._trusted)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The same through a proxy."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._trusted)

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to set: the context trusts nobody besides."""


def trust_as_set(session: Session, *, ca_file: str | None, proxy: str | None) -> None:
    """Let a session trust the file's certificates, else the system's, and use this proxy or none; nothing of the
    environment counts.
    """
    session.trust_env = False
    session.proxies = {"http": proxy, "https": proxy} if proxy else {}
    session.mount("https://", _TrustingAdapter(ca_file))
