"""`office`, `approve` and `reject`: accounts, who did what, and a second pair of eyes."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, Group, option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import declared, expert
from hotline_batch.people import Role

_ROLES = tuple(role.value for role in Role)

_name = click.argument("name")
_roles = option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), metavar="ROLE",
    help="What the account may do: look, prepare, approve, administer. May be repeated.",
)  # fmt: skip
_password_file = option(
    "--password-file", metavar="FILE", shell_complete=complete_files,
    help="Read the password from the first line of a file; - is standard input (else it is asked for).",
)  # fmt: skip


@click.command("approve", cls=Command, epilog="Example:  hotline-batch approve 20261122-180412-k3f9 --note 'seen'")
@declared.run_id
@option("--note", default="", metavar="TEXT", help="Kept with the approval.")
@option("-y", "--yes", is_flag=True, help="Do not ask before.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def approve_command(run_id: str, note: str, *, yes: bool, as_json: bool, **options: Any) -> int:
    """Approve what somebody else prepared in RUN, where the settings ask for a second pair of eyes.

    It shows what would be sent, and asks. Nothing is sent by it: 'resume' sends then. Whoever prepared the run cannot
    approve it; and if anything about its rows, messages or connections changes, the approval is void.
    """
    from hotline_batch.cli.flows.office.approvals import approve

    return approve(run_id, note, yes=yes, as_json=as_json, options=options)


@click.command(
    "reject", cls=Command, epilog="Example:  hotline-batch reject 20261122-180412-k3f9 --note 'row 4: wrong date'"
)
@declared.run_id
@option("--note", required=True, metavar="TEXT", help="Why; whoever prepared it reads this.")
@option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@expert.settings
def reject_command(run_id: str, note: str, *, as_json: bool, **options: Any) -> int:
    """Let nothing of RUN be sent that somebody else prepared, and say why.

    Also what was approved before can be rejected, as long as nobody works on it.
    """
    from hotline_batch.cli.flows.office.approvals import reject

    return reject(run_id, note, as_json=as_json, options=options)


@click.group("office", cls=Group, epilog="Example:  hotline-batch office accounts add anna --role administer")
def office_command() -> None:
    """Look after the page for several people: its accounts, and who did what."""


@office_command.group("accounts", cls=Group, epilog="Example:  hotline-batch office accounts list")
def accounts() -> None:
    """Add accounts, list them, change what they may do, let nobody in with one any more."""


@accounts.command("add", epilog="Example:  hotline-batch office accounts add anna --role prepare --role approve")
@_name
@option("--display-name", default="", metavar="TEXT", help="How others read it, such as 'Anna Weber'.")
@_roles
@_password_file
@option("--subject", metavar="ID", help="Signs in by the provider of the settings, which knows the person by this.")
@expert.settings
def add_account(name: str, **options: Any) -> int:
    """Add an account NAME. The first one may do everything, if no role is given.

    The password is asked for without showing it. It never travels in an argument.
    """
    from hotline_batch.cli.flows.office.accounts import add

    return add(name, options)


@accounts.command("list", epilog="Example:  hotline-batch office accounts list --json")
@option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
@expert.settings
def list_accounts(*, as_json: bool, **options: Any) -> int:
    """List the accounts: what each may do, how it signs in, since when."""
    from hotline_batch.cli.flows.office.accounts import list_them

    return list_them(options, as_json=as_json)


@accounts.command("reset", epilog="Example:  hotline-batch office accounts reset anna")
@_name
@_password_file
@expert.settings
def reset_password(name: str, **options: Any) -> int:
    """Give an account another password, and sign it out everywhere."""
    from hotline_batch.cli.flows.office.accounts import reset

    return reset(name, options)


@accounts.command("roles", epilog="Example:  hotline-batch office accounts roles anna --role look --role approve")
@_name
@_roles
@expert.settings
def change_roles(name: str, roles: tuple[str, ...], **options: Any) -> int:
    """Let an account do these things and no others, and sign it out everywhere."""
    from hotline_batch.cli.flows.office.accounts import change

    return change(name, roles, options)


@accounts.command("disable", epilog="Example:  hotline-batch office accounts disable anna")
@_name
@expert.settings
def disable_account(name: str, **options: Any) -> int:
    """Let nobody in with an account any more, from this moment on. It stays listed, since the audit names it."""
    from hotline_batch.cli.flows.office.accounts import switch_off

    return switch_off(name, options)


@accounts.command("enable", epilog="Example:  hotline-batch office accounts enable anna")
@_name
@expert.settings
def enable_account(name: str, **options: Any) -> int:
    """Let somebody in again with an account that was disabled."""
    from hotline_batch.cli.flows.office.accounts import switch_on

    return switch_on(name, options)


@office_command.command("audit", epilog="Example:  hotline-batch office audit --verify")
@option("--limit", type=click.IntRange(min=1), default=50, show_default=True, metavar="N", help="The newest N entries.")
@option("--run", "run_id", default="", metavar="RUN", help="Only what was done with this run.")
@option("--verify", is_flag=True, help="Check that no entry was altered, removed or put in between.")
@option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output.")
@expert.settings
def show_audit(limit: int, run_id: str, *, verify: bool, as_json: bool, **options: Any) -> int:
    """Show who did what: signed in, prepared, approved, started, stopped, settled, downloaded, changed.

    With --verify it ends with 0 if everything is as it was written, else with 1.
    """
    from hotline_batch.cli.flows.office.accounts import audit

    return audit(limit, run_id, verify=verify, as_json=as_json, options=options)
