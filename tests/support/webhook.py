"""A webhook on 127.0.0.1 that keeps what it is given."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "hook-token-27182"
"""Part of the address, as the token of a chat's webhook is; no other trace of it may be anywhere."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == f"/{TOKEN}":
            server.taken.append(found)
        self.send_response(server.answers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing is said on standard error."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[Mapping[str, Any]] = []


class Webhook:
    """Use as a context. ``answers`` is the HTTP status that it gives."""

    def __init__(self, answers: int = 200) -> None:
        self._server = _Server()
        self._server.answers = answers
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """The address as apprise knows it."""
        return f"json://127.0.0.1:{self._server.server_address[1]}/{TOKEN}"

    @property
    def taken(self) -> Sequence[Mapping[str, Any]]:
        """What came, in its order."""
        return self._server.taken

    @property
    def titles(self) -> Sequence[str]:
        """The titles of that."""
        return [str(each["title"]) for each in self.taken]
