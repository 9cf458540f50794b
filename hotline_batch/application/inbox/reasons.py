"""Why the run of a file has ended early, or waits -> what a person is told."""

from __future__ import annotations

import logging
from datetime import tzinfo
from pathlib import Path

from hotline_batch.application.runs.checks import words_about_pruning
from hotline_batch.language.formats import day_and_time
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run
from hotline_batch.next_step import Advised, NextStep, Told, advised, step
from hotline_batch.results.verdict import stop_words

_log = logging.getLogger(__name__)


def waits_for_the_service(run: Run, until: float | None, zone: tzinfo | None) -> str:
    """What is told of a stopped run that goes on later, at the end of a pause where the service asked for one."""
    why = stop_words(run.stop_code, run.stop_reason)
    if until is None:
        return words("{reason} Run {run} goes on by itself.", reason=why, run=run.id)
    moment = day_and_time(until, zone)
    return words("{reason} Run {run} goes on by itself, not before {moment}.", reason=why, run=run.id, moment=moment)


def waits_for_the_pause(run: Run, until: float, zone: tzinfo | None) -> str:
    """What is told of a run that has not begun while the service wants no requests."""
    return words(
        "Run {run} waits until {moment}: the service asked for a pause.", run=run.id, moment=day_and_time(until, zone)
    )


def needs_a_person(summary: RunSummary) -> Advised:
    """What is told of a run that does not go on by itself."""
    said = words(
        "Run {run} was stopped: {stop_reason} Look at it, then go on with:",
        run=summary.run,
        stop_reason=stop_words(summary.stop_code, summary.stop_reason),
    )
    return advised(said, step(NextStep.RESUME, run=summary.run))


def was_forgotten(file: Path, run: Run) -> Advised:
    """What is told of a file whose run was pruned: it can neither go on nor tell what became of each row."""
    said = words(
        "{said} It was the run of {file}, so nothing of this file is sent again by itself. Take the file out of the "
        "folder; to have it sent anew, lay it there under another name. What became of its rows is kept:",
        said=words_about_pruning(run),
        file=file.name,
    )
    return advised(said, step(NextStep.SHOW_RUN, run=run.id))


def not_movable(file: Path, error: OSError, reason: Told) -> str:
    """What is told of a file that cannot be put away, and why it was to be."""
    why = reason_of(error)
    return words("{file} cannot be moved: {why}. {reason}", file=file.name, why=why, reason=reason)


def not_readable(file: Path, error: OSError) -> str:
    """What is told of a file that cannot be got at."""
    return words("{file} cannot be read or moved: {why}.", file=file.name, why=reason_of(error))


def own_error(file: Path, error: Exception) -> str:
    """What is told of a fault of the program: only its kind, since a text may hold a key or a customer's name."""
    _log.error("internal error", extra={"file": file}, exc_info=error)
    return words("The program met an error of its own ({kind}).", kind=type(error).__name__)


def beside(note: str, reason: Advised | None) -> Told:
    """Both, with the steps of the latter."""
    return advised(f"{note} {reason.text}".strip(), *reason.steps) if reason else note
