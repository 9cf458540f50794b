"""A process that works on runs of the ledger, which others handed over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hotline_batch.application.cluster.entry import Served, is_for_several_machines, serve_cluster
from hotline_batch.application.log_places import worker_log
from hotline_batch.application.notify.outbox import OUTBOX
from hotline_batch.application.runs.driving import Watcher
from hotline_batch.application.runs.workers.detached import drive_run, how_to_stop, stop_run
from hotline_batch.application.runs.workers.serving import WorkerService
from hotline_batch.application.stopping import stop_on_signals, stopped_by_signals
from hotline_batch.cli.flows.news import finish_news
from hotline_batch.cli.log.log_file import log_in_use
from hotline_batch.cli.screen.console import Console
from hotline_batch.errors import RunInProgress, SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.load import load_settings


def work_on(run_id: str, options: Mapping[str, Any]) -> int:
    """Work on one run that was handed over; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    stop = how_to_stop(settings, run_id)
    with stop_on_signals(stop):
        try:
            summary = drive_run(settings, run_id, Watcher(stop=stop))
        except RunInProgress:  # another worker was faster
            return 0
        finally:
            OUTBOX.wait()
    return summary.exit_code if summary else 0


def serve(most_lanes: int, options: Mapping[str, Any]) -> int:
    """Work on whatever is handed over, until somebody stops it; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    console = Console()
    with stopped_by_signals() as stop:
        console.say(
            words(
                "Serving {ledger}: up to {lanes:lane|lanes} at once.",
                ledger=shown_address(settings.ledger),
                lanes=most_lanes,
            )
        )
        if log := log_in_use():
            console.say(words("What it does is written into {log}.", log=log))
        if is_for_several_machines(settings):
            serve_cluster(settings, most_lanes, stop, _Teller(console).tell)
        else:
            WorkerService(settings, most_lanes, stop, lambda summary: _say_done(console, summary)).serve()
    finish_news(console)
    console.say(words("Ended; what was under way is left to others."))
    return 0


def _say_done(console: Console, summary: RunSummary) -> None:
    counts = ", ".join(f"{status.value} {count}" for status, count in summary.counts.items() if count)
    console.say(
        words(
            "Run {run}: {state} ({counts}).",
            run=summary.run,
            state=summary.state.value,
            counts=counts or words("no rows"),
        )
    )


class _Teller:
    """Says what a worker does, when something has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = Served(0, ())

    def tell(self, served: Served) -> None:
        """As it is now."""
        if served.lanes != self._told.lanes:
            self._console.say(words("Working on {lanes:lane|lanes}.", lanes=served.lanes))
        if new := [name for name in served.lacks if name not in self._told.lacks]:
            self._console.warn(words("Left to other machines, for want of the key here: {new}.", new=", ".join(new)))
        self._told = served


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
    Console().say(
        words("Run {run_id} is asked to stop: nothing new is sent, and what is on its way is awaited.", run_id=run_id)
    )
    return 0
