"""A few threads -> claimed rows leave, each in one of them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from hotline_batch.errors import SettingsError
from hotline_batch.ledger.journal.entries import Claimed


class Senders:
    """So many threads, each of which sends one row after the other; use it as a context manager.

    Nobody waits for them at its end: what is on its way then may take as long as the service lets it.
    """

    def __init__(self, count: int, send: Callable[[Claimed], None]) -> None:
        self._work: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._send = send
        self._threads = [threading.Thread(target=self._send_what_comes, daemon=True) for _ in range(count)]

    def __enter__(self) -> Senders:
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError:
            self.__exit__()
            raise SettingsError(
                f"This machine has no room for {len(self._threads)} requests in flight. Nothing left. "
                "Lower --concurrency."
            ) from None
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in self._threads:
            self._work.put(None)

    def put(self, claimed: Claimed) -> None:
        """Let a claimed row leave; returns at once."""
        self._work.put(claimed)

    def _send_what_comes(self) -> None:
        while (claimed := self._work.get()) is not None:
            self._send(claimed)
