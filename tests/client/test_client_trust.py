"""What TLS leaves behind where a service never gets as far as the handshake."""

from __future__ import annotations

import os
import select
import socket

import pytest

from hotline_batch.client.network.transport import trust
from tests.support.connection import Connection


def test_reset_before_the_handshake_leaves_no_open_socket():
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
