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
    from hotline_batch.cli.flows.serving.worker import log_of_workers  # noqa: PLC0415 - help needs none of the rooms behind it

    return None if options["status"] else log_of_workers(options)


@click.command("worker", cls=Command, epilog="Example:  hotline-batch worker")
@option("--run", "run_id", metavar="RUN", shell_complete=complete_runs, help="Work on this run alone, then end.")
@option(
    "--concurrency",
    "most_lanes",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="LANES",
    help="Work on at most so many connections at once, whatever runs they are of.",
)
@option("--status", is_flag=True, help="Tell who serves the ledger, what is worked on and what waits; then end.")
@option("--json", "as_json", is_flag=True, help="With --status: one JSON object on standard output.")
@expert.places
@expert.logging
@partial(logged, own_log=_log_of_workers)
def worker_command(run_id: str | None, most_lanes: int, *, status: bool, as_json: bool, **options: Any) -> int:
    """Work on runs that were handed over with --detach, by the page or by a watched folder.

    On a ledger in PostgreSQL it is one of several machines (extra 'cluster'): a worker on each takes what waits, and
    goes on with what another one left. Stopping it (Ctrl-C, SIGTERM) stops no run: others go on, or it does when it is
    started again.

    What it does is written into a log beside the ledger, unless --log-file names another.
    """
    # `worker --help` needs none of the rooms behind it
    if status:
        from hotline_batch.cli.flows.serving.worker_status import show_status  # noqa: PLC0415 - see above

        return show_status(options, as_json=as_json)
    from hotline_batch.cli.flows.serving.worker import serve, work_on  # noqa: PLC0415 - see above

    return work_on(run_id, options) if run_id else serve(most_lanes, options)
