"""`hotline-batch resume`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.help.completion import complete_runs
from hotline_batch.cli.options import everyday, run_options


@click.command("resume", cls=Command, epilog="Example:  hotline-batch resume 20261122-180412-k3f9 --yes")
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@everyday.detach
@run_options.going_on
def resume_command(run_id: str | None, output: str | None, **options: Any) -> int:
    """Go on with RUN, or with the newest run that is not finished.

    Rows that may have been delivered are never sent again by this.
    """
    from hotline_batch.cli.flows.existing_run import resume  # noqa: PLC0415 - `resume --help` needs none of the rooms behind it

    return resume(run_id, output, options)
