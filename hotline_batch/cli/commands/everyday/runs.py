"""`hotline-batch runs list`, `show`, `prune` and `delete`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Group, option
from hotline_batch.cli.options import expert, run_options
from hotline_batch.language.words import words


@click.group("runs", cls=Group, epilog="Example:  hotline-batch runs list")
def runs_command() -> None:
    """List the runs of the ledger, show one, forget old ones."""


@runs_command.command("list", epilog="Example:  hotline-batch runs list --limit 5")
@option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The newest N runs.")
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@expert.settings
def list_runs(limit: int, *, as_json: bool, **options: Any) -> int:
    """List runs, the newest first."""
    from hotline_batch.cli.flows.runs import list_the_runs  # noqa: PLC0415 - help needs none of the rooms behind it

    list_the_runs(limit, as_json=as_json, config=options["config"], ledger_url=options["ledger"])
    return 0


@runs_command.command("show", epilog="Example:  hotline-batch runs show 20261122-180412-k3f9")
@run_options.run_id
@option("--follow", is_flag=True, help="Show its progress until nobody works on it any more.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def show_run(run_id: str, *, follow: bool, as_json: bool, **options: Any) -> int:
    """Show one run: how it stands, who works on it, what became of its rows, what to do next.

    With --follow the exit code is that of the run, as 'send' gives it. Ctrl-C ends the watching, not the run.
    """
    from hotline_batch.cli.flows.runs import follow_the_run, show_the_run  # noqa: PLC0415 - help needs none of the rooms behind it

    if follow and as_json:
        raise click.UsageError(
            words("--follow and --json cannot go together. Follow the run, then ask for its summary.")
        )
    if follow:
        return follow_the_run(run_id, config=options["config"], ledger_url=options["ledger"])
    show_the_run(run_id, as_json=as_json, config=options["config"], ledger_url=options["ledger"])
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
    from hotline_batch.cli.flows.runs import prune  # noqa: PLC0415 - help needs none of the rooms behind it

    return prune(older_than, include_unfinished=include_unfinished, yes=yes, options=options)


@runs_command.command("delete", epilog="Example:  hotline-batch runs delete 20261122-180412-k3f9")
@run_options.run_id
@option("-y", "--yes", is_flag=True, help="Do not ask before.")
@expert.settings
def delete_run(run_id: str, *, yes: bool, **options: Any) -> int:
    """Forget RUN altogether, also that its messages were sent.

    The guard against sending a message twice forgets them too: the same sheet would be sent again.
    """
    from hotline_batch.cli.flows.runs import delete  # noqa: PLC0415 - help needs none of the rooms behind it

    return delete(run_id, yes=yes, options=options)
