"""A run in a process of its own, which a test may kill, stop, or starve of disk."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
from enum import Enum

from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.application.stopping import Stop, stop_on_signals
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.run_options import Limits
from tests.support.batch_bench import Bench

MOST_MEMORY = "most_memory"
"""The file in which a run that ended leaves its most resident bytes."""

_PATIENCE_SECONDS = 120.0
# One server process imports the program once; each doomed process is a fork of it, without any thread of the test's.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


class DiskFull(Enum):
    """When the disk takes no more. ``AT_OUTCOME_WITH_RESERVE``: until the ledger's reserve is given back."""

    NEVER = "never"
    AT_CLAIM = "at the first claim"
    AT_OUTCOME = "at the outcome"
    AT_OUTCOME_WITH_RESERVE = "at the outcome, with room in the reserve"


class Doomed:
    """Drives a planned run in another process; use it as a context, which kills what is still there."""

    def __init__(self, bench: Bench, run_id: str, disk_full: DiskFull = DiskFull.NEVER) -> None:
        arguments = (bench, run_id, disk_full)
        self._process = _PROCESSES.Process(target=_drive, args=arguments, daemon=True)

    def __enter__(self) -> Doomed:
        self._process.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join(_PATIENCE_SECONDS)
        self._process.close()

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._process.kill()
        self._process.join(_PATIENCE_SECONDS)

    def end(self) -> int:
        """Wait for the end; the exit code of the run."""
        self._process.join(_PATIENCE_SECONDS)
        assert self._process.exitcode is not None, "It does not end"
        return self._process.exitcode


def _drive(bench: Bench, run_id: str, disk_full: DiskFull) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _starve(bench, disk_full)
    stop = Stop()
    with Ledger(f"sqlite:///{bench.ledger_path}") as ledger, stop_on_signals(stop):
        summary = run_to_the_end(ledger, run_id, bench.settings(), Limits(), Watcher(stop=stop))
    (bench.folder / MOST_MEMORY).write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
    sys.exit(summary.exit_code)


def _starve(bench: Bench, disk_full: DiskFull) -> None:
    """Let the file size limit of this process play the full disk, at the moment that was asked for."""
    wal = bench.ledger_path.with_name(f"{bench.ledger_path.name}-wal")

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        about_reserve = bool(arguments) and str(arguments[0]).endswith(".reserve")
        # The reserve is made just before the first claim, and given back when a commit fails.
        if event == ("open" if disk_full is DiskFull.AT_CLAIM else "socket.connect"):
            if about_reserve or event == "socket.connect":
                _limit_files(wal.stat().st_size)
        elif event == "os.remove" and about_reserve and disk_full is DiskFull.AT_OUTCOME_WITH_RESERVE:
            _limit_files(resource.RLIM_INFINITY)

    if disk_full is not DiskFull.NEVER:
        sys.addaudithook(watch)


def _limit_files(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
