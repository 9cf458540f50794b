"""Who serves a ledger, what is worked on, and what waits: told to a person, or as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import click

from hotline_batch.application.cluster.status import LaneUnderWay, Serving, WorkerStatus, worker_status
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import json_text, shown
from hotline_batch.cli.screen.wording import day_and_time, moment
from hotline_batch.language.words import words
from hotline_batch.results.formatting import utc_text
from hotline_batch.settings.model import Settings


def show_status(options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print who serves the ledger and what goes on there; the exit code."""
    settings = values.settings_to_tell_with(options["config"], options["ledger"])
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
