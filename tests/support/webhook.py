"""A webhook on 127.0.0.1 that keeps what it is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.served import Served

TOKEN = "hook-token-27182"
"""Part of the address, as the token of a chat's webhook is; no other trace of it may be anywhere."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Webhook)
        found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == f"/{TOKEN}":
            server.taken.append(found)
        self.send_response(server.answers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing is said on standard error."""


class Webhook(Served, ThreadingHTTPServer):
    """Use as a context. ``answers`` is the HTTP status that it gives, ``taken`` what came, in its order."""

    def __init__(self, answers: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.taken: list[Mapping[str, Any]] = []

    @property
    def address(self) -> str:
        """The address as apprise knows it."""
        return f"json://127.0.0.1:{self.server_address[1]}/{TOKEN}"

    @property
    def titles(self) -> Sequence[str]:
        """The titles of that."""
        return [str(each["title"]) for each in self.taken]
