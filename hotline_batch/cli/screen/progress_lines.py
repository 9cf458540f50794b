"""How far a run is that somebody works on -> lines for a terminal: who, since when, at which pace, waiting for what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from hotline_batch.application.runs.progress import RunProgress, RunWorker
from hotline_batch.cli.screen.console import shown
from hotline_batch.cli.screen.wording import moment
from hotline_batch.issues.codes import meaning_of
from hotline_batch.language.formats import percent
from hotline_batch.language.words import words


def at_work_words(progress: RunProgress) -> str:
    """In a few words, for a list; empty where nobody works on it."""
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
        return
    pace = [words("{rate} allowed", rate=progress.rate)]
    if progress.per_minute is not None:
        pace.append(words("{per_minute:.0f}/min reached", per_minute=progress.per_minute))
    if progress.pace_share < 1:
        pace.append(words("slowed to {share}", share=percent(progress.pace_share)))
    yield words("Pace: {paces}.", paces=", ".join(pace))
    if not progress.waiting_code:
        return
    why = meaning_of(progress.waiting_code) or f"{progress.waiting_code}."
    if progress.waiting_until:
        yield words("It waits until {moment}: {why}", moment=moment(progress.waiting_until, zone, "%H:%M:%S"), why=why)
    else:
        yield words("It waits: {why}", why=why)


def _where(worker: RunWorker) -> str:
    return words("process {process} on {machine}", process=worker.process, machine=shown(worker.machine))
