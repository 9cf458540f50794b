"""A watcher of a folder, with its worker, in a process of its own that dies at a chosen line, or is watched to its end.

The lines are all the moments that count to whoever comes next: right before each commit of the ledger, and right before
a file is moved. Dying before one is dying after the one before it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event

from hotline_batch.application.inbox.options import WatchChoices
from hotline_batch.application.inbox.serve import Inbox
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.workers.detached import drive_run
from hotline_batch.errors import HotlineBatchError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings

_PATIENCE_SECONDS = 180.0
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])

CONCURRENCY = 2


class WorkedOnHere:
    """A worker that has ended: it did its work within the watcher's process, and dies with it."""

    is_running = False

    def end(self) -> None:
        """Nothing is left to end."""


def work_here(settings: Settings, run_id: str) -> WorkedOnHere:
    """What the worker's process does, but in this one, to its end."""
    with suppress(HotlineBatchError):  # told in the ledger
        drive_run(settings, run_id)
    return WorkedOnHere()


def _nowhere_else() -> None:
    """On this machine as it is."""


class Watching:
    """A watcher at work, which serves what lies in a folder, and ends."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        dies_at: int | None = None,
        stand: Callable[[], None] = _nowhere_else,
    ) -> None:
        self._process = _PROCESSES.Process(target=_watch, args=(folder, dict(environment), dies_at, stand), daemon=True)
        self._process.start()

    def end(self) -> int:
        """Wait for it; the exit code, or minus the signal that killed it."""
        self._process.join(_PATIENCE_SECONDS)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
        self._process.close()
        assert code is not None, "It does not end"
        return code


def watch_once(folder: Path, environment: Mapping[str, str], dies_at: int | None = None) -> int:
    """Serve a folder once; the exit code, or minus the signal that killed the watcher.

    It dies right before the line ``dies_at``, counted from 1.
    """
    return Watching(folder, environment, dies_at=dies_at).end()


def _watch(folder: Path, environment: Mapping[str, str], dies_at: int | None, stand: Callable[[], None]) -> None:
    stand()
    settings = load_settings(environ=environment, working_folder=folder.parent)
    limits = Limits(rate="1000/s", concurrency=CONCURRENCY)
    choices = WatchChoices(SheetRequest(Kind.SEND, "", RunOptions(limits=limits)), settle_seconds=0.0, once=True)
    with Ledger(settings.ledger) as ledger:
        if dies_at is not None:
            _die_at(dies_at)
        sys.exit(Inbox(folder, choices, settings, ledger, start_worker=work_here).serve())


def _die_at(line: int) -> None:
    lines = count(1)

    def cross() -> None:
        if next(lines) == line:
            os.kill(os.getpid(), signal.SIGKILL)

    at_each_line(cross)


def at_each_line(cross: Callable[[], None]) -> None:
    """Have this called at all of them, from now on."""

    def commit(_connection: object) -> None:
        cross()

    def hear(audited: str, _arguments: tuple[object, ...]) -> None:
        if audited == "os.rename":
            cross()

    event.listen(Engine, "commit", commit)
    sys.addaudithook(hear)
