"""`hotline-batch reject`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.options import expert, run_options


@click.command(
    "reject", cls=Command, epilog="Example:  hotline-batch reject 20261122-180412-k3f9 --note 'row 4: wrong date'"
)
@run_options.run_id
@option("--note", required=True, metavar="TEXT", help="Why; whoever prepared it reads this.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def reject_command(run_id: str, note: str, *, as_json: bool, **options: Any) -> int:
    """Let nothing of RUN be sent that somebody else prepared, and say why.

    Also what was approved before can be rejected, as long as nobody works on it.
    """
    from hotline_batch.cli.flows.office.approvals import reject  # noqa: PLC0415 - help needs none of the rooms behind it

    return reject(run_id, note, as_json=as_json, options=options)
