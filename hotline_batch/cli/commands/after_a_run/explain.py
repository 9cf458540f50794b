"""`hotline-batch explain`."""

from __future__ import annotations

from difflib import get_close_matches

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.help.completion import complete_codes
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert
from hotline_batch.cli.screen.next_step_words import command_for
from hotline_batch.issues.words import RECORDS
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import words


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
            click.echo(f"{record.code:<{width}}  {words(record.meaning)}")
        return 0
    found = RECORDS.get(code.strip().lower())
    if found is None:
        near = get_close_matches(code.lower(), RECORDS, n=3, cutoff=0.5)
        sentences = [
            words("There is no code '{code}'.", code=code),
            words("Did you mean {names}?", names=list_of(near, "or")) if near else "",
            words("'hotline-batch explain' lists them all."),
        ]
        raise click.UsageError(" ".join(filter(None, sentences)))
    told = {
        words("What it means:"): words(found.meaning),
        words("Was it delivered?"): words(found.delivered),
        words("Send it again?"): words(found.again),
        words("What to do:"): words(found.advice),
        words("With:"): command_for(found.next_step),
    }
    width = max(map(len, told))
    click.echo(found.code)
    for name, said in told.items():
        if said:
            click.echo(f"  {name:<{width}}  {said}")
    return 0
