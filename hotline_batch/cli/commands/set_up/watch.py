"""`hotline-batch watch`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import everyday, expert, pace, reading, results
from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind


def _log_of_inbox(options: Mapping[str, Any]) -> Path | None:
    """Where the command writes down what it does, unless something else is said."""
    from hotline_batch.cli.flows.serving.inbox import log_of_inbox  # noqa: PLC0415 - help needs none of the rooms behind it

    return log_of_inbox(options)


@click.command(
    "watch", cls=Command, epilog="Example:  hotline-batch watch inbox --for send -t status_update --rate 18/min"
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@option("--for", "purpose", type=click.Choice(["send", "enrich"]), required=True, help="What is done with every sheet.")
@option("--once", is_flag=True, help="Serve what lies there now, then end; for cron and the like.")
@option(
    "--poll",
    type=click.FloatRange(min=0.05),
    default=5.0,
    show_default=True,
    metavar="S",
    help="Seconds between two looks at the folder.",
)
@option(
    "--settle",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="S",
    help="A file counts as complete once its size and time were the same for so many seconds.",
)
@everyday.message
@reading.reading
@results.result_format
@results.columns
@results.name
@everyday.connection
@pace.pace
@pace.hours
@pace.duplicate_window
@everyday.agreed(marked("Nothing is asked before sending, with or without it."))
@everyday.confirm
@everyday.notify
@everyday.sandbox
@expert.talking
@expert.places
@expert.logging
@partial(logged, own_log=_log_of_inbox)
def watch_command(folder: str, purpose: str, **options: Any) -> int:
    """Serve an inbox folder: every sheet that is laid into DIR becomes a run.

    Afterwards the sheet lies in DIR/done beside its result sheet, or in DIR/failed beside a note that says why. A
    finished run is done even where single rows failed: its result sheet tells. While the service cannot be reached, a
    sheet stays where it is and goes on later. Nothing is asked before sending. Ctrl-C ends it cleanly; after a restart
    everything goes on where it was, and no message is sent twice. What it does is written into a log beside the ledger,
    unless --log-file names another.

    With --once the exit code is that of the worst file, in the order 4 (waits), 3, 1, 0; stopped by Ctrl-C: 130.
    """
    from hotline_batch.cli.flows.serving.inbox import watch  # noqa: PLC0415 - `watch --help` needs none of the rooms behind it

    return watch(folder, Kind(purpose), options)
