"""`hotline-batch correct`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import everyday, expert, pace, reading, results, run_options

_EXAMPLES = """\
Examples:
  hotline-batch correct 20261122-180412-k3f9 -m 'Correction: the office opens at 9, not at 8.' --dry-run
  hotline-batch correct 20261122-180412-k3f9 -t correction.txt.j2 --include-unknown"""


@click.command("correct", cls=Command, epilog=_EXAMPLES)
@run_options.run_id
@everyday.message
@option("--include-unknown", is_flag=True, help="Also to rows that are 'unknown': they may have got the wrong message.")
@option("--again", is_flag=True, help="RUN was corrected before: to those whom that correction did not reach.")
@option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet, .xlsx or .csv (default: <stem>.correction.<ext> beside the sheet).",
)  # fmt: skip
@results.force
@reading.some_rows
@pace.pace
@everyday.canary
@everyday.detach
@everyday.notify
@option("--dry-run", is_flag=True, help="Only say to whom it would go, and what they would get.")
@everyday.yes
@everyday.confirm
@expert.talking
@expert.verbose
@expert.settings
def correct_command(run_id: str, **options: Any) -> int:
    """Send a correction to exactly those who got a message of RUN.

    It is a new run over the rows of RUN, as the ledger kept them: each row whose message was sent, or was settled as
    delivered, gets the correction once. It says to whom it goes, to whom not and why, and asks. Placeholders of the
    message are the columns of the sheet of RUN.

    Whoever got the correction never gets another one of the same RUN. If the correction was wrong as well, correct
    its run.
    """
    from hotline_batch.cli.flows.correct import correct  # noqa: PLC0415 - help needs none of the rooms behind it

    return correct(run_id, options)
