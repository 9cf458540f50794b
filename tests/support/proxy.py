"""A stand-in for a company's forward proxy: refuses, hangs up in CONNECT, or lets a tunnel through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from enum import Enum
from typing import Self

_BYTES_AT_ONCE = 65_536


class Manner(Enum):
    """How the proxy treats a CONNECT."""

    TUNNEL = "tunnel"
    DEMAND_PASSWORD = "demand a password"
    FORBID = "forbid"
    HANG_UP = "hang up"


class Proxy:
    """Context manager; ``connects`` keeps the target of every CONNECT, ``heads`` the whole heads.

    ``names`` are hosts that it finds on this machine.
    """

    def __init__(self, manner: Manner = Manner.TUNNEL, port: int = 0, names: Collection[str] = ()) -> None:
        self.manner = manner
        self._names = names
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for open_socket in [self._listener, *self._open]:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def connects(self) -> list[str]:
        return [head.split(" ")[1] for head in self.heads if head.startswith("CONNECT ")]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(_BYTES_AT_ONCE)
                if not data:
                    return
                head += data
            self.heads.append(head.decode("latin-1"))
            match self.manner:
                case Manner.DEMAND_PASSWORD:
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                case Manner.FORBID:
                    client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                case Manner.TUNNEL:
                    self._tunnel(client, self.connects[-1])
                case Manner.HANG_UP:
                    pass
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()

    def _tunnel(self, client: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        host = "127.0.0.1" if host in self._names else host
        with socket.create_connection((host, int(port))) as service:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(service, client), daemon=True)
            back.start()
            _pass_on(client, service)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_BYTES_AT_ONCE):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
