"""Sheets that were looked at last, kept open: a large workbook is parsed once, however often its choices change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from hotline_batch.application.planning.opening import open_anew
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.errors import HotlineBatchError
from hotline_batch.run_options import Reading
from hotline_batch.sheets.source import OpenSheet

MOST_OPEN: Final = 3


@dataclass(slots=True)
class _Kept:
    lock: Lock = field(default_factory=Lock)
    sheet: OpenSheet | None = None


class OpenSheets:
    """Lends open sheets, each to one borrower at a time. Their files must not change: a new sheet has a new path."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Reading], _Kept] = OrderedDict()

    @contextmanager
    def lend(self, request: SheetRequest) -> Iterator[OpenSheet]:
        """The sheet of a request, as it is to be read. SheetError."""
        key = (request.sheet, request.options.reading)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
        with kept.lock:
            if kept.sheet is None:
                kept.sheet = open_anew(request)
            try:
                yield kept.sheet
            except HotlineBatchError:  # a question, or what is wrong with the sheet: as before it can be read again
                raise
            except BaseException:
                # What stopped in the middle of the file may have left a reading open.
                kept.sheet.close()
                kept.sheet = None
                raise
        self._close_the_oldest()

    def close(self) -> None:
        """Close all that nobody uses."""
        self._close_the_oldest(0)

    def _close_the_oldest(self, most: int | None = None) -> None:
        with self._lock:
            for key, kept in list(self._kept.items()):
                if len(self._kept) <= (self._most if most is None else most):
                    break
                if kept.lock.acquire(blocking=False):
                    if kept.sheet is not None:
                        kept.sheet.close()
                        kept.sheet = None
                    del self._kept[key]
                    kept.lock.release()
