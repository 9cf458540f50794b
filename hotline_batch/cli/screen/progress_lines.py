"""How far a run is that somebody works on -> lines for a terminal: who, since when, at which pace, waiting for what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import tzinfo

from hotline_batch.application.runs.views.progress import RunProgress, RunWorker
from hotline_batch.cli.screen.console import shown
from hotline_batch.cli.screen.wording import day_and_time, moment
from hotline_batch.issues.words import meaning_of
from hotline_batch.language.formats import percent
from hotline_batch.language.words import words


def at_work_words(progress: RunProgress, zone: tzinfo | None = None) -> str:
    """In a few words, for a list; empty where nobody works on it."""
    if progress.closed_until is not None and progress.is_going_on and not progress.is_stopping:
        return words("waits until {moment}", moment=day_and_time(progress.closed_until, time.time(), zone))
    if progress.workers:
        where = ", ".join(_where(worker) for worker in progress.workers)
        return words("stopping, {where}", where=where) if progress.is_stopping else where
    return words("waits for a worker") if progress.is_waiting_for_worker else ""


def at_work_lines(progress: RunProgress, zone: tzinfo | None) -> Iterator[str]:
    """In whole sentences; none where nobody works on it."""
    for worker in progress.workers:
        since = moment(worker.since, zone)
        lanes = ", ".join(name.partition(":")[2] or name for name in worker.lanes)
        if lanes:
            yield words(
                "{worker} works on it since {since}: {lanes}.", worker=_where(worker), since=since, lanes=shown(lanes)
            )
        else:
            yield words("{worker} works on it since {since}.", worker=_where(worker), since=since)
    if progress.is_waiting_for_worker:
        yield words("It was handed over, and waits for a worker.")
    if progress.is_stopping:
        yield words("It is asked to stop; what is on its way is awaited.")
    if not progress.workers:
        yield from _waiting_line(progress, zone)
        return
    pace = [words("{rate} allowed", rate=progress.rate)]
    if progress.per_minute is not None:
        pace.append(words("{per_minute:.0f}/min reached", per_minute=progress.per_minute))
    if progress.pace_share < 1:
        pace.append(words("slowed to {share}", share=percent(progress.pace_share)))
    yield words("Pace: {paces}.", paces=", ".join(pace))
    yield from _waiting_line(progress, zone)


def _waiting_line(progress: RunProgress, zone: tzinfo | None) -> Iterator[str]:
    if progress.closed_until is not None:
        now = time.time()
        opens = day_and_time(progress.closed_until, now, zone)
        yield words("It waits until {moment}: {why}", moment=opens, why=meaning_of(progress.waiting_code))
        if progress.seconds_left is not None:
            yield words("Ends about {end}.", end=day_and_time(now + progress.seconds_left, now, zone))
    elif progress.waiting_code:
        why = meaning_of(progress.waiting_code) or f"{progress.waiting_code}."
        if progress.waiting_until:
            until = moment(progress.waiting_until, zone, "%H:%M:%S")
            yield words("It waits until {moment}: {why}", moment=until, why=why)
        else:
            yield words("It waits: {why}", why=why)


def _where(worker: RunWorker) -> str:
    return words("process {process} on {machine}", process=worker.process, machine=shown(worker.machine))
