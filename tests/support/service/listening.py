"""The listening socket and a thread per connection, able to vanish and come back on the same port."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable

from tests.support.service.connection import Connection, ConnectionGone


class Listening:
    """Accepts on 127.0.0.1 and hands each connection to ``serve`` in a thread of its own. Thread-safe."""

    def __init__(self, port: int, serve: Callable[[Connection], None], on_end: Callable[[], None]) -> None:
        self.port = port
        self.connections = 0
        self.stopping = threading.Event()
        self.errors: list[Exception] = []
        self._serve = serve
        self._on_end = on_end
        self._lock = threading.RLock()
        self._waker: socket.socket | None = None
        self._keeper: socket.socket | None = None
        self._open: set[Connection] = set()
        self._threads: set[threading.Thread] = set()

    def come_back(self) -> None:
        """Listen, on the same port as before; nothing happens where it listens already or was stopped."""
        with self._lock:
            if self._waker or self.stopping.is_set():
                return
            if self._keeper is None:
                # Bound and deaf: while the service is down nobody else on this machine gets its port.
                self._keeper = _bound(self.port)
                self.port = self._keeper.getsockname()[1]
            listener = _bound(self.port)
            try:
                listener.listen(256)
            except OSError:
                listener.close()
                raise
            listener.setblocking(False)
            self._waker, wakened = socket.socketpair()
            self.start(self._accept, listener, wakened)

    def go_down(self, *, spared: Connection | None = None) -> None:
        """Refuse new connections and end the open ones but ``spared``; when this returns, the port is closed."""
        with self._lock:
            waker, self._waker = self._waker, None
        if waker:
            with waker:
                waker.shutdown(socket.SHUT_WR)
                waker.recv(1)  # returns once the other side is closed, and the listener before it
        with self._lock:
            for connection in self._open - {spared}:
                connection.interrupt()

    def close(self) -> None:
        """Stop for good: end every connection, then wait up to a minute for the threads."""
        self.stopping.set()
        self.go_down()
        with self._lock:
            if self._keeper:
                self._keeper.close()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with self._lock:
                thread = next(iter(self._threads - {threading.current_thread()}), None)
                for connection in self._open:
                    connection.interrupt()
            if thread is None:
                return
            thread.join(0.5)

    def start(self, target: Callable[..., None], *arguments: object) -> None:
        """Run ``target`` in a thread that ``close`` waits for; what it raises is kept in ``errors``."""

        def run() -> None:
            try:
                target(*arguments)
            except ConnectionGone:
                pass
            except Exception as error:  # noqa: BLE001 - an error of the stand-in is raised where the test sees it
                self.errors.append(error)
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, daemon=True, name=f"hostile-{self.port}")
        with self._lock:
            self._threads.add(thread)
            thread.start()

    def _accept(self, listener: socket.socket, wakened: socket.socket) -> None:
        with wakened, listener, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wakened, selectors.EVENT_READ)
            while all(key.fileobj is listener for key, _ in selector.select()):
                with contextlib.suppress(OSError):
                    self._receive(listener.accept()[0])

    def _receive(self, raw: socket.socket) -> None:
        raw.setblocking(True)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self.connections += 1
            connection = Connection(raw, self.connections)
            self._open.add(connection)
        self.start(self._converse, connection)

    def _converse(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        finally:
            connection.close()
            with self._lock:
                self._open.discard(connection)
            self._on_end()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made
