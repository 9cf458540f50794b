"""When a client has died: wait until the service has dealt with everything that was on its way."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.support.service.hostile_server import HostileServer


def wait_until_quiet(server: HostileServer) -> None:
    """Return when no connection is open and none waits to be accepted, so that the server's record is complete."""
    before = server.connections
    with suppress(OSError):
        # Connections are accepted in their order: once this one is, all that the dead client made are.
        socket.create_connection(("127.0.0.1", server.port), 60).close()
        server.wait_until(lambda: server.connections > before)
    server.wait_until(lambda: not server._listening._open)
