"""Options that commands about a run have in common."""

from __future__ import annotations

from collections.abc import Callable

import click

from hotline_batch.cli.help.command import Decorated, option, together
from hotline_batch.cli.help.completion import complete_files, complete_runs
from hotline_batch.cli.options import everyday, expert, pace

run_id = click.argument("run_id", metavar="RUN", shell_complete=complete_runs)


def written_to(text: str, metavar: str = "FILE") -> Callable[[Decorated], Decorated]:
    """The file that a command writes, told in a text, and whether it may replace one."""
    return together(
        option("-o", "--output", metavar=metavar, shell_complete=complete_files, required=True, help=text),
        option("--force", is_flag=True, help="Replace an existing file."),
    )


going_on = together(
    everyday.output_of_run,
    everyday.yes,
    everyday.confirm,
    everyday.notify,
    pace.pace,
    pace.start,
    pace.hours,
    expert.talking,
    expert.verbose,
    expert.settings,
)
"""What every command takes that goes on with a run."""
