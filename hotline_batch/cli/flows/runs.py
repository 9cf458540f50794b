"""Runs of the ledger: list them, show one, forget old ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from hotline_batch.application.notify.asking import Told, told_of_run
from hotline_batch.application.runs.forgetting import deletable_run, delete_run, prunable_runs, prune_runs
from hotline_batch.application.runs.views.listing import list_runs, show_run
from hotline_batch.application.runs.views.progress import RunProgress, follow_run
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, json_text, shown
from hotline_batch.cli.screen.progress_lines import at_work_lines, at_work_words
from hotline_batch.cli.screen.summary_lines import summary_lines
from hotline_batch.cli.screen.wording import moment
from hotline_batch.language.words import translated, words
from hotline_batch.model.runs import RunState
from hotline_batch.results.formatting import utc_text
from hotline_batch.results.summary import summary_as_json
from hotline_batch.results.verdict import state_name, status_name
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice
from hotline_batch.settings.units import parse_duration

_RUNS_SHOWN = 10


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
    counts = ", ".join(f"{status_name(status.value)} {count}" for status, count in found.counts.items() if count)
    return (
        *(run.id, run.kind.value, state_name(run.state), f"{found.done}/{run.rows}", counts),
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
    return words("Not told: {channel}: {problem}.", channel=told.channel, problem=translated(told.problem))


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
