"""`hotline-batch stop`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import expert, run_options


@click.command("stop", cls=Command, epilog="Example:  hotline-batch stop 20261122-180412-k3f9")
@run_options.run_id
@expert.settings
def stop_command(run_id: str, **options: Any) -> int:
    """Ask whoever works on RUN, here or on another machine, to stop as after Ctrl-C.

    Nothing new is sent; what is on its way is awaited, and the result sheet is written. 'resume' goes on.
    """
    from hotline_batch.cli.flows.serving.worker import stop  # noqa: PLC0415 - `stop --help` needs none of the rooms behind it

    return stop(run_id, options)
