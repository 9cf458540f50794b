"""Drafts that are being started, in the background: a large sheet, or one whose users are looked up, takes a while."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock

from hotline_batch.application.drafts.become_run import Agreement, Outcome, become_run
from hotline_batch.settings.model import Settings

_AT_ONCE = 4


class Starts:
    """Starts each draft once at a time; a second click gets the same answer as the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._going: dict[str, Future[Outcome]] = {}
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="start")

    def begin(self, settings: Settings, draft_id: str, agreed: Agreement) -> Future[Outcome]:
        """Start a draft, or join who does it already."""
        with self._lock:
            going = self._going.get(draft_id)
            if going is None or going.done():
                # In the name of whoever asks.
                going = self._workers.submit(copy_context().run, become_run, settings, draft_id, agreed)
                self._going[draft_id] = going
            return going

    def going(self, draft_id: str) -> Future[Outcome] | None:
        """The start that goes on, or that ended and whose answer nobody was told yet."""
        with self._lock:
            return self._going.get(draft_id)

    def told(self, draft_id: str) -> None:
        """Somebody was told how a start ended."""
        with self._lock:
            going = self._going.get(draft_id)
            if going is not None and going.done():
                del self._going[draft_id]

    def close(self) -> None:
        """Wait for what goes on."""
        self._workers.shutdown(wait=True)
