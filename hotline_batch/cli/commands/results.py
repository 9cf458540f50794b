"""`hotline-batch results`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from hotline_batch.cli import option_values
from hotline_batch.cli.help.command import Command
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import expert, results, run_options
from hotline_batch.cli.screen.console import Console


@click.command("results", cls=Command, epilog="Example:  hotline-batch results 20261122-180412-k3f9 -o again.xlsx")
@run_options.run_id
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete_files,
    required=True,
    help="Result sheet, .xlsx or .csv; - is CSV on standard output.",
)
@run_options.replace
@results.only
@results.columns
@expert.settings
def results_command(run_id: str, output: str, *, force: bool, only: str | None, **options: Any) -> int:
    """Write the result sheet of RUN again, from the ledger; also for a run in progress.

    Every row comes back, also where the run itself wrote only the changed ones.
    """
    from hotline_batch.application.pruning import words_about_pruning  # noqa: PLC0415 - the same
    from hotline_batch.application.run_notes import rate_to_tell  # noqa: PLC0415 - the same
    from hotline_batch.ledger.history.look_up_answers import rows_with_history  # noqa: PLC0415 - help needs none of the rooms behind it
    from hotline_batch.ledger.ledger import Ledger  # noqa: PLC0415 - `results --help` needs none of the rooms behind it
    from hotline_batch.results.kept_columns import refuse_unknown_columns  # noqa: PLC0415 - the same
    from hotline_batch.results.rows import KNOWN_COLUMNS  # noqa: PLC0415 - the same
    from hotline_batch.results.write import check_output, write_results  # noqa: PLC0415 - the same
    from hotline_batch.run_options import ResultColumns, names_of_columns  # noqa: PLC0415 - the same

    settings = option_values.settings_to_tell_with(options["config"], options["ledger"])
    given = option_values.with_defaults(options, settings.option_defaults)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if pruned := words_about_pruning(run):
            click.echo(f"{pruned} The sheet tells what became of each row, and no more.", err=True)
        # What is asked for now counts; else what the run was asked for, or the settings say.
        asked = ResultColumns(None, names_of_columns(options["columns"]), names_of_columns(options["leave_out"]))
        named = ResultColumns(None, names_of_columns(given["columns"]), names_of_columns(given["leave_out"]))
        refuse_unknown_columns(asked, (*run.header, *KNOWN_COLUMNS))
        first, second = (named, run.options.results) if asked != ResultColumns() else (run.options.results, named)
        shown = replace(
            run.options.results,
            columns=first.columns or second.columns,
            leave_out=first.leave_out or second.leave_out,
        )
        run = replace(run, options=replace(run.options, results=shown))
        if settings.timezone:
            run = replace(run, notes=replace(run.notes, timezone=settings.timezone.key))
        check_output(output, run.sheet_path, force=force, own_result=False)
        rate = rate_to_tell(run, settings)
        written = write_results(
            run,
            lambda: ledger.rows(run_id),
            output,
            rate,
            replace=True,
            only_changed=only == "changed",
            read_compared=lambda: rows_with_history(ledger, run),
        )
    if written != "-":
        Console().result(f"Result: {written}")
    return 0
