"""`check`, `send` and `enrich`: what is done with a sheet."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import declared, expert
from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind

_CHECK_EXAMPLES = """\
Examples:
  hotline-batch check contacts.xlsx
  hotline-batch check contacts.xlsx --for send -t status_update
  hotline-batch check contacts.xlsx -o marked.xlsx"""
_SEND_EXAMPLES = """\
Examples:
  hotline-batch send contacts.xlsx
  hotline-batch send contacts.xlsx -t status_update -o sent.xlsx
  hotline-batch send sample_data/status_updates.xlsx --sandbox"""
_ENRICH_EXAMPLES = """\
Examples:
  hotline-batch enrich topics.csv -o topics.xlsx
  hotline-batch enrich topics.csv --max-age 1d --only changed -o changed.xlsx
  hotline-batch enrich sample_data/topic_links.csv --sandbox"""


@click.command("check", cls=Command, epilog=_CHECK_EXAMPLES)
@declared.sheet
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
@declared.message
@declared.reading
@declared.connection
@declared.duplicate_window
@declared.rate_to_reckon_with
@declared.start
@declared.hours
@declared.sandbox
@expert.talking
@expert.verbose
@expert.settings
def check_command(purpose: str | None, **options: Any) -> int:
    """Look at SHEET as 'send' or 'enrich' would, without asking anything of the service.

    Ends with 0 if every row can be used, 1 if some cannot, 2 if the sheet cannot.
    """
    from hotline_batch.cli.flows.check import do_check

    return do_check(Kind(purpose) if purpose else None, options)


@click.command("send", cls=Command, epilog=_SEND_EXAMPLES)
@declared.sheet
@declared.message
@declared.output
@declared.result_format
@declared.force
@declared.reading
@declared.columns
@declared.name_column
@declared.connection
@declared.pace
@declared.start
@declared.hours
@declared.duplicate_window
@declared.canary
@declared.detach
@declared.notify
@declared.dry_run
@declared.yes
@declared.confirm
@declared.sandbox
@expert.talking
@expert.verbose
@expert.settings
def send_command(**options: Any) -> int:
    """Post one message per row of SHEET for the operators, into the topic of that row's user.

    The message is the sheet's message column, or a template. SHEET is .csv, .xlsx and others; - is CSV on standard
    input. Customers do not see these messages.

    Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml. HOTLINE_ENDPOINT
    names another address of the service.
    """
    from hotline_batch.cli.flows.batch import do_batch

    return do_batch(Kind.SEND, options)


@click.command("enrich", cls=Command, epilog=_ENRICH_EXAMPLES)
@declared.sheet
@declared.output
@declared.result_format
@declared.force
@declared.reading
@declared.columns
@declared.name_column
@declared.connection
@declared.pace
@declared.start
@declared.hours
@declared.max_age
@declared.only
@declared.canary
@declared.detach
@declared.notify
@declared.dry_run
@declared.agreed(marked("Do not ask after --canary; nothing else is asked."))
@declared.sandbox
@expert.talking
@expert.verbose
@expert.settings
def enrich_command(**options: Any) -> int:
    """Look up one topic per row of SHEET, and add what Hotline knows of it.

    Topics are named by a link column, or by a group id and a topic id. Nothing is changed in Hotline.

    Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml. HOTLINE_ENDPOINT
    names another address of the service.
    """
    from hotline_batch.cli.flows.batch import do_batch

    return do_batch(Kind.ENRICH, options)
