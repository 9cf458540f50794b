"""What is to be forgotten of the ledger, an old run's cells or a run altogether: shown, asked about, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotline_batch.application.runs.forgetting import deletable_run, delete_run, prunable_runs, prune_runs
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, shown
from hotline_batch.language.words import words
from hotline_batch.model.runs import RunState
from hotline_batch.results.verdict import state_name
from hotline_batch.settings.units import parse_duration

_RUNS_SHOWN = 10


def prune(older_than: str, *, include_unfinished: bool, yes: bool, options: Mapping[str, Any]) -> int:
    """Forget the cells of old runs; the exit code."""
    seconds = parse_duration(older_than, "--older-than")
    settings = values.settings_of(options)
    console = Console()
    found = prunable_runs(settings, seconds, include_unfinished=include_unfinished)
    runs = found.runs
    for run in runs[:_RUNS_SHOWN]:
        rows = words("{count:row|rows}", count=run.rows)
        console.result(
            f"{run.id}  {run.kind.value:<6}  {state_name(run.state):<11}  {rows:>12}  {shown(run.sheet_path)}"
        )
    if len(runs) > _RUNS_SHOWN:
        console.result(words("… and {runs} more.", runs=len(runs) - _RUNS_SHOWN))
    if not runs:
        console.result(
            words("No run ended longer than {older_than} ago with anything left to forget.", older_than=older_than)
        )
    if any(run.state is not RunState.FINISHED for run in runs):
        console.result(words("Some of these are not finished; they cannot go on afterwards."))
    question = words("Forget the cells, messages and replies of {count:run|runs}?", count=len(runs))
    if runs and not yes and not _agrees(console, question):
        return 2
    pruned = prune_runs(settings, found)
    if pruned.runs:
        console.result(
            words(
                "Forgot {rows:row|rows} of {runs:run|runs}. Counts, states, times and the guard against sending twice "
                "are kept.",
                rows=pruned.rows,
                runs=pruned.runs,
            )
        )
    for run_id in pruned.in_use:
        console.warn(
            words(
                "Run {run_id} was left alone: another process works on it, or went on with it meanwhile.", run_id=run_id
            )
        )
    if pruned.not_shrunk:
        console.warn(
            words(
                "The ledger's file was not made smaller ({not_shrunk}); later runs use the room.",
                not_shrunk=pruned.not_shrunk,
            )
        )
    return 0


def delete(run_id: str, *, yes: bool, options: Mapping[str, Any]) -> int:
    """Forget a run altogether; the exit code."""
    settings = values.settings_of(options)
    console = Console()
    found = deletable_run(settings, run_id)
    run = found.run
    console.result(
        words(
            "Run {run}: {kind} {sheet_path}, {state}, {rows:row|rows}.",
            run=run.id,
            kind=run.kind.value,
            sheet_path=shown(run.sheet_path),
            state=state_name(run.state),
            rows=run.rows,
        )
    )
    if found.guarded:
        console.result(
            words(
                "{guarded} of its messages were sent or may have been. The guard against sending twice "
                "forgets them too: the same sheet would be sent again. 'runs prune' forgets the texts "
                "and keeps the guard.",
                guarded=found.guarded,
            )
        )
    if not yes and not _agrees(console, words("Delete this run for good?")):
        return 2
    delete_run(settings, run_id)
    console.result(words("Run {run_id} is deleted.", run_id=run_id))
    return 0


def _agrees(console: Console, question: str) -> bool:
    return console.agrees(
        question,
        or_else=words("Nothing was forgotten."),
        without_terminal=words("There is no terminal to ask on. Pass --yes to go on without a question."),
    )
