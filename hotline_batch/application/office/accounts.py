"""The accounts of the office -> listed, added, changed; by whoever may look after them."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from hotline_batch.application.office.acting import check_may, needs
from hotline_batch.application.office.passwords import check_new_password, hash_of, is_right
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import Account as Account
from hotline_batch.ledger.oversight.accounts import (
    account_named,
    accounts,
    add_account,
    change_account,
    disable_account,
    roles_as_text,
)
from hotline_batch.ledger.oversight.audit_log import Action
from hotline_batch.ledger.oversight.sessions import count_attempt, forget_attempts
from hotline_batch.people import ALL_ROLES, Role
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_LONGEST_DISPLAY_NAME = 100


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be added. ``password`` is None for whoever signs in as ``subject`` of the office's provider."""

    name: str
    display_name: str
    roles: frozenset[Role]
    password: str | None = field(default=None, repr=False)
    subject: str | None = None


def check_is_shared(settings: Settings) -> None:
    """SettingsError where the ledger is a file: several people at once need a database server."""
    if settings.ledger.startswith("sqlite"):
        raise SettingsError(
            words(
                "An office needs a ledger in PostgreSQL, and this one is a SQLite file: several people at once, "
                "on one page or on several machines, need a database server that lets them all in at the same "
                'time. Set ledger = "postgresql://HOST/DATABASE" in the settings file.'
            )
        )


@needs(Role.ADMINISTER)
def list_accounts(settings: Settings) -> Sequence[Account]:
    """All of them, by name."""
    check_is_shared(settings)
    with Ledger(settings.ledger) as ledger:
        return accounts(ledger)


@needs(Role.ADMINISTER)
def create_account(settings: Settings, wanted: NewAccount) -> Account:
    """Add one. The first is an administrator's.

    Raises SettingsError for a name, a password or roles that cannot be used, LedgerError where there is one already.
    """
    check_is_shared(settings)
    by = check_may(Role.ADMINISTER)
    name = name_of(wanted.name)
    if not wanted.display_name.isprintable() or len(wanted.display_name) > _LONGEST_DISPLAY_NAME:
        raise SettingsError(
            words(
                "The name to be shown has {longest_display_name} letters at most, and no line ends.",
                longest_display_name=_LONGEST_DISPLAY_NAME,
            )
        )
    if not wanted.roles:
        raise SettingsError(words("An account has at least one role: look, prepare, approve or administer."))
    issuer = settings.office.openid.issuer if settings.office and settings.office.openid else None
    if wanted.subject is not None and issuer is None:
        raise SettingsError(
            words("The settings name no provider of accounts ([office.openid]), so nobody can come from one.")
        )
    if (wanted.password is None) == (wanted.subject is None):
        raise SettingsError(words("An account signs in either with a password or by the office's provider."))
    if wanted.password is not None:
        check_new_password(wanted.password, name)
    with Ledger(settings.ledger) as ledger:
        if Role.ADMINISTER not in wanted.roles and not accounts(ledger):
            raise SettingsError(
                words("The first account has to have the role administer: somebody must be able to add others.")
            )
        add_account(
            ledger,
            name,
            wanted.display_name.strip(),
            wanted.roles,
            by,
            password_hash=hash_of(wanted.password) if wanted.password is not None else None,
            issuer=issuer if wanted.subject is not None else None,
            subject=wanted.subject,
        )
        _log.info("account added", extra={"account": name, "by": by.name})
        return next(each for each in accounts(ledger) if each.name == name)


@needs(Role.ADMINISTER)
def change_roles(settings: Settings, name: str, roles: Collection[Role]) -> None:
    """Give an account other roles; it has to sign in anew. LedgerError where no administrator would be left."""
    if not roles:
        raise SettingsError(words("An account has at least one role. To let nobody in with it, disable it."))
    _change(settings, name, roles=roles_as_text(roles))


@needs(Role.ADMINISTER)
def reset_password(settings: Settings, name: str, password: str) -> None:
    """Give an account another password, and let nobody in with what was open before. Raises as ``create_account``."""
    check_is_shared(settings)
    check_new_password(password, name)
    with Ledger(settings.ledger) as ledger:
        found = account_named(ledger, name_of(name))
        if found is not None and found.subject is not None:
            raise SettingsError(
                words("'{found}' signs in by the office's provider, so it has no password here.", found=found.name)
            )
    _change(settings, name, password_hash=hash_of(password))


@needs(Role.LOOK)
def change_own_password(settings: Settings, now: str, new: str, address: str) -> None:
    """Give oneself another password; every browser, this one too, has to sign in anew.

    Raises SettingsError where the present one is not right, or the new one cannot be used.
    """
    person = check_may(Role.LOOK)
    check_new_password(new, person.name)
    with Ledger(settings.ledger) as ledger:
        found = account_named(ledger, person.name)
        if found is None or found.password_hash is None:
            raise SettingsError(words("You sign in by your company, so there is no password to change here."))
        if not count_attempt(ledger, person.name, address):
            raise SettingsError(words("There were too many attempts. Wait a quarter of an hour, then try again."))
        if not is_right(now, found.password_hash):
            raise SettingsError(words("The present password is not right."))
        forget_attempts(ledger, person.name, address)
        change_account(ledger, person.name, person, Action.ACCOUNT_CHANGED, password_hash=hash_of(new))


@needs(Role.ADMINISTER)
def disable(settings: Settings, name: str) -> None:
    """Let nobody in with an account any more, from this moment on. LedgerError where no administrator would be left."""
    check_is_shared(settings)
    by = check_may(Role.ADMINISTER)
    with Ledger(settings.ledger) as ledger:
        disable_account(ledger, name_of(name), by)
    _log.warning("account disabled", extra={"account": name_of(name), "by": by.name})


@needs(Role.ADMINISTER)
def enable(settings: Settings, name: str) -> None:
    """Let somebody in again."""
    _change(settings, name, disabled_at=None)


def name_of(text: str) -> str:
    """The name of an account: small letters, digits, . _ @ + and -. SettingsError otherwise."""
    name = text.strip().lower()
    if not is_a_name(name):
        raise SettingsError(
            words("An account's name has letters from a to z, digits, and . _ @ + - only, such as 'anna'.")
        )
    return name


def is_a_name(text: str) -> bool:
    """Whether an account may be called so."""
    return _NAME.fullmatch(text) is not None


def usual_roles(settings: Settings) -> frozenset[Role]:
    """What a new account may do where nothing is said: the first everything, every other one prepare."""
    with Ledger(settings.ledger) as ledger:
        return frozenset({Role.LOOK, Role.PREPARE}) if accounts(ledger) else ALL_ROLES


def _change(settings: Settings, name: str, **values: object) -> None:
    check_is_shared(settings)
    by = check_may(Role.ADMINISTER)
    with Ledger(settings.ledger) as ledger:
        change_account(ledger, name_of(name), by, Action.ACCOUNT_CHANGED, **values)
    _log.info("account changed", extra={"account": name_of(name), "by": by.name})
