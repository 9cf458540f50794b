"""A process that works on runs of the ledger, which others handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline_batch.application.log_places import worker_log
from hotline_batch.application.runs.detached import drive_run, stop_run
from hotline_batch.application.runs.driving import Watcher
from hotline_batch.application.stopping import stopped_by_signals
from hotline_batch.cli.screen.console import Console
from hotline_batch.errors import RunInProgress, SettingsError
from hotline_batch.settings.load import load_settings


def work_on(run_id: str, options: Mapping[str, Any]) -> int:
    """Work on one run that was handed over; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    with stopped_by_signals() as stop:
        try:
            summary = drive_run(settings, run_id, Watcher(stop=stop))
        except RunInProgress:  # another worker was faster
            return 0
    return summary.exit_code if summary else 0


def log_of_workers(options: Mapping[str, Any]) -> Path | None:
    """The log of a worker. None where the settings cannot be read, which the command itself says."""
    try:
        return worker_log(load_settings(config=options["config"], ledger=options["ledger"]))
    except SettingsError:
        return None


def stop(run_id: str, options: Mapping[str, Any]) -> int:
    """Ask whoever works on a run to stop; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    stop_run(settings, run_id)
    Console().say(f"Run {run_id} is asked to stop: nothing new is sent, and what is on its way is awaited.")
    return 0
