"""`hotline-batch report`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.help.completion import complete_runs
from hotline_batch.cli.options import expert, run_options, values
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.words import marked, words


@click.command("report", cls=Command, epilog="Example:  hotline-batch report 20261122-180412-k3f9 -o report.html")
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
@run_options.written_to(marked("Web page to write, .html."))
@expert.settings
def report_command(run_ids: tuple[str, ...], output: str, *, force: bool, **options: Any) -> int:
    """Write a web page about one or several RUNs: outcome, reasons, speed, dialogs that wait.

    The page is one file that needs no network and can be printed. With several runs, it shows how figures move.
    """
    from hotline_batch.application.exports.report import write_report  # noqa: PLC0415 - help needs no rooms

    settings = values.settings_to_tell_with(options["config"], options["ledger"])
    written = write_report(settings, run_ids, output, force=force)
    Console().result(words("Report: {path}", path=written.path))
    if written.practice:
        practised = ", ".join(written.practice)
        click.echo(
            words("Practice and real runs stand side by side in it; practice: {practised}.", practised=practised),
            err=True,
        )
    return 0
