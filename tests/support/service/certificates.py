"""Certificates made for one test session: good, expired, for another host, and of nobody we trust."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

import trustme


class Certificate(StrEnum):
    """What the server shows in the TLS handshake. ``NOT_TRUSTED`` comes from an authority that nobody knows."""

    GOOD = "good"
    EXPIRED = "expired"
    WRONG_HOST = "wrong_host"
    NOT_TRUSTED = "not_trusted"


class Authority:
    """A certificate authority of this test session."""

    def __init__(self) -> None:
        self._known = trustme.CA()

    def write_ca_file(self, path: Path) -> Path:
        """The file to name as ``ca_file``: it makes GOOD trusted, and none of the others."""
        self._known.cert_pem.write_to_path(str(path))
        return path

    def server_context(self, certificate: Certificate) -> ssl.SSLContext:
        """The server's side of TLS with this certificate for 127.0.0.1 and localhost."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        match certificate:
            case Certificate.GOOD:
                issued = self._known.issue_cert("127.0.0.1", "localhost")
            case Certificate.EXPIRED:
                before = yesterday - timedelta(days=30)
                issued = self._known.issue_cert("127.0.0.1", "localhost", not_before=before, not_after=yesterday)
            case Certificate.WRONG_HOST:
                issued = self._known.issue_cert("another-host.example")
            case Certificate.NOT_TRUSTED:
                issued = self._stranger.issue_cert("127.0.0.1", "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context

    @cached_property
    def _stranger(self) -> trustme.CA:
        return trustme.CA()


@cache
def authority() -> Authority:
    """The one authority of this process, made at first use."""
    return Authority()
