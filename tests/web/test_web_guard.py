"""Nobody but this person's browser, on a page of its own, gets anything done or anything told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hotline_batch.application.drafts.upload import LARGEST_UPLOAD_BYTES
from hotline_batch.web.guard.local_door import BROWSER_SECONDS, KEY_SECONDS, OPEN, AccessKeys
from tests.support.page.page_server import Answer, Browser, PageServer


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A request that must be refused, and with which status."""

    name: str
    ask: Callable[[Browser], Answer]
    status: int


def _without_cookie(browser: Browser) -> Browser:
    return Browser(browser.site)


FORBIDDEN = [
    Forbidden("another host", lambda b: b.get("/", host=f"evil.example:{b.site.port}"), 421),
    Forbidden("localhost by name", lambda b: b.get("/", host=f"localhost:{b.site.port}"), 421),
    Forbidden("another port", lambda b: b.get("/", host="127.0.0.1:1"), 421),
    Forbidden("no port", lambda b: b.get("/", host="127.0.0.1"), 421),
    Forbidden("host with a dot behind", lambda b: b.get("/", host=f"127.0.0.1.:{b.site.port}"), 421),
    Forbidden(
        "a whole address that names another host", lambda b: b.get("/", host=f"{b.site.address}@evil.example"), 421
    ),
    Forbidden("no cookie", lambda b: _without_cookie(b).get("/"), 403),
    Forbidden("no cookie, a form", lambda b: _without_cookie(b).post("/practice"), 403),
    Forbidden("a made-up cookie", lambda b: b.get("/", cookie=f"{b.site.cookie}=guess"), 403),
    Forbidden(
        "the cookie of another ledger",
        lambda b: b.get("/", cookie=f"hotline_batch_x={next(iter(b.cookies.values()))}"),
        403,
    ),
    Forbidden("a form from another site", lambda b: b.post("/practice", sec_fetch_site="cross-site"), 403),
    Forbidden("a form from another port", lambda b: b.post("/practice", sec_fetch_site="same-site"), 403),
    Forbidden("a form from nowhere", lambda b: b.post("/practice", sec_fetch_site="none"), 403),
    Forbidden("a foreign origin", lambda b: b.post("/practice", origin="http://evil.example"), 403),
    Forbidden("no origin to speak of", lambda b: b.post("/practice", origin="null"), 403),
    Forbidden("our origin over TLS", lambda b: b.post("/practice", origin=f"https://{b.site.address}"), 403),
    Forbidden(
        "a foreign origin, old browser",
        lambda b: b.post("/practice", origin="http://127.0.0.1:1", sec_fetch_site=""),
        403,
    ),
    Forbidden("neither origin nor site", lambda b: b.post("/practice", origin="", sec_fetch_site=""), 403),
    Forbidden("a form to an address that is only read", lambda b: b.post("/"), 405),
    Forbidden("opening what only takes a form", lambda b: b.get("/end"), 405),
    Forbidden("another method", lambda b: b.request("DELETE", "/", headers={"sec-fetch-site": "same-origin"}), 405),
    Forbidden("a used key without a cookie", lambda b: _without_cookie(b).get(f"{OPEN}?key=used"), 403),
    Forbidden("no key", lambda b: _without_cookie(b).get(OPEN), 403),
    Forbidden("out of the folder of files", lambda b: b.get("/static/x/..%2f..%2fapp.py"), 404),
    Forbidden("a file of the package", lambda b: b.get("/static/x/app.py"), 404),
    Forbidden("a form that is too large", lambda b: b.post("/practice", {"back": "x" * 3 * 1024**2}), 413),
    Forbidden("a form whose size is no number", lambda b: b.post("/practice", content_length="-1"), 400),
]


@pytest.mark.parametrize("forbidden", FORBIDDEN, ids=lambda forbidden: forbidden.name)
def test_forbidden_request_is_refused(browser: Browser, forbidden: Forbidden) -> None:
    """With a page that tells nothing but that, and does nothing."""
    cookies = dict(browser.cookies)

    answer = forbidden.ask(browser)

    assert forbidden.status == answer.status
    assert cookies == browser.cookies


# ── the key and the cookie ───────────────────────────────────────────────────────────────────────────────────────────


def test_key_opens_the_page_once(served: PageServer) -> None:
    """What stands in the history of a browser, or was seen over a shoulder, opens nothing afterwards."""
    address = served.new_address().removeprefix(served.origin)
    first, second = Browser(served.site), Browser(served.site)

    opened, refused = first.get(address), second.get(address)

    assert (200, 403) == (opened.status, refused.status)
    assert "used already" in refused.text
    assert 200 == first.get("/").status
    assert 403 == second.get("/").status


def test_cookie_is_for_this_page_and_no_script(served: PageServer) -> None:
    """No script reads it, no other site has it sent; the key is not in it."""
    address = served.new_address()

    told = Browser(served.site).get(address.removeprefix(served.origin)).headers["set-cookie"]

    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in told.split(";")}
    assert address.partition("key=")[2] not in told


@pytest.mark.parametrize("other", ['sort={"by":"name"}', "a b=c", "[x]=1", "=", ";;", 'quoted="a; b"'])
def test_cookies_of_other_programs_keep_nobody_out(browser: Browser, other: str) -> None:
    """Browsers tell ports apart nowhere: what another program of this machine sets comes along, however odd it is."""
    name, value = next(iter(browser.cookies.items()))

    assert 200 == browser.get("/", cookie=f"{other}; {name}={value}").status


def test_known_browser_may_open_the_used_address_again(served: PageServer, browser: Browser) -> None:
    """After a reload, say: it goes on to the page."""
    answer = browser.get(f"{OPEN}?key=used")

    assert (303, "/") == (answer.status, answer.headers["location"])


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}])
def test_look_ahead_does_not_use_the_key_up(served: PageServer, headers: dict[str, str]) -> None:
    """Browsers fetch what is typed before it is asked for."""
    address = served.new_address().removeprefix(served.origin)

    Browser(served.site).request("GET", address, headers=headers)
    Browser(served.site).request("HEAD", address)

    assert 200 == Browser(served.site).get(address).status


def test_restart_logs_nobody_out(fresh_machine: Path) -> None:
    """The cookie holds, also where the port is another one; the disk has digests alone."""
    with PageServer(fresh_machine / "page") as server:
        cookies = server.browser().cookies

    with PageServer(fresh_machine / "page") as server:
        again = Browser(server.site, cookies)
        assert 200 == again.get("/").status

    kept = (fresh_machine / "page" / "access.json").read_text("utf-8")
    assert [] == [value for value in cookies.values() if value in kept]
    assert 0o600 == (fresh_machine / "page" / "access.json").stat().st_mode & 0o777


def test_key_and_cookie_end(tmp_path: Path) -> None:
    """A key after an hour, a browser a month after it was last seen."""
    now = 1_000_000.0
    keys = AccessKeys(tmp_path, lambda: now)
    late, cookie = keys.new_key(), keys.admit(keys.new_key())
    assert cookie

    now += KEY_SECONDS + 1
    assert keys.admit(late) is None
    now += BROWSER_SECONDS - KEY_SECONDS - 10
    assert keys.knows(cookie)
    now += BROWSER_SECONDS - 10
    assert keys.knows(cookie), "it was seen meanwhile"
    now += BROWSER_SECONDS + 1
    assert not keys.knows(cookie)


def test_damaged_file_admits_nobody(tmp_path: Path) -> None:
    """And is made anew."""
    keys = AccessKeys(tmp_path)
    cookie = keys.admit(keys.new_key())
    (tmp_path / "access.json").write_text("[1,", "utf-8")

    assert not keys.knows(str(cookie))
    assert keys.admit(keys.new_key())


# ── what is told and taken ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/practice", "/nothing", "/static/x/page.css", OPEN])
def test_every_answer_tells_the_browser_what_it_may_not_do(browser: Browser, path: str) -> None:
    """Nothing from elsewhere, nothing inline, in no frame, kept nowhere."""
    headers = browser.get(path).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert ("nosniff", "same-origin", "no-store") == (
        headers["x-content-type-options"],
        headers["referrer-policy"],
        headers["cache-control"],
    )
    assert "server" not in headers


def test_stylesheet_may_be_kept_under_an_address_of_its_own(browser: Browser) -> None:
    """A change of it has another address, so that nobody looks at an old one."""
    found = re.search(r"/static/[0-9a-f]+/page\.css", browser.get("/").text)
    assert found

    answer = Browser(browser.site).get(found[0])

    assert (200, "text/css; charset=utf-8") == (answer.status, answer.headers["content-type"])
    assert "immutable" in answer.headers["cache-control"]


def test_pages_have_nothing_inline(browser: Browser) -> None:
    """The policy would refuse it, and the page would be without it."""
    for path in ("/", "/practice", "/nothing"):
        text = browser.get(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)|javascript:", text)


def test_upload_has_a_bound_of_its_own(browser: Browser) -> None:
    """A hundred megabytes, whatever the browser says of the size; the rest of the page takes far less."""
    told = {"origin": browser.site.origin, "sec-fetch-site": "same-origin", "transfer-encoding": "chunked"}
    told["content-type"] = "multipart/form-data; boundary=mark"
    head = b'--mark\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    body = b"%x\r\n%s\r\n" % (len(head), head) + piece * (LARGEST_UPLOAD_BYTES // 0x100000 + 1) + b"0\r\n\r\n"

    answer = browser.request("POST", "/sheets", body, told)

    assert 413 == answer.status
    assert "100 MB" in answer.text


def test_page_goes_back_to_its_own_addresses_alone(browser: Browser) -> None:
    """Whatever a form says."""
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""):
        assert "/" == browser.post("/practice", {"is_on": "yes", "back": back}).headers["location"]
    assert "/runs?a=b" == browser.post("/practice", {"is_on": "yes", "back": "/runs?a=b"}).headers["location"]


@pytest.mark.parametrize("below", ["choices", "start", "again", "forget"])
def test_only_a_sheet_may_be_large(browser: Browser, below: str) -> None:
    """What is chosen about it takes far less."""
    told = {"origin": browser.site.origin, "sec-fetch-site": "same-origin"}

    answer = browser.request("POST", f"/sheets/20261126-120000-abcd1234/{below}", bytes(3 * 1024**2), told)

    assert 413 == answer.status
