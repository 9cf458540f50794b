"""How far a run is that somebody works on -> lines for a terminal: who, since when, at which pace, waiting for what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from hotline_batch.application.runs.progress import RunProgress, RunWorker
from hotline_batch.cli.screen.console import shown
from hotline_batch.cli.screen.wording import moment
from hotline_batch.issues.codes import meaning_of
from hotline_batch.language.words import words


def at_work_words(progress: RunProgress) -> str:
    """In a few words, for a list; empty where nobody works on it."""
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
        yield words("It was handed over, and waits for a worker.")
    if progress.is_stopping:
        yield words("It is asked to stop; what is on its way is awaited.")
    if not progress.workers:
        return
    pace = f"Pace: {progress.rate} allowed"
    if progress.per_minute is not None:
        pace += f", {progress.per_minute:.0f}/min reached"
    if progress.pace_share < 1:
        pace += f", slowed to {progress.pace_share:.0%}"
    yield f"{pace}."
    if progress.waiting_code:
        why = meaning_of(progress.waiting_code) or f"{progress.waiting_code}."
        until = f" until {moment(progress.waiting_until, zone, '%H:%M:%S')}" if progress.waiting_until else ""
        yield words("It waits{until}: {why}", until=until, why=why)


def _where(worker: RunWorker) -> str:
    return f"process {worker.process} on {shown(worker.machine)}"
