"""`hotline-batch results`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import expert, results, run_options, values
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.words import marked, words


@click.command("results", cls=Command, epilog="Example:  hotline-batch results 20261122-180412-k3f9 -o again.xlsx")
@run_options.run_id
@run_options.written_to(marked("Result sheet, .xlsx or .csv; - is CSV on standard output."))
@results.only
@results.columns
@expert.settings
def results_command(run_id: str, output: str, *, force: bool, only: str | None, **options: Any) -> int:
    """Write the result sheet of RUN again, from the ledger; also for a run in progress.

    Every row comes back, also where the run itself wrote only the changed ones.
    """
    from hotline_batch.application.exports.results import write_results_again  # noqa: PLC0415 - help needs no rooms
    from hotline_batch.run_options import ResultColumns, names_of_columns  # noqa: PLC0415 - the same

    settings = values.settings_to_tell_with(options["config"], options["ledger"])
    usual = values.with_defaults(options, settings.option_defaults)
    written = write_results_again(
        settings,
        run_id,
        output,
        force=force,
        asked=ResultColumns(only, names_of_columns(options["columns"]), names_of_columns(options["leave_out"])),
        usual=ResultColumns(None, names_of_columns(usual["columns"]), names_of_columns(usual["leave_out"])),
    )
    if written.pruned:
        click.echo(
            words("{pruned} The sheet tells what became of each row, and no more.", pruned=written.pruned), err=True
        )
    if written.path != "-":
        Console().result(words("Result: {path}", path=written.path))
    return 0
