"""`connections` and `notify`: keys, and who hears of runs."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Group, option, together
from hotline_batch.cli.help.completion import complete_connections
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import declared, expert

_settings_file = together(expert.config, expert.logging, logged)


@click.group("connections", cls=Group, epilog="Example:  hotline-batch connections list")
def connections_command() -> None:
    """List the connections of the settings, test one, add one."""


@connections_command.command("list", epilog="Example:  hotline-batch connections list --json")
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@_settings_file
def list_connections(*, as_json: bool, config: str | None) -> int:
    """List the connections: name, instance, where the key is kept. Keys are never shown."""
    from hotline_batch.cli.flows.connections import list_them

    list_them(config, as_json=as_json)
    return 0


@connections_command.command("test", epilog="Example:  hotline-batch connections test support_bot")
@click.argument("name", required=False, shell_complete=complete_connections)
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@_settings_file
def try_connections(name: str | None, *, as_json: bool, config: str | None) -> int:
    """Look one made-up topic up through connection NAME, or through each, and say what the answer means.

    Nothing is changed in Hotline. Ends with 0 if the keys of all are accepted, else with 1.
    """
    from hotline_batch.cli.flows.connections import try_them

    return try_them(name, config, as_json=as_json)


@connections_command.command(
    "add", epilog="Example:  hotline-batch connections add sales_bot --instance 13209946874612345"
)
@click.argument("name")
@option("--instance", metavar="DIGITS", help="The instance id of the connection (else it is asked for).")
@option("--no-keyring", is_flag=True, help="Do not store the key; say what to set instead.")
@_settings_file
def add_connection(name: str, instance: str | None, *, no_keyring: bool, config: str | None) -> int:
    """Set up connection NAME: ask for its key without showing it, try it, and write NAME into the settings file.

    The key goes into the system's keyring; where there is none, it says exactly what to set. In place of the key you
    can type where it is kept, such as file:PATH. Comments in the file stay. Keys that the service refuses are kept only
    if you say so.
    """
    from hotline_batch.cli.flows.connections import add

    return add(name, instance, config, no_keyring=no_keyring)


@click.group("notify", cls=Group, epilog="Example:  hotline-batch notify test")
def notify_command() -> None:
    """Try whether those who are to hear of runs can be told."""


@notify_command.command("test", epilog="Example:  hotline-batch notify test --json")
@declared.notify
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@_settings_file
def try_notify(*, as_json: bool, **options: Any) -> int:
    """Send a test message to everybody who is to hear of runs, and say who took it.

    Who that is stands in the settings: notify (addresses, extra 'notify') and notify_command; --notify tries another
    address. Ends with 0 if all took it, with 1 if somebody did not.
    """
    from hotline_batch.cli.flows.news import test_them

    return test_them(options, as_json=as_json)
