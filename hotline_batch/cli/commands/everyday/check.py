"""`hotline-batch check`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import everyday, expert, pace, reading
from hotline_batch.model.jobs import Kind

_EXAMPLES = """\
Examples:
  hotline-batch check contacts.xlsx
  hotline-batch check contacts.xlsx --for send -t status_update
  hotline-batch check contacts.xlsx -o marked.xlsx"""


@click.command("check", cls=Command, epilog=_EXAMPLES)
@everyday.sheet
@option(
    "--for",
    "purpose",
    type=click.Choice(["send", "enrich"]),
    help="What the sheet is for (default: what its columns tell).",
)
@option(
    "-o",
    "--output",
    metavar="FILE.xlsx",
    shell_complete=complete_files,
    help="Write the sheet with its bad cells marked, and a plan of every row with its message.",
)
@option("--force", is_flag=True, help="Replace an existing FILE.xlsx.")
@everyday.message
@reading.reading
@everyday.connection
@pace.duplicate_window
@pace.rate_to_reckon_with
@pace.start
@pace.hours
@everyday.sandbox
@expert.talking
@expert.verbose
@expert.settings
def check_command(purpose: str | None, **options: Any) -> int:
    """Look at SHEET as 'send' or 'enrich' would, without asking anything of the service.

    Ends with 0 if every row can be used, 1 if some cannot, 2 if the sheet cannot.
    """
    from hotline_batch.cli.flows.batch import do_check  # noqa: PLC0415 - `check --help` needs none of the rooms behind it

    return do_check(Kind(purpose) if purpose else None, options)
