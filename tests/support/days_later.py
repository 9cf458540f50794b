"""A run that is driven by a clock of its own, so that days pass in seconds; also in a process that ends by SIGKILL."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline_batch.application.runs import driving
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import Progress, RunSummary
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.fake_clock import FakeClock, heeding_rows

ZONE = ZoneInfo("Europe/Berlin")
_PATIENCE_SECONDS = 240.0
_PROCESSES = multiprocessing.get_context("forkserver")


def moment(text: str) -> float:
    """A time on the wall of the office."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def office(folder: Path, more: str = "") -> Settings:
    """The settings of the office, which lives in a folder."""
    (folder / "hotline-batch.toml").write_text(f'timezone = "Europe/Berlin"\n{more}')
    ledger = {"HOTLINE_BATCH_LEDGER": f"sqlite:///{folder}/ledger.sqlite"}
    return load_settings(environ=ledger, working_folder=folder)


def drive(settings: Settings, run_id: str, clock: FakeClock, **watching: Any) -> RunSummary:
    """Go on with a run to its end, by this clock."""
    with Ledger(settings.ledger) as ledger, heeding_rows(clock):
        return driving.run_to_the_end(ledger, run_id, settings, Limits(), driving.Watcher(clock=clock, **watching))


def killed_while_it_waits(folder: Path, run_id: str, since: float) -> None:
    """Drive the run in another process, which is killed once it waits for its hours."""
    process = _PROCESSES.Process(target=_drive_until_it_waits, args=(folder, run_id, since), daemon=True)
    process.start()
    process.join(_PATIENCE_SECONDS)
    assert process.exitcode == -signal.SIGKILL, process.exitcode
    process.close()


def _drive_until_it_waits(folder: Path, run_id: str, since: float) -> None:
    def kill_what_waits(progress: Progress) -> None:
        if progress.closed_until is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    drive(office(folder), run_id, FakeClock(wall=since), on_progress=kill_what_waits)
