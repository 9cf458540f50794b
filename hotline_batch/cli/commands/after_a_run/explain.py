"""`hotline-batch explain`."""

from __future__ import annotations

from difflib import get_close_matches

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.help.completion import complete_codes
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert
from hotline_batch.cli.screen.next_step_words import command_for
from hotline_batch.issues.codes import RECORDS


@click.command("explain", cls=Command, epilog="Example:  hotline-batch explain reply_lost")
@click.argument("code", required=False, shell_complete=complete_codes)
@expert.logging
@logged
def explain_command(code: str | None) -> int:
    """Say what an error CODE means, whether the message was delivered, and what to do.

    Without CODE, list them all.
    """
    if code is None:
        width = max(map(len, RECORDS))
        for record in RECORDS.values():
            click.echo(f"{record.code:<{width}}  {record.meaning}")
        return 0
    found = RECORDS.get(code.strip().lower())
    if found is None:
        near = get_close_matches(code.lower(), RECORDS, n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise click.UsageError(f"There is no code '{code}'.{hint} 'hotline-batch explain' lists them all.")
    click.echo(found.code)
    click.echo(f"  What it means:     {found.meaning}")
    click.echo(f"  Was it delivered?  {found.delivered}")
    click.echo(f"  Send it again?     {found.again}")
    click.echo(f"  What to do:        {found.advice}")
    if command := command_for(found.next_step):
        click.echo(f"  With:              {command}")
    return 0
