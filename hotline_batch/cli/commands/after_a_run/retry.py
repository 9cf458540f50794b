"""`hotline-batch retry`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import everyday, run_options


@click.command("retry", cls=Command, epilog="Example:  hotline-batch retry 20261122-180412-k3f9")
@run_options.run_id
@everyday.detach
@run_options.going_on
def retry_command(run_id: str, output: str | None, **options: Any) -> int:
    """Try the failed rows of RUN again.

    These were certainly not delivered. Rows that are 'unknown' are left alone: settle them with 'resolve'.
    """
    from hotline_batch.cli.flows.existing_run import retry  # noqa: PLC0415 - `retry --help` needs none of the rooms behind it

    return retry(run_id, output, options)
