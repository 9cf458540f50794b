"""The ledger, opened once for all requests: opening it anew costs more than most screens."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from threading import Lock

from hotline_batch.application.runs.start import ledger_kept_open
from hotline_batch.application.runs.views.listing import is_there
from hotline_batch.errors import LedgerError
from hotline_batch.settings.model import Settings


class KeptLedger:
    """Keeps one ledger open, that of the last settings; none is made where there is none yet."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._url = ""
        self._kept: AbstractContextManager[None] | None = None

    def keep(self, settings: Settings) -> None:
        """Keep this one. Where it cannot be opened, whoever needs it says so."""
        if settings.ledger == self._url or not is_there(settings):
            return
        with self._turn, suppress(LedgerError):
            if settings.ledger != self._url:
                self._let_go()
                kept = ledger_kept_open(settings)
                kept.__enter__()
                self._url, self._kept = settings.ledger, kept

    def close(self) -> None:
        """Let it go."""
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        if self._kept is not None:
            self._kept.__exit__(None, None, None)
        self._url, self._kept = "", None
