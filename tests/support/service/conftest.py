"""What the tests of the stand-in share: a running server, a secure one, and a client that trusts it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service.certificates import authority
from tests.support.service.hostile_server import HostileServer


@pytest.fixture
def secure_server() -> Iterator[HostileServer]:
    """The same behind TLS, with a certificate to trust."""
    with HostileServer(tls="good") as running:
        yield running


@pytest.fixture
def trusting(tmp_path: Path) -> ssl.SSLContext:
    """A client's TLS that trusts this session's authority."""
    return ssl.create_default_context(cafile=str(authority().write_ca_file(tmp_path / "ca.pem")))
