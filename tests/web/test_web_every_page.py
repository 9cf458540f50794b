"""Whatever can be reached by links: no secret, no command, nothing inline, no page that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import html

import hotline_batch
from hotline_batch.cli.main import COMMANDS
from hotline_batch.web import site
from tests.support.ledgers.finished_runs import send_list
from tests.support.page.page_forms import hand_in
from tests.support.page.page_server import Answer, Browser
from tests.support.service.hostile_server import HostileServer

# A command, an option; names of settings are for whoever set the program up.
COMMAND_WORDS = re.compile(rf"hotline-batch (?:{'|'.join(COMMANDS)})\b|(?<![\w-])--[a-z]|\((?:{'|'.join(COMMANDS)})\)")
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?! src=)|javascript:", re.IGNORECASE)


@pytest.fixture
def pages(service: HostileServer, browser: Browser, fresh_machine: Path) -> dict[str, Answer]:
    """Every page that links lead to, from the first one on, with runs of every kind."""
    send_list(service, fresh_machine, {3: "close_unanswered_applied", 4: "blocked_by_user_403"})
    (fresh_machine / "topics.csv").write_text("topic_link\nhttps://t.me/c/2101424779/5343\n", "utf-8")
    hotline_batch.enrich_sheet("topics.csv", output="topics.results.csv", sandbox=True)
    found: dict[str, Answer] = {}
    waiting = ["/"]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = browser.get(address)
        if found[address].headers["content-type"].startswith("text/html") and "attachment" not in str(
            found[address].headers.get("content-disposition")
        ):
            links = html.fromstring(found[address].text).xpath("//a/@href | //link/@href | //script/@src | //img/@src")
            waiting += [link.partition("#")[0] for link in links if link.startswith("/")]
    return found


def own_pages(pages: dict[str, Answer]) -> dict[str, Answer]:
    """What is shown; the report, which brings its own policy along, is saved."""
    return {
        address: answer
        for address, answer in pages.items()
        if answer.headers["content-type"].startswith("text/html") and not address.endswith("/report.html")
    }


def test_every_link_leads_somewhere(pages: dict[str, Answer]) -> None:
    """And all screens are reached."""
    screens = ["/runs", "/templates", "/templates/status_update", "/connections", "/help", "/help/reply_lost"]

    assert {} == {address: answer.status for address, answer in pages.items() if answer.status != 200}
    assert set(screens) <= set(pages)
    assert any(re.fullmatch(r"/runs/[^/]+/rows/3", address) for address in pages)


def test_no_page_shows_a_secret(pages: dict[str, Answer], service: HostileServer, browser: Browser) -> None:
    """Neither keys of the service nor the cookie; no address holds one, and no file."""
    credentials = service.credentials
    secrets = [credentials.x_api_key, credentials.api_key, *browser.cookies.values()]

    for address, answer in pages.items():
        assert not any(secret in address for secret in secrets)
        assert not any(secret.encode() in answer.body for secret in secrets), address


def test_no_page_tells_anyone_to_type_a_command(pages: dict[str, Answer]) -> None:
    """Nor names an option."""
    for address, answer in own_pages(pages).items():
        words = html.fromstring(answer.text).text_content()
        assert not COMMAND_WORDS.search(words), (address, COMMAND_WORDS.search(words))


def test_report_of_the_page_speaks_as_the_page_does(pages: dict[str, Answer]) -> None:
    """It is passed on to people who have never seen a terminal."""
    reports = [
        html.fromstring(answer.text).find("body").text_content()
        for address, answer in pages.items()
        if address.endswith("/report.html")
    ]

    assert reports
    assert any("say what became of the rows in doubt" in words for words in reports)
    for words in reports:
        assert not COMMAND_WORDS.search(words), COMMAND_WORDS.search(words)
        assert not re.search(r"\b(?:resolve|retry|resume) \d{8}-", words)


def test_no_page_has_anything_inline(pages: dict[str, Answer]) -> None:
    """The policy would refuse it."""
    for address, answer in own_pages(pages).items():
        assert not INLINE.search(answer.text), (address, INLINE.search(answer.text))


def test_first_page_is_small(pages: dict[str, Answer]) -> None:
    """Ten kilobytes at most."""
    assert len(pages["/"].body) <= 10_000


def test_no_page_is_kept_by_the_browser(pages: dict[str, Answer]) -> None:
    """But what has an address of its own for every version."""
    kept = {address for address, answer in pages.items() if answer.headers["cache-control"] != "no-store"}

    assert {"page.css", "page.js", "icon.svg"} == {address.rpartition("/")[2] for address in kept}


@pytest.mark.parametrize("is_readable", [True, False])
def test_settings_are_read_once_for_a_page(
    service: HostileServer, browser: Browser, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch, is_readable: bool
) -> None:
    """Whatever asks for them meanwhile sees the same; what was changed since is seen by the next page."""
    sheet = hand_in(browser, "list.csv", b"user_id,message\n987654321,Hallo\n").address
    read: list[str] = []
    load = site.load_settings
    monkeypatch.setattr(site, "load_settings", lambda **named: read.append("read") or load(**named))
    addresses = ["/", "/runs", "/connections", "/templates", "/help"]
    if is_readable:
        addresses.append(sheet)
    else:
        (fresh_machine / "hotline-batch.toml").write_text("[", "utf-8")

    for address in addresses:
        read.clear()
        assert 200 == browser.get(address).status
        assert ["read"] == read, address
