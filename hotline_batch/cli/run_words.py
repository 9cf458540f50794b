"""Runs of the ledger -> the lines of `runs list` and `runs show`."""

from __future__ import annotations

from dataclasses import replace

import click

from hotline_batch.application.runs.overview import RunOverview, list_runs, show_run
from hotline_batch.cli import option_values as opts
from hotline_batch.cli.screen.console import json_text, shown
from hotline_batch.cli.screen.summary_lines import summary_lines
from hotline_batch.results.formatting import moment_text, utc_text
from hotline_batch.results.summary import summary_as_json
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice


def list_the_runs(limit: int, *, as_json: bool, config: str | None, ledger_url: str | None) -> None:
    """Print the newest runs."""
    settings = opts.settings_to_tell_with(config, ledger_url)
    found = list_runs(settings, limit)
    if as_json:
        click.echo(json_text([_as_json(each) for each in found]))
        return
    if not found:
        click.echo("The ledger has no runs yet.")
    for each in found:
        run = each.run
        marks = [("pruned", run.notes.pruned_at is not None), ("practice", is_practice(run))]
        told = "".join(f"  ({mark})" for mark, is_so in marks if is_so)
        when = moment_text(run.created_at, settings.timezone)
        click.echo(
            f"{run.id}  {run.kind.value:<6}  {run.state.value:<11}  {each.done:>7}/{run.rows:<7}  {when}  "
            f"{shown(run.owner)}  {shown(run.sheet_path)}{told}"
        )


def show_the_run(run_id: str, *, as_json: bool, config: str | None, ledger_url: str | None) -> None:
    """Print one run and its counts."""
    settings = opts.settings_to_tell_with(config, ledger_url)
    details = show_run(settings, run_id)
    run, summary = details.run, details.summary
    if as_json:
        click.echo(json_text(summary_as_json(summary)))
        return
    click.echo(f"Run {run.id}: {run.kind.value}, {run.state.value}, by {shown(run.owner)}")
    click.echo(f"Sheet: {shown(run.sheet_path)}" + (f", worksheet '{shown(run.worksheet)}'" if run.worksheet else ""))
    click.echo(f"Service: {run.endpoint}" + (" (practice)" if is_practice(run) else ""))
    started, ended = _moment(run.started_at, settings), _moment(run.finished_at, settings)
    click.echo(f"Started: {started or 'not yet'}; ended: {ended or 'not yet'}")
    if run.notes.pruned_at is not None:
        click.echo(f"Pruned: {_moment(run.notes.pruned_at, settings)}. Its cells, messages and replies were forgotten.")
    if details.is_in_progress:
        summary = replace(summary, seconds=details.seconds_spent)
        click.echo("A process is working on it at this moment.")
    pointing = opts.pointing({"ledger": ledger_url, "config": config})
    for line in summary_lines(summary, pointing, steps=not details.is_in_progress and run.notes.pruned_at is None):
        click.echo(shown(line))


def _moment(seconds: float | None, settings: Settings) -> str:
    return moment_text(seconds, settings.timezone) if settings.timezone else utc_text(seconds)


def _as_json(found: RunOverview) -> dict[str, object]:
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
        "owner": run.owner,
        "result": run.output_path,
        "pruned_at": utc_text(run.notes.pruned_at),
        "practice": is_practice(run),
    }
