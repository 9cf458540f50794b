"""`hotline-batch check`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli import options as opts
from hotline_batch.cli.completing import complete_files
from hotline_batch.model import Kind


@click.command("check", epilog="Example:  hotline-batch check contacts.xlsx --for send -t status_update")
@opts.sheet
@click.option("--for", "purpose", type=click.Choice(["send", "enrich"]), required=True, help="What the sheet is for.")
@click.option(
    "-o",
    "--output",
    metavar="FILE.xlsx",
    shell_complete=complete_files,
    help="Write the sheet with its bad cells marked, a note on each.",
)
@click.option("--force", is_flag=True, help="Replace an existing FILE.xlsx.")
@opts.message
@opts.reading
@opts.connection
@opts.duplicate_window
@click.option("--rate", metavar="R", help="Rate to reckon with, such as 18/min.")
@opts.sandbox
@opts.talking
@opts.verbose
@opts.settings
def check_command(purpose: str, **options: Any) -> int:
    """Look at SHEET as 'send' or 'enrich' would, without asking anything of the service.

    Ends with 0 if every row can be used, 1 if some cannot, 2 if the sheet cannot.
    """
    from hotline_batch.cli.batch import do_check  # noqa: PLC0415 - `check --help` needs none of the rooms behind it

    return do_check(Kind(purpose), options)
