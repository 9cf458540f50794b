"""A pretend Hotline on 127.0.0.1: practice keys, the same people at every start, and mishaps on request.

with Sandbox() as sandbox:
    ...  # POST to sandbox.url with sandbox.x_api_key, sandbox.instance and sandbox.api_key
    print(sandbox.world.messages)
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from uvicorn import Config

from hotline_batch.sandbox import webhook
from hotline_batch.sandbox.app import Application, RateLimit, parse_limit, welcome
from hotline_batch.sandbox.export import write_export
from hotline_batch.sandbox.faults import Faults
from hotline_batch.sandbox.wire import AbruptServer, HandsOverTransport
from hotline_batch.sandbox.world import PEOPLE, World

HOST = "127.0.0.1"
# A Node server, as n8n is one, says 5 seconds and closes an idle connection after 6.
_KEEP_ALIVE_TOLD, _KEEP_ALIVE_KEPT = "timeout=5", 6
_BACKLOG = 2048
_SECONDS_TO_START, _SECONDS_TO_STOP = 60, 60


class Sandbox:
    """A running pretend Hotline. ``port`` 0 takes a free one; after a stop, a start uses the same port again.

    ``rate`` (``18/min``, ``5/s``, ``1000/h``) limits each connection, beyond it requests are refused with 429.
    ``latency_ms`` passes before a request takes effect. ``mishaps`` maps names of ``faults.MISHAPS`` to the share of
    requests that meet them, drawn by ``seed``. ``messages_file`` gets a line of JSON for every posted message.
    ``knows_everybody``: every user and every topic exists but ``people.NOBODY``, also those that it has not invented.
    Raises ValueError for options that cannot be, and OSError where the port is taken.
    """

    x_api_key = webhook.X_API_KEY
    instance = webhook.CONNECTIONS[0].instance
    api_key = webhook.CONNECTIONS[0].api_key
    connections = webhook.CONNECTIONS

    def __init__(
        self,
        port: int = 0,
        *,
        rate: str | None = None,
        latency_ms: float = 0,
        mishaps: Mapping[str, float] | None = None,
        seed: int = 0,
        messages_file: Path | None = None,
        people: int = PEOPLE,
        knows_everybody: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= latency_ms < float("inf"):
            raise ValueError(f"The latency is {latency_ms:g} ms; it is 0 or more.")
        self.port = port
        self.world = World(people, messages_file, knows_everybody=knows_everybody)
        self.faults = Faults(mishaps, seed)
        rate_limit = RateLimit(parse_limit(rate), clock) if rate else None
        self._app = Application(self.world, self.faults, rate_limit, latency_ms / 1000, clock)
        self._server: AbruptServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The whole endpoint, as a client is configured with it."""
        return f"http://{HOST}:{self.port}{webhook.ENDPOINT}"

    @property
    def requests(self) -> int:
        """How many requests arrived for the webhook or beside it, refused ones included."""
        return len(self._app.arrivals)

    @property
    def arrivals(self) -> tuple[float, ...]:
        """When each of ``requests`` arrived, in seconds of the monotonic clock."""
        return tuple(self._app.arrivals)

    @property
    def most_at_once(self) -> int:
        """How many requests were open at the same time, at most."""
        return self._app.most_at_once

    def describe(self) -> str:
        """What a person needs to know to use this sandbox; its keys are for practice and no secrets."""
        return welcome(f"http://{HOST}:{self.port}", self.world)

    def export(self, path: Path) -> None:
        """Write the world as Telegram Desktop exports it. Raises OSError where that cannot be."""
        write_export(self.world, path)

    def start(self) -> Self:
        """Listen, in a thread of its own; returns once requests are taken."""
        if self._thread is not None:
            raise RuntimeError("This sandbox is running already.")
        listener = _listen(self.port)
        self.port = listener.getsockname()[1]
        server = AbruptServer(
            Config(
                self._app,
                http=HandsOverTransport,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                headers=[("keep-alive", _KEEP_ALIVE_TOLD)],
                timeout_keep_alive=_KEEP_ALIVE_KEPT,
            )
        )
        self._server = server
        self._thread = threading.Thread(target=server.run, args=([listener],), name="hotline-sandbox", daemon=True)
        self._thread.start()
        if not server.listening.wait(_SECONDS_TO_START):
            raise RuntimeError(f"The sandbox did not start listening on port {self.port}.")
        return self

    def stop(self) -> None:
        """Drop every connection and stop listening; what was posted can still be read."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(_SECONDS_TO_STOP)
        self._server = self._thread = None

    def serve_until_stopped(self, tell: Callable[[], None] = lambda: None) -> None:
        """Serve until Ctrl-C, then stop without a word. Starts the sandbox unless it is running.

        ``tell`` is called once requests are taken; whoever hears of it may press Ctrl-C from then on.
        """
        try:
            if self._thread is None:
                self.start()
            tell()
            while self._thread is not None and self._thread.is_alive():
                # Without a time-out, Windows would not notice Ctrl-C while waiting.
                self._thread.join(0.5)
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(port: int) -> socket.socket:
    # asyncio sends small packets at once only where the protocol is named; else every answer waits 40 ms for the
    # client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            # Elsewhere than on Windows this lets a restart have the port back at once, and nobody share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
