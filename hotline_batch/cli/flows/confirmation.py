"""The guard of connections that are marked with `confirm`: nothing is sent before a person has given their name."""

from __future__ import annotations

from collections.abc import Sequence

import click

from hotline_batch.application.service import connections_to_confirm
from hotline_batch.cli.screen.console import can_ask
from hotline_batch.settings.model import Settings


def is_confirmed(settings: Settings, connections: Sequence[str], given: Sequence[str]) -> bool:
    """Whether every marked one of these connections was named, by option or on the terminal.

    Raises click.UsageError where there is no terminal to ask on.
    """
    for name in connections_to_confirm(settings, connections, given):
        if not can_ask():
            raise click.UsageError(
                f"The connection '{name}' asks for its name before anything is sent. Pass --confirm {name}."
            )
        typed = click.prompt(
            f"Type the name of the connection ({name}) to send through it", default="", show_default=False, err=True
        )
        if typed.strip() != name:
            click.echo(f"That is not '{name}'. Nothing was sent.", err=True)
            return False
    return True
