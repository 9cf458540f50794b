"""What lies between the program and its database: passes bytes on, swallows them both ways, holds them, or hangs up.

To swallow is what a firewall does that forgot a connection: it stays open at both ends, and nothing arrives any more.
As behind PgBouncer or a cloud's balancer, the kernel on the way acknowledges every packet, so keepalives tell nothing.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Self

_BYTES_AT_ONCE = 65_536


class Manner(Enum):
    """What becomes of the bytes."""

    PASS = "pass them on"
    SWALLOW = "swallow them, for as long as the connection lives"
    HOLD = "keep them until they may pass"
    HANG_UP = "end the connection at both ends"


@dataclass(eq=False, slots=True)
class _Pair:
    """A connection of the program, and the one to the database that belongs to it. ``is_dead``: it was swallowed.

    ``on_answer``: what the next answer of the database brings about.
    """

    client: socket.socket
    server: socket.socket
    is_dead: bool = False
    on_answer: _Watch | None = None

    def end(self) -> None:
        for end in (self.client, self.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass(eq=False, slots=True)
class _Watch:
    """The ``nth`` time that the program says ``words``: do so, when the database has heard them (or before)."""

    words: bytes
    manner: Manner
    is_heard: bool
    left: int
    happened: threading.Event = field(default_factory=threading.Event)


class Relay:
    """Context manager; ``port`` is where the program is to go. Thread-safe.

    ``target`` is where all goes: a port of this machine, or of another address. ``host`` and ``port`` (0: a free one)
    are where the relay listens.
    """

    def __init__(self, target: int | tuple[str, int], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._target = ("127.0.0.1", target) if isinstance(target, int) else target
        self._manner = Manner.PASS
        self._changed = threading.Condition()
        self._is_closed = False
        self._pairs: set[_Pair] = set()
        self._watches: list[_Watch] = []
        self._listener = socket.create_server((host, port))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.holds = threading.Event()
        """Set as soon as something is held."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True, name="relay").start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._changed:
            self._is_closed = True
            pairs = list(self._pairs)
            self._changed.notify_all()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pair in pairs:
            pair.end()
        with self._changed:
            self._changed.wait_for(lambda: not self._pairs, 10)

    def behave(self, manner: Manner) -> None:
        """From now on. What was swallowed stays lost: a connection that met that never comes back to life."""
        with self._changed:
            self._manner = manner
            if manner in {Manner.SWALLOW, Manner.HANG_UP}:
                for pair in self._pairs:
                    pair.is_dead = True
            pairs = list(self._pairs) if manner is Manner.HANG_UP else []
            self._changed.notify_all()
        for pair in pairs:
            pair.end()

    def when_said(self, words: str, manner: Manner, *, nth: int = 1, heard: bool = True) -> threading.Event:
        """Behave so when the program says ``words`` for the nth time; the event tells that it happened.

        ``heard``: the database still hears the words, and its answer is the first that is lost.
        """
        watch = _Watch(words.encode(), manner, heard, nth)
        with self._changed:
            self._watches.append(watch)
        return watch.happened

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True, name="relay").start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket() as server:
            pair = _Pair(client, server)
            with self._changed:
                if self._is_closed or self._manner is Manner.HANG_UP:
                    pair.end()
                    return
                pair.is_dead = self._manner is Manner.SWALLOW
                self._pairs.add(pair)
            try:
                self._connect(pair)
                back = threading.Thread(target=self._pass_on, args=(pair, server, client), daemon=True, name="relay")
                back.start()
                self._pass_on(pair, client, server)
                back.join()
            finally:
                with self._changed:
                    self._pairs.discard(pair)
                    self._changed.notify_all()

    def _connect(self, pair: _Pair) -> None:
        if pair.is_dead:
            return  # nobody answers the first packet
        try:
            pair.server.connect(self._target)
        except OSError:
            pair.end()

    def _pass_on(self, pair: _Pair, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_BYTES_AT_ONCE):
                if source is pair.client:
                    self._listen(pair, data)
                elif pair.on_answer:
                    self._happen(pair.on_answer)
                    pair.on_answer = None
                with self._changed:
                    if self._manner is Manner.HOLD:
                        self.holds.set()
                    self._changed.wait_for(lambda: self._manner is not Manner.HOLD or self._is_closed)
                    is_swallowed = pair.is_dead
                if not is_swallowed:
                    target.sendall(data)
        if not pair.is_dead:
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

    def _listen(self, pair: _Pair, data: bytes) -> None:
        watch = self._watch_for(data)
        if watch and watch.is_heard:
            pair.on_answer = watch
        elif watch:
            self._happen(watch)

    def _watch_for(self, data: bytes) -> _Watch | None:
        with self._changed:
            for watch in self._watches:
                if watch.words in data:
                    watch.left -= 1
                    if watch.left == 0:
                        self._watches.remove(watch)
                        return watch
        return None

    def _happen(self, watch: _Watch) -> None:
        self.behave(watch.manner)
        watch.happened.set()
