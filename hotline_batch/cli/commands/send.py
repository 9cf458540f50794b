"""`hotline-batch send`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli import options as opts
from hotline_batch.model import Kind


@click.command("send", epilog="Example:  hotline-batch send contacts.xlsx -t status_update -o sent.xlsx")
@opts.sheet
@opts.message
@opts.writing
@opts.reading
@opts.columns
@opts.connection
@opts.pace
@opts.duplicate_window
@opts.canary
@click.option("--dry-run", is_flag=True, help="Only look at the sheet, as 'check' does.")
@opts.yes
@opts.confirm
@opts.sandbox
@opts.talking
@opts.verbose
@opts.settings
def send_command(**options: Any) -> int:
    """Post one message per row of SHEET for the operators, into the topic of that row's user.

    The message is the sheet's message column, or a template. SHEET is .csv, .xlsx and others; - is CSV on standard
    input. Customers do not see these messages.

    Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml. HOTLINE_ENDPOINT
    names another address of the service.
    """
    from hotline_batch.cli.batch import do_batch  # noqa: PLC0415 - `send --help` needs none of the rooms behind it

    return do_batch(Kind.SEND, options)
