"""A run that a person agreed to -> worked on by a process of its own that outlives whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from hotline_batch.application.office.acting import needs
from hotline_batch.application.office.approvals import check_may_start
from hotline_batch.application.runs.checks import check_keys, check_known_state, check_not_pruned, check_same_service
from hotline_batch.application.runs.progress import run_progress
from hotline_batch.application.runs.start import agree
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings


@needs(Role.PREPARE)
def start_run_detached(settings: Settings, run_id: str, *, remember: bool = False) -> None:
    """Hand a planned run that a person agreed to over to a worker, and return at once.

    Raises RunInProgress where somebody works on it already, SettingsError where a key that it needs cannot be used.
    """
    with Ledger(settings.ledger) as ledger:
        _check(ledger, run_id, settings)
        agree(ledger, run_id, remember=remember)
    _start_worker(settings, "resume", run_id)


@needs(Role.PREPARE)
def resume_detached(settings: Settings, run_id: str) -> None:
    """Hand a run over that has to go on. Rows that may have been delivered are never sent again by this.

    Raises as ``start_run_detached``.
    """
    with Ledger(settings.ledger) as ledger:
        _check(ledger, run_id, settings)
    _start_worker(settings, "resume", run_id)


@needs(Role.PREPARE)
def retry_detached(settings: Settings, run_id: str) -> None:
    """Hand a run over for new attempts of its failed rows. Raises as ``start_run_detached``."""
    with Ledger(settings.ledger) as ledger:
        _check(ledger, run_id, settings)
    _start_worker(settings, "retry", run_id)


@needs(Role.PREPARE)
def stop_run(settings: Settings, run_id: str) -> None:
    """Ask whoever works on a run, here or elsewhere, to stop: nothing new is sent, what is on its way is awaited."""
    for worker in run_progress(settings, run_id).workers:
        with suppress(ProcessLookupError):
            os.kill(worker.process, signal.SIGTERM)


def _check(ledger: Ledger, run_id: str, settings: Settings) -> None:
    run = ledger.run(run_id)
    check_not_pruned(run)
    check_known_state(run)
    check_same_service(run, settings)
    check_may_start(ledger, run, settings)
    ledger.check_free(run_id)
    check_keys(ledger, run, settings)


def _start_worker(settings: Settings, command: str, run_id: str) -> None:
    environment = {**os.environ, "HOTLINE_BATCH_LEDGER": settings.ledger}
    if settings.config_path:
        environment["HOTLINE_BATCH_CONFIG"] = str(settings.config_path)
    confirmed = [word for name in settings.connections for word in ("--confirm", name)]
    process = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "hotline_batch", command, run_id, "--yes", "--quiet", *confirmed],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
