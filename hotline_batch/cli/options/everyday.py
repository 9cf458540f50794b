"""Everyday options: the sheet, the message, the result, and whether somebody is asked."""

from __future__ import annotations

from collections.abc import Callable

import click

from hotline_batch.cli.help.command import Decorated, option, together
from hotline_batch.cli.help.completion import complete_connections, complete_files, complete_templates
from hotline_batch.language.words import marked

sheet = click.argument("sheet", metavar="SHEET", shell_complete=complete_files)

message = together(
    option("-m", "--message", metavar="TEXT", help="Message template; {{ column }} is filled in from the row."),
    option(
        "-t", "--template", metavar="NAME|PATH", shell_complete=complete_templates,
        help="Message template by name or from a file.",
    ),
)  # fmt: skip

output = option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet, .xlsx or .csv; - is CSV on stdout (default: <stem>.results.<ext> beside the sheet).",
)  # fmt: skip
output_of_run = option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet (default: that of the run, which is replaced).",
)  # fmt: skip

connection = option(
    "--connection", metavar="NAME", shell_complete=complete_connections, help="Which connection of the settings to use."
)
canary = option(
    "--canary", type=click.IntRange(min=1), metavar="N", help="Do N rows, show their links, ask before going on."
)
dry_run = option("--dry-run", is_flag=True, help="Only look at the sheet, as 'check' does.")
sandbox = option("--sandbox", is_flag=True, help="Use a private pretend Hotline: no account, no network.")


def agreed(text: str) -> Callable[[Decorated], Decorated]:
    """A yes beforehand to what the command would ask, told in a text."""
    return option("-y", "--yes", is_flag=True, help=text)


yes = agreed(marked("Do not ask before sending."))
detach = option(
    "--detach", is_flag=True, help="Hand the run to a worker, print its id and end; it outlives the terminal."
)
notify = option(
    "--notify", metavar="URL", multiple=True,
    help="Tell somebody at the end and when a person is needed: an address as apprise knows them, or env:NAME, "
    "file:PATH or keyring:SERVICE/NAME where one is kept. May be repeated.",
)  # fmt: skip
confirm = option(
    "--confirm", metavar="NAME", multiple=True, shell_complete=complete_connections,
    help="Name of a connection that asks for it before anything is sent. May be repeated.",
)  # fmt: skip
