"""What a fault may do with the connection and the request that it met."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.service.connection import Connection, ConnectionGone, Head
from tests.support.service.pretend_api import GoodAnswer

if TYPE_CHECKING:
    from tests.support.service.faults.fault import Fault
    from tests.support.service.hostile_server import HostileServer

REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Payload Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 422: "Unprocessable Entity", 425: "Too Early",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip

NO_ANSWER = GoodAnswer(200, {})
JSON_TYPE = "application/json; charset=utf-8"


def render(
    status: int,
    body: bytes,
    content_type: str | None = JSON_TYPE,
    fields: Iterable[tuple[str, str]] = (),
    *,
    version: str = "HTTP/1.1",
) -> bytes:
    """A complete answer with Content-Length; no Content-Type where ``content_type`` is None."""
    lines = [f"{version} {status} {REASONS.get(status, 'Unassigned')}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines.extend(f"{name}: {value}" for name, value in fields)
    if status != 204:  # RFC 9110 section 8.6: no Content-Length in a 204
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def to_json(value: object) -> bytes:
    """UTF-8 JSON as n8n writes it: no spaces, letters of every script as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True)
class Exchange:
    """One request (``head`` and ``body`` as far as the fault's stage has them) on one connection.

    ``good`` is what a service in good health would say; ``number`` counts the requests of the server.
    """

    server: HostileServer
    connection: Connection
    fault: Fault
    head: Head | None = None
    body: bytes = b""
    number: int = 0
    good: GoodAnswer = NO_ANSWER

    @property
    def good_status(self) -> int:
        """The HTTP status of the good answer."""
        return self.good.status

    @property
    def good_answer(self) -> object:
        """The JSON value of the good answer."""
        return self.good.body

    def write(self, data: bytes) -> None:
        """Bytes to the client; raises ConnectionGone where it has left."""
        self.connection.write(data)

    def write_slowly(self, data: bytes) -> None:
        """A byte at a time with the fault's pause between, for as long as the client stays."""
        for index in range(len(data)):
            self.write(data[index : index + 1])
            if self.server.wait_unless_stopped(self.fault.seconds):
                raise ConnectionGone

    def answer(
        self,
        status: int,
        body: bytes,
        content_type: str | None = JSON_TYPE,
        fields: Iterable[tuple[str, str]] = (),
    ) -> None:
        """A complete answer; the connection stays open."""
        self.write(render(status, body, content_type, fields))

    def good_body(self) -> bytes:
        """The body of the good answer."""
        return to_json(self.good_answer)

    def hang(self) -> None:
        """Say nothing for the fault's seconds or until the client leaves, then close."""
        self.connection.wait_until_client_leaves(self.fault.seconds)
        self.connection.close()

    def apply_later(self) -> None:
        """Post the message after the fault's seconds, or as soon as the test calls ``apply_late_now``."""
        self.server.apply_late(self)
