"""Runs of the ledger: list them, show one, follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from hotline_batch.application.runs.views.listing import list_runs, show_run
from hotline_batch.application.runs.views.progress import RunProgress, follow_run
from hotline_batch.application.runs.views.told import Told, told_of_run
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, json_text, shown
from hotline_batch.cli.screen.progress_lines import at_work_lines, at_work_words
from hotline_batch.cli.screen.summary_lines import summary_lines
from hotline_batch.cli.screen.wording import moment
from hotline_batch.language.words import words
from hotline_batch.results.formatting import utc_text
from hotline_batch.results.summary import summary_as_json
from hotline_batch.results.verdict import counts_told, state_name
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice


def list_the_runs(limit: int, options: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the newest runs."""
    settings = values.settings_to_tell_with(options)
    found = list_runs(settings, limit)
    if as_json:
        click.echo(json_text([_as_json(each) for each in found]))
        return
    if not found:
        click.echo(words("The ledger has no runs yet."))
        return
    header = (words("Run"), words("Does"), words("State"), words("Done"), words("Rows by status"), words("Planned"))
    table = [(*header, words("By"), words("Sheet")), *(_columns(each, settings) for each in found)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _columns(found: RunProgress, settings: Settings) -> tuple[str, ...]:
    """What stands in each column of the list for one run."""
    run = found.run
    marks = [(words("pruned"), run.notes.pruned_at is not None), (words("practice"), is_practice(run))]
    told = "".join(f"  ({mark})" for mark, is_so in marks if is_so)
    if at_work := at_work_words(found, settings.timezone):
        told += f"  [{at_work}]"
    return (
        *(run.id, run.kind.value, state_name(run.state), f"{found.done}/{run.rows}", counts_told(found.counts)),
        *(moment(run.created_at, settings.timezone), shown(run.owner), f"{shown(run.sheet_path)}{told}"),
    )


def show_the_run(run_id: str, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print one run and its counts; the exit code with which it ended."""
    settings = values.settings_to_tell_with(options)
    details = show_run(settings, run_id)
    run, summary = details.run, details.summary
    if as_json:
        waits = {"waits_until": utc_text(details.progress.closed_until)} if details.is_in_progress else {}
        click.echo(json_text(summary_as_json(summary) | waits))
        return summary.exit_code
    click.echo(
        words(
            "Run {run}: {kind}, {state}, by {owner}",
            run=run.id,
            kind=run.kind.value,
            state=state_name(run.state),
            owner=shown(run.owner),
        )
    )
    if run.worksheet:
        about = {"sheet": shown(run.sheet_path), "worksheet": shown(run.worksheet)}
        click.echo(words("Sheet: {sheet}, worksheet '{worksheet}'", **about))
    else:
        click.echo(words("Sheet: {sheet}", sheet=shown(run.sheet_path)))
    if is_practice(run):
        click.echo(words("Service: {endpoint} (practice)", endpoint=run.endpoint))
    else:
        click.echo(words("Service: {endpoint}", endpoint=run.endpoint))
    started, ended = moment(run.started_at, settings.timezone), moment(run.finished_at, settings.timezone)
    click.echo(
        words(
            "Started: {started}; ended: {ended}", started=started or words("not yet"), ended=ended or words("not yet")
        )
    )
    if run.notes.pruned_at is not None:
        when = moment(run.notes.pruned_at, settings.timezone)
        click.echo(words("Pruned: {when}. Its cells, messages and replies were forgotten.", when=when))
    if details.is_in_progress:
        summary = replace(summary, seconds=details.seconds_spent)
        for line in at_work_lines(details.progress, settings.timezone):
            click.echo(line)
    for told in told_of_run(settings, run_id):
        click.echo(shown(_told(told)))
    for line in summary_lines(
        summary, values.pointing(options), steps=not details.is_in_progress and run.notes.pruned_at is None
    ):
        click.echo(shown(line))
    return summary.exit_code


def _told(told: Told) -> str:
    if not told.problem:
        return words("Told: {channel}.", channel=told.channel)
    return words("Not told: {channel}: {problem}.", channel=told.channel, problem=told.problem_words)


def follow_the_run(run_id: str, options: Mapping[str, Any]) -> int:
    """Show how far a run is until nobody works on it any more; the exit code is that of the run."""
    settings = values.settings_to_tell_with(options)
    console = Console()
    with console.progress(settings.timezone) as show:
        try:
            follow_run(settings, run_id, lambda progress: show(progress.session))
        except KeyboardInterrupt:
            console.say(words("Run {run_id} goes on without being watched.", run_id=run_id))
            return 130
    return show_the_run(run_id, options, as_json=False)


def _workers_as_json(progress: RunProgress) -> list[dict[str, object]]:
    return [
        {
            "machine": worker.machine,
            "process": worker.process,
            "since": utc_text(worker.since),
            "lanes": list(worker.lanes),
        }
        for worker in progress.workers
    ]


def _as_json(found: RunProgress) -> dict[str, object]:
    run = found.run
    return {
        "run": run.id,
        "kind": run.kind.value,
        "state": run.state.value,
        "created_at": utc_text(run.created_at),
        "finished_at": utc_text(run.finished_at),
        "sheet": run.sheet_path,
        "rows": run.rows,
        "done": found.done,
        "counts": {status.value: count for status, count in found.counts.items()},
        "workers": _workers_as_json(found),
        "waits_until": utc_text(found.closed_until),
        "owner": run.owner,
        "result": run.output_path,
        "pruned_at": utc_text(run.notes.pruned_at),
        "practice": is_practice(run),
        "corrects": run.notes.corrects or None,
        "corrected_by": list(run.notes.corrected_by),
    }
