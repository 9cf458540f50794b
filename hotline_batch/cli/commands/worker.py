"""`hotline-batch worker`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_runs
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert


def _log_of_workers(options: Mapping[str, Any]) -> Path | None:
    """Where the command writes down what it does, unless something else is said."""
    from hotline_batch.cli.flows.worker import log_of_workers  # noqa: PLC0415 - help needs none of the rooms behind it

    return log_of_workers(options)


@click.command("worker", cls=Command, epilog="Example:  hotline-batch worker")
@option("--run", "run_id", metavar="RUN", shell_complete=complete_runs, help="Work on this run alone, then end.")
@expert.places
@expert.logging
@partial(logged, own_log=_log_of_workers)
def worker_command(run_id: str, **options: Any) -> int:
    """Work on runs that were handed over with --detach, by the page or by a watched folder.

    What it does is written into a log beside the ledger, unless --log-file names another.
    """
    from hotline_batch.cli.flows.worker import work_on  # noqa: PLC0415 - `worker --help` needs none of the rooms behind it

    return work_on(run_id, options)
