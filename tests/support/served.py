"""A server of the standard library that answers from a thread of its own, within a context."""

from __future__ import annotations

import socketserver
import threading
from typing import Self


class Served(socketserver.BaseServer):
    """To be mixed into one."""

    daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()
