"""`hotline-batch resolve`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import run_options


@click.command(
    "resolve",
    cls=Command,
    epilog="Example:  hotline-batch resolve 20261122-180412-k3f9 --rows 17,44 --delivered --note 'seen in the topic'",
)
@run_options.run_id
@click.option("--delivered", is_flag=True, help="The message is in the topic.")
@click.option("--not-delivered", is_flag=True, help="The message is not in the topic.")
@click.option("--resend", is_flag=True, help="Send these rows again now, at the risk of a second copy.")
@click.option("--rows", metavar="17,44", multiple=True, help="These rows of the sheet. May be repeated.")
@click.option("--all", "all_rows", is_flag=True, help="Every row that is 'unknown'.")
@click.option("--note", default="", metavar="TEXT", help="Why; kept for audit.")
@run_options.going_on
def resolve_command(run_id: str, output: str | None, **options: Any) -> int:
    """Settle rows of RUN whose delivery is not known, after looking into their topics.

    Who settled which row, when and why is kept in the ledger.
    """
    from hotline_batch.cli.flows.existing_run import resolve  # noqa: PLC0415 - `resolve --help` needs none of the rooms behind it

    return resolve(run_id, output, options)
