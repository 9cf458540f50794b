"""What `runs prune` and `runs delete` do: say what would be forgotten, ask, forget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from hotline_batch.application.runs.forgetting import deletable_run, delete_run, prunable_runs, prune_runs
from hotline_batch.cli.screen.console import Console, can_ask, shown
from hotline_batch.model import RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.units import parse_duration

_RUNS_SHOWN = 10


def prune(older_than: str, *, include_unfinished: bool, yes: bool, options: Mapping[str, Any]) -> int:
    """Forget the cells of old runs; the exit code."""
    seconds = parse_duration(older_than, "--older-than")
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    console = Console()
    found = prunable_runs(settings, seconds, include_unfinished=include_unfinished)
    runs = found.runs
    for run in runs[:_RUNS_SHOWN]:
        console.result(
            f"{run.id}  {run.kind.value:<6}  {run.state.value:<11}  {run.rows:>7} rows  {shown(run.sheet_path)}"
        )
    if len(runs) > _RUNS_SHOWN:
        console.result(f"… and {len(runs) - _RUNS_SHOWN} more runs.")
    if not runs:
        console.result(f"No run ended longer than {older_than} ago with anything left to forget.")
    if any(run.state is not RunState.FINISHED for run in runs):
        console.result("Some of these are not finished; they cannot go on afterwards.")
    if runs and not yes and not _asked(console, f"Forget the cells, messages and replies of {_runs(len(runs))}?"):
        return 2
    pruned = prune_runs(settings, found)
    if pruned.runs:
        console.result(f"Forgot {pruned.rows:,} rows of {_runs(pruned.runs)}. Counts, states, times and keys are kept.")
    for run_id in pruned.in_use:
        console.warn(f"Run {run_id} was left alone: another process is working on it.")
    if pruned.not_shrunk:
        console.warn(f"The ledger's file was not made smaller ({pruned.not_shrunk}); later runs use the room.")
    return 0


def delete(run_id: str, *, yes: bool, options: Mapping[str, Any]) -> int:
    """Forget a run altogether; the exit code."""
    settings = load_settings(config=options["config"], ledger=options["ledger"])
    console = Console()
    found = deletable_run(settings, run_id)
    run = found.run
    console.result(f"Run {run.id}: {run.kind.value} {shown(run.sheet_path)}, {run.state.value}, {run.rows} rows.")
    if found.guarded:
        console.result(
            f"{found.guarded} of its messages were sent or may have been. The guard against sending twice forgets them "
            "too: the same sheet would be sent again. 'runs prune' forgets the texts and keeps the guard."
        )
    if not yes and not _asked(console, "Delete this run for good?"):
        return 2
    delete_run(settings, run_id)
    console.result(f"Run {run_id} is deleted.")
    return 0


def _asked(console: Console, question: str) -> bool:
    if not can_ask():
        raise click.UsageError("There is no terminal to ask on. Pass --yes to go on without a question.")
    if console.ask(question):
        return True
    console.result("Nothing was forgotten.")
    return False


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
