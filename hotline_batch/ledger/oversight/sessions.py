"""Browsers that are signed in, and how often somebody tried in vain; of cookies and names there are digests alone."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, text, update

from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import Account, account_from
from hotline_batch.ledger.oversight.audit_log import Action, record_within
from hotline_batch.ledger.oversight.tables import account, foreign_sign_in, sign_in_attempt, web_session
from hotline_batch.people import Person

_COOKIE_BYTES = 32
_LONGEST_COOKIE = 200
_SEEN_EVERY_SECONDS = 60.0

THROTTLE_SECONDS: Final = 900.0
"""Attempts that failed longer ago count no more."""

MOST_FAILURES_OF_A_NAME: Final = 8
"""From one address."""
MOST_FAILURES_OF_A_NAME_EVERYWHERE: Final = 40
"""More, so that a stranger elsewhere locks nobody out at once."""
MOST_FAILURES_OF_AN_ADDRESS: Final = 80
"""A whole office may come from one address."""

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(:who)")
_SECONDS_WITH_THE_PROVIDER = 600.0


@dataclass(frozen=True, slots=True)
class ForeignSignIn:
    """What was agreed on when somebody was sent to the provider."""

    nonce: str
    verifier: str


def begin_session(ledger: Ledger, found: Account, lasts_seconds: float, **details: str) -> str:
    """Sign a browser in; its cookie."""
    cookie = secrets.token_urlsafe(_COOKIE_BYTES)
    with writing(ledger.engine, "signing somebody in") as connection:
        now = database_now(connection)
        connection.execute(delete(web_session).where(web_session.c.ends_at <= now))
        values: dict[str, Any] = {"cookie": _digest(cookie), "account": found.name, "began_at": now, "seen_at": now}
        connection.execute(insert(web_session), values | {"ends_at": now + lasts_seconds})
        record_within(connection, found.person, Action.SIGNED_IN, **details)
    return cookie


def whose_session(ledger: Ledger, cookie: str, idle_seconds: float) -> Person | None:
    """Who is signed in with a cookie; None for one that ended, was not used for so long, or was never given."""
    if not cookie or len(cookie) > _LONGEST_COOKIE:
        return None
    digest = _digest(cookie)
    query = select(account, web_session.c.ends_at, web_session.c.seen_at)
    query = query.join(web_session, web_session.c.account == account.c.name).where(web_session.c.cookie == digest)
    with reading(ledger.engine, "looking who is signed in", Length.SHORT) as connection:
        row = connection.execute(query).one_or_none()
        now = database_now(connection)
    if row is None or row.disabled_at is not None or now >= row.ends_at or now - row.seen_at > idle_seconds:
        return None
    if now - row.seen_at > _SEEN_EVERY_SECONDS:
        with writing(ledger.engine, "noting who is there", Length.SHORT) as connection:
            is_it = web_session.c.cookie == digest
            connection.execute(update(web_session).where(is_it).values(seen_at=now))
    return account_from(row).person


def end_session(ledger: Ledger, cookie: str, by: Person) -> None:
    """Sign a browser out."""
    with writing(ledger.engine, "signing somebody out") as connection:
        if connection.execute(delete(web_session).where(web_session.c.cookie == _digest(cookie))).rowcount:
            record_within(connection, by, Action.SIGNED_OUT)


# ── attempts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def count_attempt(ledger: Ledger, name: str, address: str) -> bool:
    """Count an attempt before it is looked at; False where so many failed lately that it must not be looked at.

    ``name`` is whatever was typed. Names that nobody has are counted like all others.
    """
    limits = {
        _who("name from address", f"{name}\0{address}"): MOST_FAILURES_OF_A_NAME,
        _who("name", name): MOST_FAILURES_OF_A_NAME_EVERYWHERE,
        _who("address", address): MOST_FAILURES_OF_AN_ADDRESS,
    }
    with writing(ledger.engine, "counting attempts to sign in") as connection:
        if connection.dialect.name == "postgresql":
            # Those that come at one moment would not see each other: one at a time, each name and each address.
            for who in sorted(limits):
                connection.execute(_ONE_AT_A_TIME, {"who": int.from_bytes(who[:8], "big", signed=True)})
        now = database_now(connection)
        tried = sign_in_attempt.c
        connection.execute(delete(sign_in_attempt).where(tried.at <= now - THROTTLE_SECONDS))
        query = select(tried.who, func.count()).where(tried.who.in_(list(limits))).group_by(tried.who)
        if any(count >= limits[bytes(who)] for who, count in connection.execute(query)):
            return False
        number = secrets.token_bytes(8)
        connection.execute(insert(sign_in_attempt), [{"who": who, "at": now, "number": number} for who in limits])
        return True


def forget_attempts(ledger: Ledger, name: str, address: str) -> None:
    """Whoever signed in had only mistyped. What came from the address under other names still counts."""
    known = [_who("name from address", f"{name}\0{address}"), _who("name", name)]
    with writing(ledger.engine, "counting attempts to sign in") as connection:
        connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.who.in_(known)))


# ── with the provider ────────────────────────────────────────────────────────────────────────────────────────────────


def begin_foreign_sign_in(ledger: Ledger, state: str, browser: str, agreed: ForeignSignIn) -> None:
    """Remember, for some minutes, what was agreed on with a browser that is sent to the provider."""
    with writing(ledger.engine, "signing somebody in") as connection:
        now = database_now(connection)
        connection.execute(delete(foreign_sign_in).where(foreign_sign_in.c.ends_at <= now))
        values: dict[str, Any] = {"state": _digest(state), "browser": _digest(browser)}
        values |= {"nonce": agreed.nonce, "verifier": agreed.verifier, "ends_at": now + _SECONDS_WITH_THE_PROVIDER}
        connection.execute(insert(foreign_sign_in), values)


def end_foreign_sign_in(ledger: Ledger, state: str, browser: str) -> ForeignSignIn | None:
    """What was agreed on, once; None where this browser was not sent there, or too long ago."""
    if not state or not browser or max(len(state), len(browser)) > _LONGEST_COOKIE:
        return None
    is_it = (foreign_sign_in.c.state == _digest(state)) & (foreign_sign_in.c.browser == _digest(browser))
    with writing(ledger.engine, "signing somebody in") as connection:
        row = connection.execute(select(foreign_sign_in).where(is_it).with_for_update()).one_or_none()
        if row is None:
            return None
        connection.execute(delete(foreign_sign_in).where(is_it))
        return ForeignSignIn(row.nonce, row.verifier) if row.ends_at > database_now(connection) else None


def _digest(secret: str) -> bytes:
    # Random and long, so that a plain digest cannot be turned round, and equal ones are found without a comparison
    # that takes longer the more of them is right.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _who(kind: str, told: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{told.casefold()}".encode("utf-8", "replace")).digest()
