"""`hotline-batch send`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import everyday, expert, pace, reading, results
from hotline_batch.model.jobs import Kind

_EXAMPLES = """\
Examples:
  hotline-batch send contacts.xlsx
  hotline-batch send contacts.xlsx -t status_update -o sent.xlsx
  hotline-batch send sample_data/status_updates.xlsx --sandbox"""


@click.command("send", cls=Command, epilog=_EXAMPLES)
@everyday.sheet
@everyday.message
@everyday.output
@results.result_format
@results.force
@reading.reading
@results.columns
@results.name
@everyday.connection
@pace.pace
@pace.start
@pace.hours
@pace.duplicate_window
@everyday.canary
@everyday.detach
@everyday.notify
@everyday.dry_run
@everyday.yes
@everyday.confirm
@everyday.sandbox
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
    from hotline_batch.cli.flows.batch import do_batch  # noqa: PLC0415 - `send --help` needs none of the rooms behind it

    return do_batch(Kind.SEND, options)
