"""Accounts of the office, and who did what -> lines for a person; passwords are asked for without echo."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from hotline_batch.application.exports.audit import AuditEntry, verify_audit, who_did_what
from hotline_batch.application.office.accounts import (
    Account,
    NewAccount,
    change_roles,
    create_account,
    disable,
    enable,
    list_accounts,
    name_of,
    reset_password,
    usual_roles,
)
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import can_ask, json_text, new_password, shown
from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.people import Role
from hotline_batch.results.formatting import utc_text
from hotline_batch.settings.model import Settings
from hotline_batch.settings.secrets import note_secret

_LONGEST_FILE = 4_096


def add(name: str, options: Mapping[str, Any]) -> int:
    """Add an account; the exit code."""
    settings = values.settings_of(options)
    list_accounts(settings)  # says what is in the way before a password is asked for
    roles = frozenset(map(Role, options["roles"])) or usual_roles(settings)
    subject = options["subject"]
    password = None if subject else _password(name, options["password_file"])
    made = create_account(settings, NewAccount(name, options["display_name"], roles, password, subject))
    click.echo(words("Account {made} may {made_2}.", made=made.name, made_2=_roles(made)))
    return 0


def list_them(options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print the accounts; the exit code."""
    found = list_accounts(values.settings_of(options))
    if as_json:
        click.echo(json_text([_account_as_json(each) for each in found]))
        return 0
    if not found:
        click.echo(
            words("There are no accounts yet. The first one is the administrator's: hotline-batch office accounts add")
        )
    width = max((len(each.name) for each in found), default=0)
    for each in found:
        how = words("by the provider") if each.subject else words("with a password")
        off = f"  ({words('disabled')})" if each.disabled_at is not None else ""
        click.echo(shown(f"{each.name:<{width}}  {_roles(each)}  {how}  {each.display_name}{off}".rstrip()))
    return 0


def reset(name: str, options: Mapping[str, Any]) -> int:
    """Give an account another password; the exit code."""
    settings = values.settings_of(options)
    _check_is_there(settings, name)
    reset_password(settings, name, _password(name, options["password_file"]))
    click.echo(words("Account {name} has a new password, and is signed out everywhere.", name=name))
    return 0


def change(name: str, roles: Sequence[str], options: Mapping[str, Any]) -> int:
    """Let an account do other things; the exit code."""
    if not roles:
        raise click.UsageError(words("Say what the account may do, with one --role or several."))
    change_roles(values.settings_of(options), name, frozenset(map(Role, roles)))
    click.echo(words("Account {name} may {roles} from now on.", name=name, roles=", ".join(roles)))
    return 0


def switch_off(name: str, options: Mapping[str, Any]) -> int:
    """Let nobody in with an account; the exit code."""
    disable(values.settings_of(options), name)
    click.echo(words("Nobody signs in as {name} any more.", name=name))
    return 0


def switch_on(name: str, options: Mapping[str, Any]) -> int:
    """Let somebody in again; the exit code."""
    enable(values.settings_of(options), name)
    click.echo(words("Account {name} may sign in again.", name=name))
    return 0


def audit(limit: int, run_id: str, *, verify: bool, as_json: bool, options: Mapping[str, Any]) -> int:
    """Print who did what, or whether that is as it was written; the exit code."""
    settings = values.settings_of(options)
    if verify:
        return _verify(settings, as_json=as_json)
    for entry in reversed(who_did_what(settings, limit, run=run_id)):
        click.echo(json_text(_entry_as_json(entry)) if as_json else shown(_entry_line(entry)))
    return 0


def _verify(settings: Settings, *, as_json: bool) -> int:
    found = verify_audit(settings)
    if as_json:
        told = {"entries": found.entries, "first_wrong": found.first_wrong, "last_digest": found.last_digest}
        click.echo(json_text(told))
    elif found.first_wrong is None:
        click.echo(
            words(
                "All {entries:,} entries are as they were written. Digest of the last: {last_digest}",
                entries=found.entries,
                last_digest=found.last_digest,
            )
        )
    else:
        click.echo(
            words(
                "Entry {first_wrong:,} of {entries:,} is not as it was written, or is missing. What "
                "stands before it is as it was.",
                first_wrong=found.first_wrong,
                entries=found.entries,
            )
        )
    return 0 if found.first_wrong is None else 1


def _check_is_there(settings: Settings, name: str) -> None:
    if name_of(name) not in {each.name for each in list_accounts(settings)}:
        raise SettingsError(words("There is no account '{name}'.", name=name))


def _password(name: str, file: str | None) -> str:
    """The password, from a file, from standard input or from the keyboard; never shown, and in no log from now on."""
    if file == "-":
        password = sys.stdin.readline(_LONGEST_FILE)
    elif file is not None:
        try:
            with Path(file).open(encoding="utf-8") as stream:
                password = stream.readline(_LONGEST_FILE)
        except (OSError, UnicodeDecodeError) as error:
            said = reason_of(error, words("it is no text"))
            raise SettingsError(words("The file with the password cannot be read: {said}.", said=said)) from None
    elif can_ask():
        password = new_password(words("Password for {name}", name=name))
    else:
        raise click.UsageError(
            words(
                "There is no terminal to ask for the password on. Pass --password-file FILE, or - for standard input."
            )
        )
    password = password.rstrip("\r\n")
    note_secret(password)
    return password


def _roles(account: Account) -> str:
    return ", ".join(role.value for role in Role if role in account.roles)


def _account_as_json(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "roles": [role.value for role in Role if role in account.roles],
        "signs_in_by": "provider" if account.subject else "password",
        "created_at": utc_text(account.created_at),
        "created_by": account.created_by,
        "disabled_at": utc_text(account.disabled_at),
    }


def _entry_as_json(entry: AuditEntry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": utc_text(entry.at),
        "by": entry.by,
        "by_kind": entry.by_kind,
        "action": entry.action,
        "run": entry.run,
        **{name: value for name, value in entry.details.items() if value != ""},
    }


def _entry_line(entry: AuditEntry) -> str:
    details = "  ".join(f"{name}={value}" for name, value in entry.details.items() if value != "")
    action = words(entry.action)
    return f"{entry.number:>6}  {utc_text(entry.at)}  {entry.by:<20}  {action:<18}  {entry.run}  {details}".rstrip()
