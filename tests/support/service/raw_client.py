"""One request written by hand to a socket -> every byte that came back and how it ended."""

from __future__ import annotations

import json
import socket
import ssl
import time
from dataclasses import dataclass

from tests.support.service.faults.fault import Applied, Stage
from tests.support.service.hostile_server import HostileServer, named
from tests.support.service.pretend_api import PATH

KEYS: dict[str, object] = {"instance": "13209946874612345", "api_key": "instance-key"}


@dataclass(frozen=True, slots=True)
class Heard:
    """``ending`` is ``closed``, ``reset``, ``silent`` (still open), ``refused`` or ``tls`` (the TLS layer gave up)."""

    data: bytes
    ending: str

    @property
    def status(self) -> int | None:
        """The status of the first answer, if there is a status line."""
        words = self.data.split(b" ", 2)
        return int(words[1]) if words[0].startswith(b"HTTP/1.") and len(words) > 1 else None

    @property
    def head(self) -> bytes:
        """Everything before the empty line."""
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """Everything behind the empty line."""
        return self.data.partition(b"\r\n\r\n")[2]

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.body)


def send_content(user_id: int = 1001, message: str = "Hello") -> dict[str, object]:
    """The body of a message."""
    return {"action": "incoming_in_topic", "user_id": user_id, "message": message, **KEYS}


def lookup_content(topic_id: int = 5343) -> dict[str, object]:
    """The body of a lookup."""
    return {"action": "info_by_topic", "group_id": "2101424779", "topic_id": topic_id, **KEYS}


def request_bytes(content: object, *, x_api_key: str = "owner-token", method: str = "POST", path: str = PATH,
                  keep_alive: bool = False, content_type: str = "application/json") -> bytes:  # fmt: skip
    """A whole request; by default it asks the server to close afterwards, so that the end of the answer is seen."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"X-API-KEY: {x_api_key}", f"Content-Length: {len(body)}",
             f"Content-Type: {content_type}", f"Connection: {'keep-alive' if keep_alive else 'close'}"]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def connect(server: HostileServer, tls: ssl.SSLContext | None = None, seconds: float = 60.0) -> socket.socket:
    """A connected socket; ``seconds`` bounds each wait on it."""
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=seconds)
    if tls is None:
        return raw
    try:
        return tls.wrap_socket(raw, server_hostname="127.0.0.1")
    except OSError:
        raw.close()
        raise


def listen_to(connection: socket.socket, seconds: float = 60.0) -> Heard:
    """Everything until the end, or until so many seconds have gone."""
    data = bytearray()
    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            connection.settimeout(left)
            part = connection.recv(1 << 20)
            if not part:
                return Heard(bytes(data), "closed")
            data += part
    except TimeoutError:
        pass
    except ConnectionError:
        return Heard(bytes(data), "reset")
    except ssl.SSLError:
        return Heard(bytes(data), "tls")
    return Heard(bytes(data), "silent")


def ask(server: HostileServer, content: object = None, *, tls: ssl.SSLContext | None = None, seconds: float = 60.0,
        request: bytes | None = None) -> Heard:  # fmt: skip
    """One request on a connection of its own."""
    try:
        with connect(server, tls, seconds) as connection:
            connection.sendall(request or request_bytes(send_content() if content is None else content))
            return listen_to(connection, seconds)
    except ConnectionRefusedError:
        return Heard(b"", "refused")
    except TimeoutError:
        return Heard(b"", "silent")
    except ConnectionError:
        return Heard(b"", "reset")
    except ssl.SSLError:
        return Heard(b"", "tls")


SILENT = {
    "never_reads", "hang_applied", "hang_not_applied", "late_apply", "stall_in_body_applied",
    "stall_in_body_not_applied", "slow_endless_head_applied", "slow_endless_head_not_applied",
    "slow_endless_body_applied", "slow_endless_body_not_applied", "handshake_silent",
}  # fmt: skip


def meet(server: HostileServer, name: str, content: object = None, *, tls: ssl.SSLContext | None = None) -> Heard:
    """One request that meets the fault; silence is heard for a fifth of a second, from when the server has done it."""
    fault, before = named(name), len(server.requests)
    server.fault_next(fault)
    if name not in SILENT:
        return ask(server, content, tls=tls)
    if fault.stage is not Stage.REQUEST:
        return ask(server, content, tls=tls, seconds=0.2)
    asked = send_content() if content is None else content
    with connect(server, tls) as connection:
        connection.sendall(request_bytes(asked))
        server.wait_until(lambda: len(server.requests) > before)
        if fault.applied is Applied.YES and asked == send_content():
            server.wait_until(lambda: bool(server.applied))
        return listen_to(connection, 0.2)


def statuses(server: HostileServer, *users: int) -> list[int | None]:
    """One message for each user, in turn -> the HTTP statuses."""
    return [ask(server, send_content(user)).status for user in users]
