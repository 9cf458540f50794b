"""Looks at drafts, made in the background and kept: the same choices are planned once, however often they are shown."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Final

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look, look_at
from hotline_batch.application.drafts.open_sheets import OpenSheets
from hotline_batch.application.drafts.request import digest_of
from hotline_batch.application.runs.overview import newest_runs
from hotline_batch.language.reader import language_of_reader
from hotline_batch.settings.model import Settings

_MOST_KEPT: Final = 32
_AT_ONCE: Final = 2


class Looks:
    """Keeps the newest looks. ``sheets`` are those that are open for them."""

    def __init__(self) -> None:
        self.sheets = OpenSheets()
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str, str, str], tuple[Settings, Future[Look]]] = OrderedDict()
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look")

    def of(self, draft: Draft, settings: Settings) -> Future[Look]:
        """The look at a draft as it is now, told to the reader of now.

        Another run of the ledger may have sent some of it since the last one.
        """
        newest = "".join(run.id + run.state for run in newest_runs(settings, 1))
        key = (draft.id, digest_of(draft), newest, language_of_reader())
        with self._lock:
            before, look = self._kept.get(key, (None, None))
            if look is None or before != settings or (look.done() and look.exception() is not None):
                look = self._workers.submit(copy_context().run, look_at, draft, settings, self.sheets)
            self._kept[key] = (settings, look)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return look

    def forget(self, draft_id: str) -> None:
        """Look at a draft anew the next time, since it turned out that something is not as it was."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == draft_id]:
                del self._kept[key]

    def close(self) -> None:
        """End what goes on, and close what is open."""
        self._workers.shutdown(wait=True, cancel_futures=True)
        self.sheets.close()
