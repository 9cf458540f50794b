"""The options of a command -> the console it talks through; and where each of its settings comes from, said there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, shown
from hotline_batch.language.words import words


def console_for(options: Mapping[str, Any], output: str | None = None) -> Console:
    """The console that the options ask for. UsageError where a sheet and a summary would mingle."""
    if output == "-" and options["as_json"]:
        raise click.UsageError(
            words(
                "The result sheet and the summary of --json cannot share standard output. Write the "
                "sheet to an -o FILE."
            )
        )
    return Console(
        quiet=options["quiet"],
        as_json=options["as_json"],
        no_color=options["no_color"],
        data_on_stdout=output == "-",
    )


def say_origins(options: Mapping[str, Any]) -> None:
    """With --verbose, say where each setting comes from; secrets are never shown."""
    if options.get("verbose"):
        from hotline_batch.settings.shown_settings import shown_settings  # noqa: PLC0415 - few ask for it

        given = values.given_values(click.get_current_context().params)
        for origin in shown_settings(config=options["config"], ledger=options["ledger"], given=given):
            click.echo(f"  {origin.key} = {shown(origin.shown)} ({shown(words(origin.source))})", err=True)
