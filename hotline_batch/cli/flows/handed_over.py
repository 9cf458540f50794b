"""A run that was handed over to a worker: its id, and whether the worker has begun."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click

from hotline_batch.application.runs.views.progress import wait_until_taken
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console
from hotline_batch.cli.screen.wording import day_and_time
from hotline_batch.errors import NotWritten, SettingsError
from hotline_batch.language.words import words
from hotline_batch.model.runs import RunState
from hotline_batch.results.formatting import utc_text
from hotline_batch.results.verdict import stop_words
from hotline_batch.settings.model import Settings

_MOST_SECONDS = 15.0


def refuse_standard_output(output: str) -> None:
    """UsageError where the result sheet is to go where no other process can write."""
    if output == "-":
        raise click.UsageError(
            words(
                "With --detach a worker writes the result sheet, which standard output cannot take. "
                "Write the sheet to an -o FILE."
            )
        )


def say_handed_over(console: Console, settings: Settings, run_id: str, options: Mapping[str, Any]) -> int:
    """Print the id of the run, once its worker has begun; the exit code. SettingsError where the worker cannot work."""
    progress = wait_until_taken(settings, run_id, _MOST_SECONDS)
    if progress.state is RunState.STOPPED and progress.run.stop_code == "worker_failed":
        raise SettingsError(
            words(
                "The worker could not begin with run {run_id}: {stop_reason}",
                run_id=run_id,
                stop_reason=stop_words(progress.run.stop_code, progress.run.stop_reason),
            )
        )
    is_told = True
    if options["as_json"]:
        waits = {"waits_until": utc_text(progress.closed_until)} if progress.closed_until is not None else {}
        is_told = console.data({"run": run_id, "state": progress.state.value} | waits)
    else:
        click.echo(run_id)
    flags = values.pointing(options)
    if progress.is_waiting_for_worker:
        console.warn(
            words(
                "No worker has begun yet. It stays ready for one: hotline-batch runs show {run_id}{flags}",
                run_id=run_id,
                flags=flags,
            )
        )
    if progress.closed_until is not None:
        opens = day_and_time(progress.closed_until, time.time(), settings.timezone)
        console.say(words("It waits until {moment}.", moment=opens))
    console.say(
        words(
            "It goes on by itself. Look at it: hotline-batch runs show {run_id} --follow{flags}",
            run_id=run_id,
            flags=flags,
        )
    )
    console.say(words("Stop it: hotline-batch stop {run_id}{flags}", run_id=run_id, flags=flags))
    return 0 if is_told else NotWritten.exit_code
