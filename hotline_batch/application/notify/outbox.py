"""Messages that are on their way, each in a thread of its own: nobody waits for them but whoever is about to end."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Sequence

from hotline_batch.ledger.news import Told as Told

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 100.0
"""Longer than any channel may take."""


class Outbox:
    """Tasks that tell somebody something, and what did not get through. Shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._troubles: list[Told] = []
        self._is_given_up = False

    def post(self, task: Callable[[], Sequence[Told]]) -> None:
        """Do it soon; returns at once."""
        # A daemon: where nobody waits any longer, it must not keep the program.
        thread = threading.Thread(target=self._do, args=(task,), name="news", daemon=True)
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)
            thread.start()

    def wait(self, seconds: float = _PATIENCE_SECONDS) -> bool:
        """Until all that was posted is done, or the time is up; whether it is done."""
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                self._threads = [each for each in self._threads if each.is_alive()]
                under_way = list(self._threads)
            if not under_way or self._is_given_up:
                return not under_way
            if (left := until - time.monotonic()) <= 0:
                return False
            under_way[0].join(left)

    def give_up(self) -> None:
        """Wait for nothing that was posted so far, here or at the end of the process."""
        self._is_given_up = True

    def take_troubles(self) -> Sequence[Told]:
        """What did not get through since the last time."""
        with self._lock:
            taken, self._troubles = self._troubles, []
        return taken

    def _do(self, task: Callable[[], Sequence[Told]]) -> None:
        try:
            told = task()
        except Exception:  # noqa: BLE001 - news are never worth more than what they are about
            _log.exception("internal error")
            return
        with self._lock:
            self._troubles += [each for each in told if each.problem]


OUTBOX = Outbox()
"""Of the whole process on purpose: whoever concludes a run posts here, and whoever ends the process waits."""

atexit.register(OUTBOX.wait)
