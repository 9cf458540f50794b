"""A process that works on runs of the ledger, which others handed over; and who serves a ledger."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hotline_batch.application.cluster.entry import Served, is_for_several_machines, serve_cluster
from hotline_batch.application.cluster.status import LaneUnderWay, Serving, WorkerStatus, worker_status
from hotline_batch.application.log_places import worker_log
from hotline_batch.application.notify.outbox import OUTBOX
from hotline_batch.application.runs.driving import Watcher
from hotline_batch.application.runs.workers.detached import drive_run, how_to_stop, stop_run
from hotline_batch.application.runs.workers.serving import WorkerService
from hotline_batch.application.stopping import stop_on_signals, stopped_by_signals
from hotline_batch.cli.flows.news import finish_news
from hotline_batch.cli.log.log_file import log_in_use
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, json_text, shown
from hotline_batch.cli.screen.wording import day_and_time, moment
from hotline_batch.errors import RunInProgress, SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.progress import RunSummary
from hotline_batch.results.formatting import utc_text
from hotline_batch.results.verdict import counts_told, state_name
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.model import Settings


def work_on(run_id: str, options: Mapping[str, Any]) -> int:
    """Work on one run that was handed over; the exit code."""
    settings = values.settings_of(options)
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
    settings = values.settings_of(options)
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
    console.say(
        words(
            "Run {run}: {state} ({counts}).",
            run=summary.run,
            state=state_name(summary.state),
            counts=counts_told(summary.counts) or words("no rows"),
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
        return worker_log(values.settings_of(options))
    except SettingsError:
        return None


def stop(run_id: str, options: Mapping[str, Any]) -> int:
    """Ask whoever works on a run to stop; the exit code."""
    settings = values.settings_of(options)
    stop_run(settings, run_id)
    Console().say(
        words("Run {run_id} is asked to stop: nothing new is sent, and what is on its way is awaited.", run_id=run_id)
    )
    return 0


def show_status(options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print who serves the ledger and what goes on there; the exit code."""
    settings = values.settings_to_tell_with(options)
    status = worker_status(settings)
    if as_json:
        click.echo(json_text(_as_json(status)))
        return 0
    for line in [*_workers(status, settings), *_lanes(status, settings), *_waiting(status, settings)]:
        click.echo(shown(line))
    return 0


def _workers(status: WorkerStatus, settings: Settings) -> Sequence[str]:
    if not status.workers:
        return [words("No worker serves this ledger.")]
    return [words("Workers:"), *(f"  {_worker(found, settings)}" for found in status.workers)]


def _worker(found: Serving, settings: Settings) -> str:
    told = words(
        "{machine}, process {process}: {lanes} of {most:lane|lanes}, since {since}, sign of life {ago}",
        machine=found.machine,
        process=found.process,
        lanes=found.lanes,
        most=found.most_lanes,
        since=moment(found.since, settings.timezone),
        ago=_ago(found.seconds_silent),
    )
    if not found.is_alive:
        told = words("{said} (gone)", said=told)
    return words("{said}; has no key for {names}", said=told, names=", ".join(found.lacks)) if found.lacks else told


def _lanes(status: WorkerStatus, settings: Settings) -> Sequence[str]:
    driven = [lane for lane in status.lanes if not lane.waits]
    return [words("Worked on:"), *(f"  {_lane(lane, settings)}" for lane in driven)] if driven else []


def _lane(lane: LaneUnderWay, settings: Settings) -> str:
    told = words(
        "{run}, {connections}: {machine}, process {process}, since {since}, sign of life {ago}",
        run=lane.run,
        connections=", ".join(lane.connections),
        machine=lane.machine,
        process=lane.process,
        since=moment(lane.since or 0.0, settings.timezone),
        ago=_ago(lane.seconds_silent or 0.0),
    )
    if lane.is_stopping:
        return words("{said}, asked to stop", said=told)
    return _with_wait(told, lane.waits_until, settings)


def _waiting(status: WorkerStatus, settings: Settings) -> Sequence[str]:
    if not status.waiting_runs:
        return [words("No run waits for a worker.")]
    lines = []
    for run in status.waiting_runs:
        lanes = [lane for lane in status.lanes if lane.run == run and lane.waits]
        told = f"  {run}, {', '.join(name for lane in lanes for name in lane.connections)}"
        closed = [lane.waits_until for lane in lanes if lane.waits_until is not None]
        lines.append(_with_wait(told, min(closed) if len(closed) == len(lanes) else None, settings))
    return [words("Waiting:"), *lines]


def _with_wait(told: str, until: float | None, settings: Settings) -> str:
    """The same, and until when there are no hours."""
    if until is None:
        return told
    return words("{said}, waits until {moment}", said=told, moment=day_and_time(until, time.time(), settings.timezone))


def _ago(seconds: float) -> str:
    return words("{seconds:second|seconds} ago", seconds=round(seconds))


def _as_json(status: WorkerStatus) -> Mapping[str, object]:
    return {
        "workers": [
            {
                "machine": found.machine,
                "process": found.process,
                "since": utc_text(found.since),
                "seconds_silent": round(found.seconds_silent, 1),
                "alive": found.is_alive,
                "lanes": found.lanes,
                "most_lanes": found.most_lanes,
                "lacks": list(found.lacks),
            }
            for found in status.workers
        ],
        "lanes": [
            {
                "run": lane.run,
                "connections": list(lane.connections),
                "machine": lane.machine or None,
                "process": lane.process,
                "since": utc_text(lane.since) if lane.since is not None else None,
                "seconds_silent": None if lane.seconds_silent is None else round(lane.seconds_silent, 1),
                "stopping": lane.is_stopping,
                "waits_until": utc_text(lane.waits_until) if lane.waits_until is not None else None,
            }
            for lane in status.lanes
        ],
        "waiting": list(status.waiting_runs),
    }
