"""Signing in and out of the page of an office: nobody learns more than they may, and nothing is kept that opens it."""

from __future__ import annotations

import hashlib
import logging
import re
import threading

import pytest
from argon2 import PasswordHasher

from hotline_batch.application.exports.audit import who_did_what
from hotline_batch.application.office import passwords
from hotline_batch.application.office.accounts import change_roles, disable, reset_password
from hotline_batch.application.office.sign_in import SignInRefusal, sign_in
from hotline_batch.ledger.oversight import sessions
from hotline_batch.people import Role
from tests.support.ledgers.postgresql import Database
from tests.support.page.office_server import PASSWORD, OfficeServer

WRONG = "The name or the password is not right."


class CountingHasher(PasswordHasher):
    """Digests that take no time, and how often one was verified."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=16, parallelism=1)
        self.verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - its name there
        self.verified += 1
        return super().verify(hash, password)


def test_right_password_opens_the_page(office: OfficeServer) -> None:
    """By a cookie that no script reads, that travels over TLS alone, and with no request from elsewhere."""
    browser = office.browser()

    answer = browser.sign_in("anna", PASSWORD)

    assert (303, "/") == (answer.status, answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-hotline_batch=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert word in cookie
    assert "Domain" not in cookie
    assert "Anna" in browser.get("/").text


@pytest.mark.parametrize("language", ["en", "de", "es", "ru"])
def test_form_looks_alike_in_every_language(office: OfficeServer, language: str) -> None:
    """What the stylesheet knows is no word to be translated."""
    page = office.browser().get("/sign-in", accept_language=language).text

    assert re.search(r'<main [^>]*class="page sign-in"', page)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "four plain words her"),
        ("anna", ""),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("anna' or '1'='1", PASSWORD),
        ("anna", "x" * 100_000),
        ("\x00", "\x00"),
    ],
)
def test_what_is_wrong_is_not_told(office: OfficeServer, name: str, password: str) -> None:
    """A name that nobody has, and a wrong password, are answered alike."""
    answer = office.browser().sign_in(name, password)

    assert 403 == answer.status
    assert WRONG in answer.text
    assert "set-cookie" not in answer.headers


def test_name_is_read_as_people_type_it(office: OfficeServer) -> None:
    assert 303 == office.browser().sign_in(" Anna ", PASSWORD).status


@pytest.mark.parametrize("password", ["not the password", "x" * 100_000])
def test_unknown_name_takes_as_long_as_a_known_one(
    office: OfficeServer, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Each time one digest is verified, which is what takes long: the time tells nobody whose accounts there are."""
    hasher = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
    passwords._nobodys_hash()

    verified = []
    for name in ("anna", "zoe", ""):
        before = hasher.verified
        assert SignInRefusal.WRONG is sign_in(office.settings(), name, password, "203.0.113.7")
        verified.append(hasher.verified - before)

    assert [1, 1, 1] == verified


def test_signing_out_ends_the_session(office: OfficeServer) -> None:
    """Also for whoever kept the cookie."""
    browser = office.signed_in("anna")
    cookie = dict(browser.cookies)

    browser.post("/sign-out")

    assert {} == browser.cookies
    browser.cookies = cookie
    assert 303 == browser.get("/runs").status


def test_session_ends_when_nobody_was_there_for_long(office: OfficeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before the time that the settings say."""
    browser = office.signed_in("anna")
    real = sessions.database_now
    monkeypatch.setattr(sessions, "database_now", lambda connection: real(connection) + 2 * 3_600)

    assert 303 == browser.get("/runs").status


def test_session_ends_after_the_time_that_the_settings_say(
    office: OfficeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for whoever was there all the time."""
    browser = office.signed_in("anna")
    real = sessions.database_now

    def status_after(half_hours: int) -> int:
        monkeypatch.setattr(sessions, "database_now", lambda connection: real(connection) + half_hours * 1_800)
        return browser.get("/practice").status

    assert [200] * 23 == [status_after(half_hours) for half_hours in range(1, 24)]
    assert 303 == status_after(24)


def test_whoever_stays_is_not_signed_out(office: OfficeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = office.signed_in("anna")
    real = sessions.database_now

    for half_hours in range(1, 5):
        monkeypatch.setattr(sessions, "database_now", lambda c, h=half_hours: real(c) + h * 1800)
        assert 200 == browser.get("/practice").status


def test_disabled_account_is_out_at_once(office: OfficeServer) -> None:
    browser = office.signed_in("anna")

    disable(office.settings(), "anna")

    assert 303 == browser.get("/practice").status
    assert 403 == office.browser().sign_in("anna", PASSWORD).status


def test_another_password_signs_out_everywhere(office: OfficeServer) -> None:
    browser = office.signed_in("anna")

    reset_password(office.settings(), "anna", "another four plain words")

    assert 303 == browser.get("/practice").status
    assert 403 == office.browser().sign_in("anna", PASSWORD).status
    assert 303 == office.browser().sign_in("anna", "another four plain words").status


def test_many_attempts_are_not_looked_at(office: OfficeServer) -> None:
    """From one address, under one name, also a right password is refused then; elsewhere it still opens the page."""
    browser = office.browser()
    for _ in range(sessions.MOST_FAILURES_OF_A_NAME):
        assert 403 == browser.sign_in("anna", "wrong").status

    answer = browser.sign_in("anna", PASSWORD)

    assert 429 == answer.status
    assert "too many attempts" in answer.text
    elsewhere = office.browser()
    elsewhere.address = "198.51.100.9"
    assert 303 == elsewhere.sign_in("anna", PASSWORD).status


def test_names_that_nobody_has_are_throttled_alike(office: OfficeServer) -> None:
    browser = office.browser()
    statuses = [browser.sign_in("zoe", "wrong").status for _ in range(sessions.MOST_FAILURES_OF_A_NAME + 1)]

    assert [403] * sessions.MOST_FAILURES_OF_A_NAME + [429] == statuses


def test_many_at_once_are_throttled_as_one_after_the_other(office: OfficeServer) -> None:
    """An attempt counts before it is looked at."""
    found: list[int] = []
    attempts = [
        threading.Thread(target=lambda: found.append(office.browser().sign_in("anna", "wrong").status))
        for _ in range(sessions.MOST_FAILURES_OF_A_NAME * 3)
    ]
    for attempt in attempts:
        attempt.start()
    for attempt in attempts:
        attempt.join()

    assert sessions.MOST_FAILURES_OF_A_NAME == found.count(403)
    assert sessions.MOST_FAILURES_OF_A_NAME * 2 == found.count(429)


def test_throttle_passes(office: OfficeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = office.browser()
    for _ in range(sessions.MOST_FAILURES_OF_A_NAME):
        browser.sign_in("anna", "wrong")
    real = sessions.database_now
    monkeypatch.setattr(sessions, "database_now", lambda connection: real(connection) + sessions.THROTTLE_SECONDS + 1)

    assert 303 == browser.sign_in("anna", PASSWORD).status


def test_digest_of_before_is_made_anew_at_sign_in(office: OfficeServer, database: Database) -> None:
    """A password that was stored with weaker parameters is stored with today's as soon as it is typed."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    database.rows(f"update account set password_hash = '{weak}' where name = 'anna' returning name")  # noqa: S608 - ours

    office.signed_in("anna")

    [(stored,)] = database.rows("select password_hash from account where name = 'anna'")
    assert weak != stored
    assert not passwords.is_outdated(str(stored))
    office.signed_in("anna")


def test_neither_password_nor_cookie_is_anywhere(
    office: OfficeServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the ledger, the log, a page or the audit; of both there are digests alone."""
    caplog.set_level(logging.DEBUG)
    browser = office.signed_in("anna")
    office.browser().sign_in("anna", "a wrong one that somebody typed")
    office.browser().sign_in("a password typed as a name", "x")
    cookie = browser.cookies["__Host-hotline_batch"]
    pages = [browser.get(address).text for address in ("/", "/practice", "/account")]

    secrets = (PASSWORD, "a wrong one that somebody typed", "a password typed as a name", cookie)
    tables = ("account", "web_session", "sign_in_attempt", "audit_entry")
    kept = "".join(str(database.rows(f"select * from {table}")) for table in tables)  # noqa: S608 - ours
    audit = str(who_did_what(office.settings(), 100))
    for secret in secrets:
        for place in (kept, audit, caplog.text, *pages):
            assert secret not in place
    [(digest,)] = database.rows("select cookie from web_session")
    assert hashlib.sha256(cookie.encode()).digest() == bytes(digest)


def test_nobody_is_led_elsewhere_by_signing_in(office: OfficeServer) -> None:
    """An address in the form is one of this page, or the start."""
    for to in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        browser = office.browser()
        answer = browser.post("/sign-in", {"name": "anna", "password": PASSWORD, "to": to})
        assert "/" == answer.headers["location"]


def test_signed_out_person_comes_back_to_the_page_that_was_wanted(office: OfficeServer) -> None:
    browser = office.browser()
    sent = browser.get("/runs?needs=person")

    assert "/sign-in?to=%2Fruns%3Fneeds%3Dperson" == sent.headers["location"]
    shown = browser.get(sent.headers["location"]).text
    assert 'name="to" value="/runs?needs=person"' in shown


def test_link_in_a_letter_reaches_whoever_is_signed_in(office: OfficeServer) -> None:
    """The browser holds the strict cookie back at first: a page that goes on lets it ask again."""
    answer = office.browser().get("/runs", sec_fetch_site="cross-site")

    assert 200 == answer.status
    assert re.search(r'http-equiv="refresh" content="0; url=/runs"', answer.text)


def test_one_changes_ones_own_password(office: OfficeServer) -> None:
    browser = office.signed_in("lea")

    wrong = browser.post("/account", {"now": "x", "new": "brand new plain words", "again": "brand new plain words"})
    short = browser.post("/account", {"now": PASSWORD, "new": "short", "again": "short"})
    unlike = browser.post("/account", {"now": PASSWORD, "new": "brand new plain words", "again": "other"})
    done = browser.post("/account", {"now": PASSWORD, "new": "brand new plain words", "again": "brand new plain words"})

    assert [400, 400, 400, 303] == [answer.status for answer in (wrong, short, unlike, done)]
    assert 303 == office.browser().sign_in("lea", "brand new plain words").status


def test_roles_are_those_of_now(office: OfficeServer) -> None:
    """Whoever was signed in before has to sign in anew when they change."""
    browser = office.signed_in("lea")
    assert 403 == browser.get("/accounts").status

    change_roles(office.settings(), "lea", {Role.ADMINISTER})

    assert 303 == browser.get("/accounts").status
    assert 200 == office.signed_in("lea").get("/accounts").status


def test_what_one_may_is_told_in_ones_own_language(office: OfficeServer) -> None:
    page = office.signed_in("lea").get("/account", accept_language="de").text

    assert "<dd>Ansehen</dd>" in page
