"""A worker as a process of its own: it outlives whoever started it, whose terminal or page may close or crash."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hotline_batch.application.runs.concluding import give_up
from hotline_batch.errors import HotlineBatchError, LedgerError
from hotline_batch.language.languages import language_of_reader
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import LaneState
from hotline_batch.settings.model import Settings
from hotline_batch.settings.news import NOTIFY_VARIABLE
from hotline_batch.settings.process import LANGUAGE_VARIABLE

_log = logging.getLogger(__name__)

_PACKAGES = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker's process. ``is_told_to_end``: then it does not matter whether it had begun."""

    process: subprocess.Popen[bytes]
    is_told_to_end: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """Ask it to end at once, where processes can be asked; a wish in the ledger is heard later, but everywhere."""
        if os.name == "posix":  # elsewhere that would kill it
            self.is_told_to_end.set()
            self.process.terminate()


def start_worker(settings: Settings, run_id: str) -> WorkerProcess:
    """Start a worker for a run, and return at once. LedgerError where this machine starts no more processes.

    It has a session of its own and hears nothing of this process's terminal; it keeps a log by itself. What it needs to
    know travels in its environment, which may hold the ledger's password and addresses that are told, never in its
    arguments.
    """
    handed_over = _tokens_of_waiting_lanes(settings, run_id)
    try:
        # -P: nothing that lies in the working folder is taken for a part of the program.
        process = _detached(
            [sys.executable, "-P", "-m", "hotline_batch", "worker", "--run", run_id], _environment(settings)
        )
    except OSError as error:
        raise LedgerError(
            words("No worker could be started ({strerror}). The run waits for one.", strerror=reason_of(error))
        ) from None
    _log.info("worker started", extra={"run": run_id, "worker": process.pid})
    # Somebody has to wait for it, or it stays in the list of processes when it has ended.
    started = WorkerProcess(process)
    threading.Thread(
        target=_wait, args=(started, settings, run_id, handed_over), name="worker-watch", daemon=True
    ).start()
    return started


def _environment(settings: Settings) -> Mapping[str, str]:
    """The variables of this process, with the settings file, the ledger and the addresses that are told, wherever these
    were named.
    """
    found = {**os.environ, "HOTLINE_BATCH_LEDGER": settings.ledger, LANGUAGE_VARIABLE: language_of_reader()}
    if settings.config_path:
        found["HOTLINE_BATCH_CONFIG"] = str(settings.config_path.absolute())
    if addresses := [secret.reveal() for secret in settings.news.chosen_secrets]:
        found[NOTIFY_VARIABLE] = " ".join(addresses)
    found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PACKAGES), found.get("PYTHONPATH", "")]))
    return found


def _detached(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process that hears nothing of this one's terminal. Raises OSError.

    On Windows it has no window and hears no Ctrl-C, and leaves the job that a remote session or a scheduled task puts
    all its processes into, to end them with it; where it may not, it stays in there. Elsewhere there are no such flags.
    """
    flags = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    leaving = getattr(subprocess, "CREATE_BREAKAWAY_FROM_JOB", 0)

    def start(creationflags: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this very program
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=creationflags,
        )

    if leaving:
        with suppress(PermissionError):
            return start(flags | leaving)
    return start(flags)


def _wait(started: WorkerProcess, settings: Settings, run_id: str, handed_over: Mapping[str, int]) -> None:
    """Until it has ended; where it never began to work, the run says so.

    ``handed_over`` are the tokens of its lanes when it was started. Where they are others, it had begun, or somebody
    else had, and what waits now was handed over anew, to another worker.
    """
    code = started.process.wait()
    _log.log(logging.INFO if code == 0 else logging.WARNING, "worker ended", extra={"run": run_id, "exit_code": code})
    if code == 0 or started.is_told_to_end.is_set():
        return
    with suppress(HotlineBatchError):
        if handed_over and _tokens_of_waiting_lanes(settings, run_id) == handed_over:
            with Ledger(settings.ledger) as ledger:
                reason = f"The worker ended before it began to work (exit code {code})."
                give_up(ledger, run_id, settings, reason)


def _tokens_of_waiting_lanes(settings: Settings, run_id: str) -> Mapping[str, int]:
    """The tokens of the run as a whole and of its lanes; nothing where none of them waits for a worker, where somebody
    drives one, or where the ledger cannot tell.
    """
    with suppress(HotlineBatchError), Ledger(settings.ledger) as ledger:
        lanes = ledger.lanes(run_id)
        states = {lane.state for lane in lanes.values()}
        if LaneState.WAITING in states and LaneState.DRIVING not in states:
            return {name: lane.token for name, lane in lanes.items()}
    return {}
