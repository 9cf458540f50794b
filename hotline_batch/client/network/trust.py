"""Whose certificates are trusted: those of the system, or those of a file."""

from __future__ import annotations

import errno
import ssl
import sys
from functools import cache
from typing import Any

import certifi
import truststore

from hotline_batch.errors import SettingsError


@cache
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Who is trusted: the certificates of the file, else the system's authorities, a company's own among them.

    Raises SettingsError for a file that holds none.
    """
    # Reading the certificates costs over 20 ms, so it happens once a process and not once a connection.
    if ca_file is None:
        return _trust_of_the_system()
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(
            f"The file of trusted certificates {ca_file} cannot be used ({type(error).__name__}). It has to hold "
            "certificates in PEM form; it is named by ca_file, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE."
        ) from None
    context.sslsocket_class = _TlsSocket
    return context


def _trust_of_the_system() -> ssl.SSLContext:
    if sys.platform in {"darwin", "win32"}:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere the system's authorities are files that OpenSSL knows; truststore would read them for each connection.
    context = ssl.create_default_context()
    if context.cert_store_stats()["x509_ca"] == 0:
        context.load_verify_locations(certifi.where())
    context.sslsocket_class = _TlsSocket
    return context


class _TlsSocket(ssl.SSLSocket):
    """A socket that closes itself where the service resets it before the handshake; CPython leaves that one open."""

    def getpeername(self) -> Any:
        # The first thing that wrap_socket asks. What it does with an error closes nothing (CPython 3.11).
        try:
            return super().getpeername()
        except OSError as error:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, "The connection was reset before the handshake.") from error
