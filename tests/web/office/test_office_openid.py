"""Signing in by the office's provider: whoever it vouches for beyond doubt comes in, and nobody else."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey
from lxml import html

from hotline_batch.application.exports.audit import who_did_what
from hotline_batch.application.office.accounts import NewAccount, create_account, disable
from hotline_batch.ledger.oversight import sessions
from hotline_batch.people import Role
from tests.support.page.office_server import OfficeBrowser, OfficeServer
from tests.support.page.openid_provider import CLIENT_SECRET, Provider
from tests.support.page.page_server import Answer

_TITLE = "Sign in with Example Works"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def office(office_machine: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[OfficeServer]:
    """An office whose Ada signs in by the provider."""
    monkeypatch.setenv("OFFICE_SECRET", CLIENT_SECRET)
    with OfficeServer(office_machine / "hotline-batch.toml", settings_text="", more=provider.settings_text) as server:
        server.add("adam", Role.ADMINISTER)
        wanted = NewAccount("ada", "Ada", frozenset({Role.PREPARE}), subject="ada-4711")
        create_account(server.settings(), wanted)
        yield server


def sent_to(browser: OfficeBrowser) -> str:
    """The address of the provider to which a click leads."""
    answer = browser.post("/sign-in/elsewhere")
    assert 200 == answer.status, answer.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', answer.text)
    assert found is not None
    return unescape(found[1])


def come_back(browser: OfficeBrowser, code: str, state: str, more: str = "") -> Answer:
    return browser.get(f"/sign-in/return?code={code}&state={state}{more}", sec_fetch_site="cross-site")


def sign_in(office: OfficeServer, provider: Provider) -> tuple[OfficeBrowser, Answer]:
    browser = office.browser()
    return browser, come_back(browser, *provider.consent(sent_to(browser)))


def test_whom_the_provider_knows_comes_in(office: OfficeServer, provider: Provider) -> None:
    """By a page of ours that goes on, since a strict cookie is held back from what another site led to."""
    assert _TITLE in office.browser().get("/sign-in").text

    browser, answer = sign_in(office, provider)

    assert 200 == answer.status, answer.text
    assert 'content="0; url=/"' in answer.text
    assert [browser.site.cookie] == list(browser.cookies)
    assert "Ada" in browser.get("/practice").text
    assert "https://hotline.example.org/sign-in/return" == provider.tokens_asked[0]["redirect_uri"]


def test_stranger_of_the_company_has_no_account(office: OfficeServer, provider: Provider) -> None:
    provider.subject = "bob-1"

    browser, answer = sign_in(office, provider)

    assert 403 == answer.status
    assert "this office has no account for you" in unescape(answer.text)
    assert {} == browser.cookies


def test_disabled_account_stays_out(office: OfficeServer, provider: Provider) -> None:
    disable(office.settings(), "ada")

    _, answer = sign_in(office, provider)

    assert 403 == answer.status


def _without(name: str) -> Any:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def _with(**values: object) -> Any:
    return lambda claims: {**claims, **values}


BAD = {
    "another nonce": _with(nonce="another"),
    "no nonce": _without("nonce"),
    "another audience": _with(aud="another-client"),
    "ours among several audiences, without us as the party": _with(aud=["hotline-office", "another"]),
    "another party": _with(azp="another-client"),
    "no audience": _without("aud"),
    "ended": _with(exp=int(time.time()) - 3600),
    "no end": _without("exp"),
    "not yet": _with(nbf=int(time.time()) + 3600),
    "issued in the future": _with(iat=int(time.time()) + 3600),
    "a foreign issuer": _with(iss="https://evil.example"),
    "the issuer with a slash": lambda claims: {**claims, "iss": f"{claims['iss']}/"},
    "no issuer": _without("iss"),
    "nobody": _without("sub"),
    "an empty name": _with(sub=""),
    "a list of names": _with(sub=["ada-4711"]),
}


@pytest.mark.parametrize("name", BAD)
def test_token_that_is_not_beyond_doubt_opens_nothing(office: OfficeServer, provider: Provider, name: str) -> None:
    provider.change = BAD[name]

    browser, answer = sign_in(office, provider)

    assert 403 == answer.status
    assert browser.site.cookie not in browser.cookies


def test_token_that_another_key_signed_opens_nothing(office: OfficeServer, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})

    assert 403 == sign_in(office, provider)[1].status


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_token_that_nobodys_own_key_signed_opens_nothing(
    office: OfficeServer, provider: Provider, algorithm: str
) -> None:
    """Neither one that our secret signs, which whoever knows it could make, nor one that nothing signs."""
    provider.header = {"alg": algorithm, "kid": "1"}
    provider.signs_with = OctKey.import_key(CLIENT_SECRET * 2)  # type: ignore[assignment]

    assert 403 == sign_in(office, provider)[1].status


def test_provider_that_calls_itself_otherwise_is_not_asked(office: OfficeServer, provider: Provider) -> None:
    provider.says_issuer = "https://evil.example"

    answer = office.browser().post("/sign-in/elsewhere")

    assert 409 == answer.status
    assert "cannot be used" in answer.text


def test_provider_whose_addresses_are_in_the_clear_is_not_asked(office: OfficeServer, provider: Provider) -> None:
    provider.endpoint_scheme = "http+foreign"

    assert 409 == office.browser().post("/sign-in/elsewhere").status


def test_provider_whose_addresses_are_none_is_not_asked(office: OfficeServer, provider: Provider) -> None:
    provider.names_place = "https://[no-address"

    assert 409 == office.browser().post("/sign-in/elsewhere").status


def test_answer_of_another_issuer_is_refused(office: OfficeServer, provider: Provider) -> None:
    """As the provider says itself in the address (RFC 9207), before anything is asked of anybody."""
    browser = office.browser()
    code, state = provider.consent(sent_to(browser))

    assert 403 == come_back(browser, code, state, "&iss=https%3A%2F%2Fevil.example").status
    assert [] == provider.tokens_asked


def test_another_browser_cannot_bring_it_back(office: OfficeServer, provider: Provider) -> None:
    """A link with somebody's own code signs nobody else in under that name."""
    code, state = provider.consent(sent_to(office.browser()))
    other = office.browser()
    sent_to(other)

    for browser in (other, office.browser()):
        assert 403 == come_back(browser, code, state).status
    assert [] == provider.tokens_asked


def test_made_up_state_is_refused(office: OfficeServer, provider: Provider) -> None:
    browser = office.browser()
    code, _ = provider.consent(sent_to(browser))

    for state in ("", "guess", "x" * 5_000):
        assert 403 == come_back(browser, code, state).status
    assert [] == provider.tokens_asked


def test_it_is_brought_back_once(office: OfficeServer, provider: Provider) -> None:
    browser = office.browser()
    code, state = provider.consent(sent_to(browser))
    elsewhere = dict(browser.cookies)
    assert 200 == come_back(browser, code, state).status
    again = office.browser()
    again.cookies = elsewhere

    assert 403 == come_back(again, code, state).status


def test_it_is_brought_back_in_time(office: OfficeServer, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = office.browser()
    code, state = provider.consent(sent_to(browser))
    real = sessions.database_now
    monkeypatch.setattr(sessions, "database_now", lambda connection: real(connection) + 700)

    assert 403 == come_back(browser, code, state).status


def test_refusal_of_the_provider_is_told(office: OfficeServer, provider: Provider) -> None:
    browser = office.browser()
    _, state = provider.consent(sent_to(browser))

    answer = browser.get(f"/sign-in/return?error=access_denied&state={state}", sec_fetch_site="cross-site")

    assert 403 == answer.status


def test_provider_that_is_away_is_told(office: OfficeServer, provider: Provider) -> None:
    provider._server.shutdown()
    provider._server.server_close()

    answer = office.browser().post("/sign-in/elsewhere")

    assert 409 == answer.status
    assert "Traceback" not in answer.text


def test_nothing_secret_is_kept_or_told(
    office: OfficeServer, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the code, the token, the client's secret nor the state is in a log, in the audit or on a page."""
    caplog.set_level(logging.DEBUG)
    changes = [_with(), _with(nonce="another")]
    pages = []
    for change in changes:
        provider.change = change
        browser = office.browser()
        code, state = provider.consent(sent_to(browser))
        pages.append(come_back(browser, code, state).text)

    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("hotline_batch"))
    audit = str(who_did_what(office.settings(), 100))
    for secret in (CLIENT_SECRET, "an-access-token", code, state, "eyJ"):
        for place in (ours, audit, *pages):
            assert secret not in place


@pytest.mark.parametrize(("how", "subject"), [("provider", "carl-7"), ("password", "")])
def test_account_that_cannot_be_added_comes_back_as_it_was_typed(office: OfficeServer, how: str, subject: str) -> None:
    """How its owner signs in, and as whom; but for a password."""
    typed = {"name": "no name", "how": how, "subject": subject, "password": "short", "role": "look"}

    answer = office.signed_in("adam").post("/accounts", typed)

    tree = html.fromstring(answer.text)
    assert 400 == answer.status
    assert [how] == tree.xpath("//input[@name='how'][@checked]/@value")
    assert [subject] == tree.xpath("//input[@name='subject']/@value")
    assert [] == tree.xpath("//input[@name='password'][@value]")
