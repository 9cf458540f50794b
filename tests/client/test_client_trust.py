"""Whose certificates are trusted, and what TLS leaves behind where a service never gets as far as the handshake."""

from __future__ import annotations

import os
import select
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import truststore

from hotline_batch.client.network.transport import trust
from hotline_batch.client.topics import TopicsClient
from hotline_batch.errors import UntrustedEndpoint
from tests.support.service.certificates import authority
from tests.support.service.connection import Connection
from tests.support.service.hostile_server import HostileServer


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What a process found out once is found out anew."""
    trust.cache_clear()
    yield
    trust.cache_clear()


def send_to(server: HostileServer, ca_file: str | None = None) -> None:
    with TopicsClient(
        "owner-token", "13209946874612345", "instance-key", endpoint=server.url, ca_file=ca_file
    ) as client:
        client.send_message(987654321, "Hello")


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_authority_that_the_system_trusts_needs_no_file(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's own, put there by its administrator; another's certificate is refused all the same."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority().write_ca_file(tmp_path / "ca.pem")))
    monkeypatch.setattr(sys, "platform", platform)

    with HostileServer(tls="good") as server:
        send_to(server)
        send_to(server)
        assert 2 == len(server.requests)
    for flaw in ("not_trusted", "wrong_host", "expired"):
        with HostileServer(tls=flaw) as server, pytest.raises(UntrustedEndpoint) as refused:
            send_to(server)
        assert "certificate_refused" == refused.value.code
    assert isinstance(trust(None), truststore.SSLContext) == (platform != "linux")


@pytest.mark.usefixtures("forgotten")
def test_authority_that_the_system_does_not_know_is_refused_unless_a_file_names_it(tmp_path: Path) -> None:
    with HostileServer(tls="good") as server:
        with pytest.raises(UntrustedEndpoint):
            send_to(server)
        send_to(server, str(authority().write_ca_file(tmp_path / "ca.pem")))

        assert 1 == len(server.requests)


@pytest.mark.usefixtures("forgotten")
def test_file_counts_instead_of_the_system(tmp_path: Path) -> None:
    """Whoever names one trusts nobody besides."""
    assert 1 == trust(str(authority().write_ca_file(tmp_path / "ca.pem"))).cert_store_stats()["x509_ca"]


@pytest.mark.usefixtures("forgotten")
def test_where_the_system_has_no_authorities_the_usual_ones_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in containers that come without any."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    assert 0 == ssl.create_default_context().cert_store_stats()["x509_ca"]
    assert trust(None).cert_store_stats()["x509_ca"] > 50


def test_reset_before_the_handshake_leaves_no_open_socket() -> None:
    """A service that refuses thousands of connections so must not use up the sockets of the machine."""
    with socket.create_server(("127.0.0.1", 0)) as service:
        connecting = socket.create_connection(service.getsockname(), 60)
        number = connecting.fileno()
        accepted, _ = service.accept()
        Connection(accepted, 1).reset()
        select.select([connecting], [], [], 60)

        with pytest.raises(ConnectionResetError) as raised:
            trust(None).wrap_socket(connecting, server_hostname="localhost")

        # While the error is held, nobody else has closed it.
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
        assert "before the handshake" in str(raised.value)
