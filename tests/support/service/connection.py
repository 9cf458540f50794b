"""One accepted connection: bytes in -> request heads and bodies, bytes out, and every way to end it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import sys
from dataclasses import dataclass

LARGEST_HEAD = 65536
# linux/tcp.h, struct tcp_info: tcpi_last_data_recv, in milliseconds, after eight bytes of flags and eleven numbers.
_TCP_INFO_BYTES, _LAST_DATA_RECEIVED_AT = 104, 52
TLS_HELLO = b"\x16\x03"


class ConnectionGone(Exception):
    """The client left, or a fault ended the connection."""


@dataclass(frozen=True, slots=True)
class Head:
    """The request line and the header fields, names in lower case, in order of arrival."""

    method: str
    path: str
    version: str
    fields: tuple[tuple[str, str], ...]

    def field(self, name: str) -> str:
        """The first value under ``name``, or an empty text."""
        return next((value for key, value in self.fields if key == name), "")

    @property
    def body_length(self) -> int:
        """What Content-Length promises; 0 without one."""
        text = self.field("content-length")
        return int(text) if text.isdecimal() else 0


class Connection:
    """A raw or TLS socket with a read buffer. Used by its own thread; only ``interrupt`` is for others."""

    def __init__(self, raw: socket.socket, number: int) -> None:
        self.socket: socket.socket = raw
        self.number = number
        self.is_open = True
        self.bytes_received = 0
        self._buffer = bytearray()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Do the server's part of the handshake; raises ``ssl.SSLError`` or ``OSError`` where the client refuses."""
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def read_head(self) -> Head | None:
        """The next request head, or None where the client closed between requests."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > LARGEST_HEAD or not self._receive():
                return None
            if self._buffer.startswith(TLS_HELLO):
                self.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                return None
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        method, _, rest = lines[0].partition(" ")
        path, _, version = rest.rpartition(" ")
        pairs = (line.partition(":") for line in lines[1:])
        return Head(method, path, version, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs))

    def read_body(self, length: int) -> bytes:
        """Exactly ``length`` bytes of body; raises ConnectionGone where the client leaves before the last one."""
        while len(self._buffer) < length:
            if not self._receive():
                raise ConnectionGone
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def write(self, data: bytes) -> None:
        """All of ``data``; raises ConnectionGone where the client has left."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise ConnectionGone from error

    def write_beneath_tls(self, data: bytes) -> None:
        """Put ``data`` on the wire without encryption, then end the connection."""
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket = socket.socket(fileno=self.socket.detach())
        self.write(data)
        self.close()

    def wait_until_client_leaves(self, seconds: float | None) -> bool:
        """Read and drop until the client closes; False where it is still there after so many seconds."""
        with contextlib.suppress(TimeoutError):
            try:
                self.socket.settimeout(seconds)
                while self.socket.recv(LARGEST_HEAD):
                    pass
            except TimeoutError:
                raise
            except OSError:
                return True
            return True
        with contextlib.suppress(OSError):
            self.socket.settimeout(None)
        return False

    def half_close(self) -> None:
        """Send FIN and go on hearing."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def reset(self) -> None:
        """End with RST."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """End with FIN, or with RST by the kernel's own rule where received bytes were never read."""
        self.is_open = False
        self.socket.close()

    @property
    def seconds_since_data(self) -> float:
        """How long ago the last bytes came to this machine, whenever this thread had its turn to read them.

        Where the system does not tell: 0.
        """
        if sys.platform != "linux":
            return 0.0
        try:
            told = socket.socket.getsockopt(self.socket, socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        except OSError:
            return 0.0
        if len(told) < _LAST_DATA_RECEIVED_AT + 4:
            return 0.0
        (milliseconds,) = struct.unpack_from("=I", told, _LAST_DATA_RECEIVED_AT)
        return float(milliseconds) / 1000

    def interrupt(self) -> None:
        """Wake the thread that reads here; safe to call from another thread, also on a TLS socket."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def _receive(self) -> bool:
        try:
            data = self.socket.recv(LARGEST_HEAD)
        except OSError:
            return False
        self.bytes_received += len(data)
        self._buffer += data
        return bool(data)
