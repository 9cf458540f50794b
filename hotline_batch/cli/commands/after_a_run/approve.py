"""`hotline-batch approve`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.options import expert, run_options


@click.command("approve", cls=Command, epilog="Example:  hotline-batch approve 20261122-180412-k3f9 --note 'seen'")
@run_options.run_id
@option("--note", default="", metavar="TEXT", help="Kept with the approval.")
@option("-y", "--yes", is_flag=True, help="Do not ask before.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def approve_command(run_id: str, note: str, *, yes: bool, as_json: bool, **options: Any) -> int:
    """Approve what somebody else prepared in RUN, where the settings ask for a second pair of eyes.

    It shows what would be sent, and asks. Nothing is sent by it: 'resume' sends then. Whoever prepared the run cannot
    approve it; and if anything about its rows, messages or connections changes, the approval is void.
    """
    from hotline_batch.cli.flows.office.approvals import approve  # noqa: PLC0415 - help needs none of the rooms behind it

    return approve(run_id, note, yes=yes, as_json=as_json, options=options)
