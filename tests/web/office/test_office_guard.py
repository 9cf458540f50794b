"""The guard of an office: nobody comes round the proxy, nobody without a sign-in, nobody further than their roles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hotline_batch.web.office.door import OfficeDoor
from tests.support.page.office_server import OfficeBrowser, OfficeServer
from tests.support.page.page_server import Answer


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A request of somebody who is signed in, that must be refused, and with which status."""

    name: str
    ask: Callable[[OfficeBrowser], Answer]
    status: int


FORBIDDEN = [
    Forbidden("the address of the server itself", lambda b: b.get("/", host=f"127.0.0.1:{b.site.port}"), 421),
    Forbidden("another host", lambda b: b.get("/", host="evil.example"), 421),
    Forbidden("the public host with a port", lambda b: b.get("/", host="hotline.example.org:8443"), 421),
    Forbidden("a longer host", lambda b: b.get("/", host="hotline.example.org.evil.example"), 421),
    Forbidden("over plain HTTP", lambda b: b.get("/", x_forwarded_proto="http"), 403),
    Forbidden("over TLS and plain HTTP", lambda b: b.get("/", x_forwarded_proto="https, http"), 403),
    Forbidden("a form from another site", lambda b: b.post("/practice", sec_fetch_site="cross-site"), 403),
    Forbidden("a form from a neighbouring host", lambda b: b.post("/practice", sec_fetch_site="same-site"), 403),
    Forbidden("a foreign origin", lambda b: b.post("/practice", origin="https://evil.example"), 403),
    Forbidden("our origin without TLS", lambda b: b.post("/practice", origin="http://hotline.example.org"), 403),
    Forbidden("neither origin nor site", lambda b: b.post("/practice", origin="", sec_fetch_site=""), 403),
    Forbidden("no cookie", lambda b: OfficeBrowser(b.site).get("/runs"), 303),
    Forbidden("no cookie, a form", lambda b: OfficeBrowser(b.site).post("/practice"), 403),
    Forbidden("no cookie, a part of a page", lambda b: OfficeBrowser(b.site).get("/", sec_fetch_mode="cors"), 403),
    Forbidden("a made-up cookie", lambda b: b.get("/runs", cookie=f"{b.site.cookie}=guess"), 303),
    Forbidden("a very long cookie", lambda b: b.get("/runs", cookie=f"{b.site.cookie}={'x' * 4000}"), 303),
    Forbidden("the cookie under another name", lambda b: b.get("/runs", cookie=f"hotline={_cookie(b)}"), 303),
    Forbidden("the key of one's own page", lambda b: OfficeBrowser(b.site).get("/open?key=x"), 303),
    Forbidden("signing in from another site", lambda b: b.post("/sign-in", sec_fetch_site="cross-site"), 403),
    Forbidden("ending the program", lambda b: b.post("/end"), 404),
    Forbidden("accounts", lambda b: b.get("/accounts"), 403),
    Forbidden("a new account", lambda b: b.post("/accounts", _NEW), 403),
    Forbidden("other roles for oneself", lambda b: b.post("/accounts/anna", _MORE_ROLES), 403),
    Forbidden("the password of another", lambda b: b.post("/accounts/adam", {"do": "password", "password": "x"}), 403),
    Forbidden("disabling another", lambda b: b.post("/accounts/adam", {"do": "disable"}), 403),
    Forbidden("who did what", lambda b: b.get("/audit"), 403),
    Forbidden("a form that is too large", lambda b: b.post("/practice", {"back": "x" * 3 * 1024**2}), 413),
]
_MORE_ROLES = {"do": "roles", "role": "administer"}
_NEW = {"name": "eve", "password": "four plain words here", "role": "administer"}


def _cookie(browser: OfficeBrowser) -> str:
    return browser.cookies[browser.site.cookie]


@pytest.mark.parametrize("forbidden", FORBIDDEN, ids=lambda forbidden: forbidden.name)
def test_forbidden_request_is_refused(office: OfficeServer, forbidden: Forbidden) -> None:
    """Anna may prepare and approve, and is refused here all the same; nothing is done."""
    browser = office.signed_in("anna")
    cookies = dict(browser.cookies)

    answer = forbidden.ask(browser)

    assert forbidden.status == answer.status, answer.text
    assert cookies == browser.cookies
    assert "set-cookie" not in answer.headers
    assert 303 == office.browser().sign_in("adam", "four plain words here").status
    assert 403 == office.browser().sign_in("eve", "four plain words here").status


def test_whoever_is_no_proxy_of_ours_is_refused(office: OfficeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What such a one says of itself, and of TLS, cannot be believed."""
    monkeypatch.setattr(OfficeDoor, "_is_trusted", lambda _door, _address: False)

    assert 403 == office.browser().get("/sign-in").status


def test_every_answer_carries_the_headers_of_the_guard(office: OfficeServer) -> None:
    for browser, path in ((office.browser(), "/sign-in"), (office.signed_in("anna"), "/")):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "no-store" == headers["cache-control"]
        assert "DENY" == headers["x-frame-options"]


def test_page_says_so_while_nobody_can_be_known(office: OfficeServer) -> None:
    """Settings that cannot be read, as while somebody edits them: a page that says it, and looks like one of ours."""
    browser = office.signed_in("anna")
    readable = office.config.read_text("utf-8")
    office.config.write_text("[office", "utf-8")

    refused = browser.get("/runs")
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', refused.text)

    assert 503 == refused.status
    assert "cannot let anybody in right now" in refused.text
    assert stylesheet is not None
    assert 200 == browser.get(stylesheet[1]).status
    office.config.write_text(readable, "utf-8")
    assert 200 == browser.get("/runs").status


def test_page_says_so_while_the_ledger_does_not_answer(office: OfficeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is signed in is not told to sign in."""
    browser = office.signed_in("anna")
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    answers = [browser.get("/runs"), browser.post("/practice", {"is_on": "yes"})]

    assert [503, 503] == [answer.status for answer in answers]
