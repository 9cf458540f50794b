"""The accounts of the office: who may sign in, how, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import database_now, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, record_within
from hotline_batch.ledger.oversight.tables import account, web_session
from hotline_batch.people import Person, PersonKind, Role


@dataclass(frozen=True, slots=True)
class Account:
    """One person of the office. Times are seconds since the epoch, UTC.

    Whoever has no ``password_hash`` signs in as ``subject`` of ``issuer``.
    """

    name: str
    display_name: str
    roles: frozenset[Role]
    password_hash: str | None = field(repr=False)
    issuer: str | None
    subject: str | None
    created_at: float
    created_by: str
    disabled_at: float | None

    @property
    def person(self) -> Person:
        """The same as somebody who does things."""
        return Person(self.name, PersonKind.ACCOUNT, self.roles, self.display_name)


def accounts(ledger: Ledger) -> Sequence[Account]:
    """All of them, by name."""
    with reading(ledger.engine, "reading the accounts") as connection:
        return [account_from(row) for row in connection.execute(select(account).order_by(account.c.name))]


def account_named(ledger: Ledger, name: str) -> Account | None:
    """The account of that name; None where there is none."""
    with reading(ledger.engine, "reading the account") as connection:
        return _found(connection, account.c.name == name)


def account_of_subject(ledger: Ledger, issuer: str, subject: str) -> Account | None:
    """The account of whom a provider knows by that name; None where there is none."""
    with reading(ledger.engine, "reading the account") as connection:
        return _found(connection, (account.c.issuer == issuer) & (account.c.subject == subject))


def add_account(
    ledger: Ledger,
    name: str,
    display_name: str,
    roles: Iterable[Role],
    by: Person,
    *,
    password_hash: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
) -> None:
    """Add one. LedgerError where there is one of that name, or of that subject, already."""
    values: dict[str, Any] = {
        "name": name,
        "display_name": display_name,
        "password_hash": password_hash,
        "issuer": issuer,
        "subject": subject,
        "roles": roles_as_text(roles),
        "created_by": by.name,
    }
    with writing(ledger.engine, "storing the account") as connection:
        try:
            with connection.begin_nested():
                connection.execute(insert(account), values | {"created_at": database_now(connection)})
        except IntegrityError:
            raise LedgerError(
                words(
                    "There is an account '{name}', or of that person of the provider, already. Accounts are never "
                    "deleted, since the audit names them.",
                    name=name,
                )
            ) from None
        record_within(connection, by, Action.ACCOUNT_ADDED, account=name, roles=roles_as_text(roles))


def change_account(ledger: Ledger, name: str, by: Person, action: Action, **values: Any) -> None:
    """Store new values of an account's columns; whoever is signed in with it has to sign in anew.

    LedgerError where there is none of that name, or where nobody would be left who may administer the office.
    """
    told = {key: value for key, value in values.items() if key in {"roles", "display_name"}}
    with writing(ledger.engine, "storing the account") as connection:
        if connection.execute(update(account).where(account.c.name == name).values(**values)).rowcount == 0:
            raise LedgerError(words("There is no account '{name}'.", name=name))
        rest = [account_from(row) for row in connection.execute(select(account).with_for_update())]
        if not any(Role.ADMINISTER in each.roles and each.disabled_at is None for each in rest):
            raise LedgerError(
                words("Nobody would be left who may look after the accounts. Give somebody else that role first.")
            )
        connection.execute(delete(web_session).where(web_session.c.account == name))
        what = "password" if "password_hash" in values else ""
        record_within(connection, by, action, account=name, **told, **({"changed": what} if what else {}))


def renew_hash(ledger: Ledger, name: str, before: str, password_hash: str) -> None:
    """Store the same password's digest as it is made today, unless the password was changed meanwhile."""
    is_it = (account.c.name == name) & (account.c.password_hash == before)
    with writing(ledger.engine, "storing the account") as connection:
        connection.execute(update(account).where(is_it).values(password_hash=password_hash))


def disable_account(ledger: Ledger, name: str, by: Person) -> None:
    """Let nobody sign in with it any more, from this moment on. Raises as ``change_account``."""
    with reading(ledger.engine, "reading the clock") as connection:
        now = database_now(connection)
    change_account(ledger, name, by, Action.ACCOUNT_DISABLED, disabled_at=now)


def _found(connection: Connection, condition: Any) -> Account | None:
    row = connection.execute(select(account).where(condition)).one_or_none()
    return None if row is None else account_from(row)


def account_from(row: Any) -> Account:
    """A row of the table, or one that has its columns among others."""
    found = {each.name: getattr(row, each.name) for each in account.c}
    return Account(**found | {"roles": _roles(row.roles)})


def roles_as_text(roles: Iterable[Role]) -> str:
    """As the ledger keeps them, in the order of their list."""
    chosen = set(roles)
    return ",".join(role.value for role in Role if role in chosen)


def _roles(text: str) -> frozenset[Role]:
    """Those that this version knows."""
    known = {role.value: role for role in Role}
    return frozenset(known[word] for word in text.split(",") if word in known)
