"""`hotline-batch completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion", cls=Command, epilog="Example:  echo 'eval \"$(hotline-batch completion bash)\"' >> ~/.bashrc"
)
@click.argument("shell", type=click.Choice(_SHELLS))
@expert.logging
@logged
def completion_command(shell: str) -> int:
    """Print a script that lets SHELL complete commands, options, connection names and run ids after Tab.

    For zsh write the same into ~/.zshrc; for fish, write the script to
    ~/.config/fish/completions/hotline-batch.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three shells above
    click.echo(
        kind(click.get_current_context().find_root().command, {}, "hotline-batch", "_HOTLINE_BATCH_COMPLETE").source()
    )
    return 0
