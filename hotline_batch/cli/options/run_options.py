"""Options that commands about a run have in common."""

from __future__ import annotations

import click

from hotline_batch.cli.help.command import option, together
from hotline_batch.cli.help.completion import complete_runs
from hotline_batch.cli.options import everyday, expert, pace

run_id = click.argument("run_id", metavar="RUN", shell_complete=complete_runs)
replace = option("--force", is_flag=True, help="Replace an existing file.")
going_on = together(
    everyday.output_of_run,
    everyday.yes,
    everyday.confirm,
    pace.pace,
    expert.talking,
    expert.verbose,
    expert.settings,
)
"""What every command takes that goes on with a run."""
