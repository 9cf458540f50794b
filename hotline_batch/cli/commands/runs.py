"""`runs`, `results`, `report` and `audit`: what became of runs, told and written."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, Group, option
from hotline_batch.cli.help.completion import complete_files, complete_runs
from hotline_batch.cli.options import declared, expert, values
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.words import marked, words


@click.group("runs", cls=Group, epilog="Example:  hotline-batch runs list")
def runs_command() -> None:
    """List the runs of the ledger, show one, forget old ones."""


@runs_command.command("list", epilog="Example:  hotline-batch runs list --limit 5")
@option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The newest N runs.")
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@expert.settings
def list_runs(limit: int, *, as_json: bool, **options: Any) -> int:
    """List runs, the newest first."""
    from hotline_batch.cli.flows.runs import list_the_runs

    list_the_runs(limit, options, as_json=as_json)
    return 0


@runs_command.command("show", epilog="Example:  hotline-batch runs show 20261122-180412-k3f9")
@declared.run_id
@option("--follow", is_flag=True, help="Show its progress until nobody works on it any more.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def show_run(run_id: str, *, follow: bool, as_json: bool, **options: Any) -> int:
    """Show one run: how it stands, who works on it, what became of its rows, what to do next.

    With --follow the exit code is that of the run, as 'send' gives it. Ctrl-C ends the watching, not the run.
    """
    from hotline_batch.cli.flows.runs import follow_the_run, show_the_run

    if follow and as_json:
        raise click.UsageError(
            words("--follow and --json cannot go together. Follow the run, then ask for its summary.")
        )
    if follow:
        return follow_the_run(run_id, options)
    show_the_run(run_id, options, as_json=as_json)
    return 0


@runs_command.command("prune", epilog="Example:  hotline-batch runs prune --older-than 90d --yes")
@option("--older-than", metavar="D", required=True, help="Runs that ended longer ago than that, such as 90d.")
@option("--include-unfinished", is_flag=True, help="Also runs that could still go on; they no longer can then.")
@option("-y", "--yes", is_flag=True, help="Do not ask before.")
@expert.settings
def prune_runs(older_than: str, *, include_unfinished: bool, yes: bool, **options: Any) -> int:
    """Forget the cells, messages and replies of old runs.

    Counts, states, times and the keys that guard against sending a message twice are kept: 'runs list' and 'runs show'
    still tell what became of each run, and its result sheet what became of each row, without its texts. Runs that are
    not finished are kept unless --include-unfinished is given.
    """
    from hotline_batch.cli.flows.forgetting import prune

    return prune(older_than, include_unfinished=include_unfinished, yes=yes, options=options)


@runs_command.command("delete", epilog="Example:  hotline-batch runs delete 20261122-180412-k3f9")
@declared.run_id
@option("-y", "--yes", is_flag=True, help="Do not ask before.")
@expert.settings
def delete_run(run_id: str, *, yes: bool, **options: Any) -> int:
    """Forget RUN altogether, also that its messages were sent.

    The guard against sending a message twice forgets them too: the same sheet would be sent again.
    """
    from hotline_batch.cli.flows.forgetting import delete

    return delete(run_id, yes=yes, options=options)


@click.command("results", cls=Command, epilog="Example:  hotline-batch results 20261122-180412-k3f9 -o again.xlsx")
@declared.run_id
@declared.written_to(marked("Result sheet, .xlsx or .csv; - is CSV on standard output."))
@declared.only
@declared.columns
@expert.settings
def results_command(run_id: str, output: str, *, force: bool, only: str | None, **options: Any) -> int:
    """Write the result sheet of RUN again, from the ledger; also for a run in progress.

    Every row comes back, also where the run itself wrote only the changed ones.
    """
    from hotline_batch.application.exports.results import write_results_again
    from hotline_batch.run_options import ResultColumns, names_of_columns

    settings = values.settings_to_tell_with(options)
    written = write_results_again(
        settings,
        run_id,
        output,
        force=force,
        asked=ResultColumns(only, names_of_columns(options["columns"]), names_of_columns(options["leave_out"])),
    )
    if written.pruned:
        click.echo(
            words("{pruned} The sheet tells what became of each row, and no more.", pruned=written.pruned), err=True
        )
    if written.path != "-":
        Console().result(words("Result: {path}", path=written.path))
    return 0


@click.command("report", cls=Command, epilog="Example:  hotline-batch report 20261122-180412-k3f9 -o report.html")
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
@declared.written_to(marked("Web page to write, .html."))
@expert.settings
def report_command(run_ids: tuple[str, ...], output: str, *, force: bool, **options: Any) -> int:
    """Write a web page about one or several RUNs: outcome, reasons, speed, dialogs that wait.

    The page is one file that needs no network and can be printed. With several runs, it shows how figures move.
    """
    from hotline_batch.application.exports.report import write_report

    settings = values.settings_to_tell_with(options)
    written = write_report(settings, run_ids, output, force=force)
    Console().result(words("Report: {path}", path=written.path))
    if written.practice:
        practised = ", ".join(written.practice)
        click.echo(
            words("Practice and real runs stand side by side in it; practice: {practised}.", practised=practised),
            err=True,
        )
    return 0


@click.command(
    "audit",
    cls=Command,
    epilog="Examples:\n"
    "  hotline-batch audit 20261122-180412-k3f9 -o attempts.jsonl\n"
    "  hotline-batch audit 20261122-180412-k3f9 --verify\n"
    "  hotline-batch audit --verify attempts.jsonl",
)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@click.argument("file", metavar="[FILE]", required=False, shell_complete=complete_files)
@option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="File of JSON lines to write; - is standard output.",
)  # fmt: skip
@option("--force", is_flag=True, help="Replace an existing file.")
@option(
    "--verify", is_flag=True,
    help="Find what was altered, removed or put in between: in the ledger, or in a FILE that this command wrote.",
)  # fmt: skip
@option("--json", "as_json", is_flag=True, help="With --verify: one JSON object on standard output.")
@expert.settings
def audit_command(run_id: str | None, file: str | None, **options: Any) -> int:
    """Write every attempt of RUN, and every word of a person about it, one JSON object a line.

    No keys and no texts are written; a message is told by its SHA-256 and length. Each line is chained to the one
    before it, so that --verify finds one changed byte: in a FILE by itself, and beside the ledger where that has the
    run. Exit code 0: all is as it was written; 1: it is not.
    """
    from hotline_batch.cli.flows.audit import verify, write

    if options["verify"]:
        return verify(run_id, file, options)
    if file is not None or run_id is None:
        raise click.UsageError(
            words("Say which RUN, and the file to write with -o FILE; a FILE is looked at with --verify.")
        )
    return write(run_id, options)
