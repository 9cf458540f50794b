"""How far a run is that somebody works on -> lines for a terminal: who, since when, at which pace, waiting for what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import tzinfo

from hotline_batch.application.runs.views.progress import RunProgress, RunWorker
from hotline_batch.cli.screen.console import shown
from hotline_batch.cli.screen.wording import day_and_time, moment
from hotline_batch.issues.codes import meaning_of


def at_work_words(progress: RunProgress, zone: tzinfo | None = None) -> str:
    """In a few words, for a list; empty where nobody works on it."""
    if progress.closed_until is not None and progress.is_going_on and not progress.is_stopping:
        return f"waits until {day_and_time(progress.closed_until, time.time(), zone)}"
    if progress.workers:
        where = ", ".join(_where(worker) for worker in progress.workers)
        return f"stopping, {where}" if progress.is_stopping else where
    return "waits for a worker" if progress.is_waiting_for_worker else ""


def at_work_lines(progress: RunProgress, zone: tzinfo | None) -> Iterator[str]:
    """In whole sentences; none where nobody works on it."""
    for worker in progress.workers:
        since = moment(worker.since, zone)
        lanes = ", ".join(name.partition(":")[2] or name for name in worker.lanes)
        yield f"{_where(worker)} works on it since {since}" + (f": {shown(lanes)}." if lanes else ".")
    if progress.is_waiting_for_worker:
        yield "It was handed over, and waits for a worker."
    if progress.is_stopping:
        yield "It is asked to stop; what is on its way is awaited."
    if not progress.workers:
        yield from _waiting_line(progress, zone)
        return
    pace = f"Pace: {progress.rate} allowed"
    if progress.per_minute is not None:
        pace += f", {progress.per_minute:.0f}/min reached"
    if progress.pace_share < 1:
        pace += f", slowed to {progress.pace_share:.0%}"
    yield f"{pace}."
    yield from _waiting_line(progress, zone)


def _waiting_line(progress: RunProgress, zone: tzinfo | None) -> Iterator[str]:
    if progress.closed_until is not None:
        now = time.time()
        yield f"It waits until {day_and_time(progress.closed_until, now, zone)}: {meaning_of(progress.waiting_code)}"
        if progress.seconds_left is not None:
            yield f"Ends about {day_and_time(now + progress.seconds_left, now, zone)}."
    elif progress.waiting_code:
        why = meaning_of(progress.waiting_code) or f"{progress.waiting_code}."
        until = f" until {moment(progress.waiting_until, zone, '%H:%M:%S')}" if progress.waiting_until else ""
        yield f"It waits{until}: {why}"


def _where(worker: RunWorker) -> str:
    return f"process {worker.process} on {shown(worker.machine)}"
