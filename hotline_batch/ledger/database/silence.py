"""Waits for a database server -> hung up on where it says nothing for too long.

The server's time-outs do not help where its answers vanish, and psycopg waits for ever.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

_log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 0.5


class SilenceWatch:
    """Hangs up on a driver's connection that waits for longer than was said.

    One thread looks at all waits, twice a second; it ends when nobody waits.
    """

    def __init__(self) -> None:
        self._waits: dict[int, tuple[float, weakref.ref[Any]]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._most_seconds = math.inf

    def hurry(self, seconds: float) -> None:
        """No wait lasts longer than that from now on, nor those that have begun."""
        until = time.monotonic() + seconds
        with self._lock:
            self._most_seconds = seconds
            self._waits = {key: (min(until, before), driver) for key, (before, driver) in self._waits.items()}

    def starts(self, driver: Any, seconds: float) -> None:
        """A wait of so many seconds at most begins; the last one of a connection counts."""
        until = time.monotonic() + min(seconds, self._most_seconds)
        with self._lock:
            self._waits[id(driver)] = (until, weakref.ref(driver))
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="ledger-silence", daemon=True)
                self._thread.start()

    def ends(self, driver: Any) -> None:
        """An answer came, or nobody waits for one any more."""
        with self._lock:
            self._waits.pop(id(driver), None)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            now = time.monotonic()
            with self._lock:
                silent = [key for key, (until, _) in self._waits.items() if until <= now]
                hung_up = [self._waits.pop(key)[1] for key in silent]
                if not self._waits:
                    self._thread = None
            if hung_up:
                _log.error("ledger silent", extra={"waits": len(hung_up)})
            for driver in hung_up:
                _hang_up(driver)
            if self._thread is not threading.current_thread():
                return


def _hang_up(reference: weakref.ref[Any]) -> None:
    """Close the way to the server, so that whoever waits there hears that nothing more will come."""
    driver = reference()
    with suppress(Exception):  # it may have been closed meanwhile
        copy = socket.socket(fileno=os.dup(driver.fileno()))  # type: ignore[union-attr]  # None is suppressed, too
        with copy:
            copy.shutdown(socket.SHUT_RDWR)
