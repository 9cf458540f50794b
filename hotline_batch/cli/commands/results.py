"""`hotline-batch results`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from hotline_batch.cli import options as opts
from hotline_batch.cli.completing import complete_files, complete_runs
from hotline_batch.cli.console import Console


@click.command("results", epilog="Example:  hotline-batch results 20261122-180412-k3f9 -o again.xlsx")
@click.argument("run_id", metavar="RUN", shell_complete=complete_runs)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete_files,
    required=True,
    help="Result sheet, .xlsx or .csv; - is CSV on standard output.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@opts.only
@opts.columns
@opts.settings
def results_command(run_id: str, output: str, *, force: bool, only: str | None, **options: Any) -> int:
    """Write the result sheet of RUN again, from the ledger; also for a run in progress.

    Every row comes back, also where the run itself wrote only the changed ones.
    """
    from hotline_batch.application.pruning import words_about_pruning  # noqa: PLC0415 - the same
    from hotline_batch.application.recorded_choices import rate_to_tell  # noqa: PLC0415 - the same
    from hotline_batch.ledger.history.look_up_answers import rows_with_history  # noqa: PLC0415 - help needs none of the rooms behind it
    from hotline_batch.ledger.ledger import Ledger  # noqa: PLC0415 - `results --help` needs none of the rooms behind it
    from hotline_batch.results.kept_columns import refuse_unknown_columns  # noqa: PLC0415 - the same
    from hotline_batch.results.rows import KNOWN_COLUMNS  # noqa: PLC0415 - the same
    from hotline_batch.results.write import check_output, write_results  # noqa: PLC0415 - the same

    settings = opts.settings_to_tell_with(options["config"], options["ledger"])
    given = opts.with_defaults(options, settings.option_defaults)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if pruned := words_about_pruning(run):
            click.echo(f"{pruned} The sheet tells what became of each row, and no more.", err=True)
        # What is asked for now counts; else what the run was asked for, or the settings say.
        named = {name: given[name] for name in ("columns", "leave_out") if given[name]}
        asked = any(options[name] for name in named)
        refuse_unknown_columns({name: options[name] for name in named if options[name]}, (*run.header, *KNOWN_COLUMNS))
        run = replace(run, options={**run.options, **named} if asked else {**named, **run.options})
        if settings.timezone:
            run = replace(run, options={**run.options, "timezone": settings.timezone.key})
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
