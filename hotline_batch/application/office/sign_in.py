"""A name and a password, or what the provider says -> a browser that is signed in; and out again.

Whatever is wrong, the answer is the same and takes as long, so that nobody learns whose accounts there are.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from enum import StrEnum

from hotline_batch.application.office import openid
from hotline_batch.application.office.accounts import check_is_shared, is_a_name
from hotline_batch.application.office.acting import acting_person
from hotline_batch.application.office.passwords import hash_of, is_outdated, is_right
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import account_named, account_of_subject, renew_hash
from hotline_batch.ledger.oversight.audit_log import Action, record
from hotline_batch.ledger.oversight.sessions import (
    begin_foreign_sign_in,
    begin_session,
    count_attempt,
    end_foreign_sign_in,
    end_session,
    forget_attempts,
    whose_session,
)
from hotline_batch.people import NOBODY, Person
from hotline_batch.settings.model import Settings
from hotline_batch.settings.office import OfficeSettings

_log = logging.getLogger(__name__)


class SignInRefusal(StrEnum):
    """Why nobody was signed in."""

    WRONG = "wrong"
    """The name or the password; which one is not told."""
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    NOT_ASKED_HERE = "not_asked_here"
    """This browser was not sent to the provider, or too long ago, or it came back twice."""
    PROVIDER_FAILED = "provider_failed"
    """It could not be reached, or what it says cannot be trusted."""
    NO_ACCOUNT = "no_account"
    """The provider knows that person, and the office does not."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that is signed in: its cookie, and for how many seconds."""

    person: Person
    cookie: str = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class SentAway:
    """The provider's address to which a browser is sent, and the cookie by which it is known when it comes back."""

    address: str = field(repr=False)
    cookie: str = field(repr=False)


def sign_in(settings: Settings, name: str, password: str, address: str) -> SignedIn | SignInRefusal:
    """Sign in by a password. ``address`` is where the browser is, against whoever tries many."""
    office = office_settings(settings)
    with Ledger(settings.ledger) as ledger:
        typed = name.strip().lower()
        if not count_attempt(ledger, typed, address):
            _log.warning("signing in throttled", extra={"address": address})
            return SignInRefusal.TOO_MANY_ATTEMPTS
        found = account_named(ledger, typed) if is_a_name(typed) else None
        digest = found.password_hash if found and found.disabled_at is None else None
        if not is_right(password, digest) or found is None or digest is None:
            _log.warning("signing in refused", extra={"address": address})
            record(ledger, NOBODY, Action.SIGN_IN_REFUSED, address=address, account=found.name if found else "")
            return SignInRefusal.WRONG
        if is_outdated(digest):
            renew_hash(ledger, found.name, digest, hash_of(password))
        forget_attempts(ledger, typed, address)
        cookie = begin_session(ledger, found, office.session_seconds, address=address, how="password")
        _log.info("signed in", extra={"account": found.name})
        return SignedIn(found.person, cookie, office.session_seconds)


def begin_sign_in_elsewhere(settings: Settings, redirect_address: str) -> SentAway:
    """Send a browser to the office's provider. SettingsError where there is none, or it cannot be reached."""
    office = office_settings(settings)
    if office.openid is None:
        raise SettingsError(words("The settings name no provider of accounts ([office.openid])."))
    begun = openid.begin(settings, office.openid, redirect_address)
    with Ledger(settings.ledger) as ledger:
        begin_foreign_sign_in(ledger, begun.state, begun.browser, begun.agreed)
    return SentAway(begun.address, begun.browser)


def end_sign_in_elsewhere(
    settings: Settings, redirect_address: str, came_back: openid.CameBack, cookie: str, address: str
) -> SignedIn | SignInRefusal:
    """Sign in whoever comes back from the provider with the cookie of ``begin_sign_in_elsewhere``."""
    office = office_settings(settings)
    if office.openid is None:
        return SignInRefusal.NOT_ASKED_HERE
    with Ledger(settings.ledger) as ledger:
        agreed = end_foreign_sign_in(ledger, came_back.state, cookie)
        if agreed is None:
            return _refused(ledger, SignInRefusal.NOT_ASKED_HERE, address)
        try:
            subject = openid.who_came_back(settings, office.openid, redirect_address, came_back, agreed)
        except openid.NotTrusted as error:
            # Why is for the administrator: the words hold no token.
            _log.warning("provider not trusted", extra={"reason": str(error)})
            return _refused(ledger, SignInRefusal.PROVIDER_FAILED, address)
        found = account_of_subject(ledger, office.openid.issuer, subject)
        if found is None or found.disabled_at is not None:
            return _refused(ledger, SignInRefusal.NO_ACCOUNT, address, account=found.name if found else "")
        lasts = office.session_seconds
        signed_in = begin_session(ledger, found, lasts, address=address, how="provider")
        _log.info("signed in", extra={"account": found.name})
        return SignedIn(found.person, signed_in, lasts)


def who_is_signed_in(settings: Settings, cookie: str) -> Person:
    """Whose browser it is; NOBODY where no session goes on."""
    with Ledger(settings.ledger) as ledger:
        return whose_session(ledger, cookie, office_settings(settings).idle_seconds) or NOBODY


def sign_out(settings: Settings, cookie: str) -> None:
    """End the session of this cookie."""
    with Ledger(settings.ledger) as ledger:
        end_session(ledger, cookie, acting_person())


def office_settings(settings: Settings) -> OfficeSettings:
    """The settings of the office. SettingsError where there are none, or the ledger is a file."""
    check_is_shared(settings)
    if settings.office is None:
        raise SettingsError(
            words(
                "The settings say nothing of an office. Add a table [office] with at least its address, such as "
                'address = "https://hotline.example.org".'
            )
        )
    return settings.office


def _refused(ledger: Ledger, why: SignInRefusal, address: str, account: str = "") -> SignInRefusal:
    _log.warning("signing in refused", extra={"address": address, "reason": why.value})
    record(ledger, NOBODY, Action.SIGN_IN_REFUSED, address=address, account=account, reason=why.value)
    return why
