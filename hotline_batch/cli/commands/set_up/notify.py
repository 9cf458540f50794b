"""`hotline-batch notify test`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Group, together
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import everyday, expert

_config = together(expert.config, expert.logging, logged)


@click.group("notify", cls=Group, epilog="Example:  hotline-batch notify test")
def notify_command() -> None:
    """Try whether those who are to hear of runs can be told."""


@notify_command.command("test", epilog="Example:  hotline-batch notify test --json")
@everyday.notify
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@_config
def try_notify(*, as_json: bool, **options: Any) -> int:
    """Send a test message to everybody who is to hear of runs, and say who took it.

    Who that is stands in the settings: notify (addresses, extra 'notify') and notify_command; --notify tries another
    address. Ends with 0 if all took it, with 1 if somebody did not.
    """
    from hotline_batch.cli.flows.news import test_them  # noqa: PLC0415 - help needs none of the rooms behind it

    return test_them(options, as_json=as_json)
