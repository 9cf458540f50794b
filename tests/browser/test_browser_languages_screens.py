"""Every other screen in German, Russian and Spanish: what was done before, hours, an office, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import admit
from tests.browser.lived_in import NAMES, RUNS
from tests.browser.other_language import OtherLanguage
from tests.browser.page_program import PageProgram
from tests.browser.visitor import Visitor
from tests.browser.walk import press
from tests.support.page.office_server import PASSWORD, OfficeServer

LANGUAGES = ("de", "ru", "es")
OTHER_NAMES = frozenset({"Adam", "Anna", "Ben", "support_bot", "list.csv", "two.csv", "picture.xlsx"})


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest) -> OtherLanguage:
    """Of each language."""
    return OtherLanguage(request.param, NAMES | OTHER_NAMES)


def screens(program: PageProgram) -> Iterator[tuple[str, str]]:
    """Name and address of every screen of a machine on which people have worked."""
    runs = [run["run"] for run in program.machine.runs()]
    messages = f"/runs/{runs[RUNS['messages']]}"
    yield from (
        ("start", "/"),
        ("practice", "/practice"),
        ("runs", "/runs"),
        ("runs-person", "/runs?needs=person"),
        ("runs-nobody", "/runs?words=nobody"),
        ("templates", "/templates"),
        ("template-new", "/templates/new"),
        ("template", "/templates/status_update"),
        ("connections", "/connections"),
        ("help", "/help"),
        ("help-code", "/help/reply_lost"),
        ("help-phone", "/help?words=phone"),
        ("nowhere", "/nowhere"),
        ("no-run", "/runs/20200101-000000-aaaa"),
    )
    yield from ((f"run-{kind}", f"/runs/{runs[at]}") for kind, at in RUNS.items())
    yield "evidence", f"{messages}/evidence"
    yield "correct", f"{messages}/correct"
    yield from (
        (f"rows-{status}", f"{messages}/rows?status={status}")
        for status in ("sent", "failed", "unknown", "invalid", "skipped")
    )
    yield from ((f"row-{row}", f"{messages}/rows/{row}") for row in (2, 5, 22, 62, 63))


def test_every_screen_is_in_the_readers_language(
    lived_in_program: PageProgram, visit: Callable[..., Visitor], reader: OtherLanguage
) -> None:
    """With runs of every kind and ending; what nobody finds says so in the language, too."""
    page = admit(visit, lived_in_program, locale=reader.language).page

    found = []
    for name, address in screens(lived_in_program):
        page.goto(address)
        found += reader.look(page, name)

    assert [] == found, "\n".join(found)


def test_a_sheet_asks_and_answers_in_the_readers_language(
    admitted: Callable[..., Visitor], reader: OtherLanguage
) -> None:
    """A file that is none, look-ups, times that cannot be, hours and a trial."""
    page = admitted(locale=reader.language).page
    press(page, page.get_by_role("switch"))
    found = []

    hand_in(page, reader, "picture.xlsx", b"\x89PNG\r\n\x1a\n")
    found += reader.look(page, "wrong-file")
    hand_in(page, reader, "two.csv", b"user_id,Nr,message\n1000001,5,A\n1000002,6,B\n1000003,7,C\n")
    page.get_by_text(reader("Later, or within hours")).click()
    page.get_by_label(reader("Only from")).fill("09:00")
    press(page, page.get_by_role("button", name=reader("Keep these times")))
    found += reader.look(page, "no-times")
    page.get_by_label(reader("Only from")).fill("09:00")
    page.get_by_label(reader("until"), exact=True).fill("17:30")
    page.get_by_label(reader("On"), exact=True).select_option("mon-fri")
    press(page, page.get_by_role("button", name=reader("Keep these times")))
    page.get_by_text(reader("First a few rows, to see whether all is well")).click()
    found += reader.look(page, "times")
    page.goto("/")
    page.get_by_text(reader("Look topics up"), exact=True).click()
    hand_in(page, reader, "list.csv", b"topic_link\nhttps://t.me/c/2101424779/5343\n")
    found += reader.look(page, "look-up")

    assert [] == found, "\n".join(found)


def test_an_office_is_in_the_readers_language(
    office: OfficeServer, visit: Callable[..., Visitor], reader: OtherLanguage
) -> None:
    """Signing in, accounts, the audit; one asks for approval, and another approves or says no."""
    found = []
    stranger = visit(base_url=office.site.origin, locale=reader.language).page
    stranger.goto("/sign-in")
    found += reader.look(stranger, "sign-in")
    stranger.locator("[name=name]").fill("anna")
    stranger.locator("[name=password]").fill("wrong")
    press(stranger, stranger.get_by_role("button", name=reader("Sign in")))
    found += reader.look(stranger, "sign-in-refused")
    anna, adam, ben = (signed_in(office, visit, reader, name) for name in ("anna", "adam", "ben"))
    for name, page in (("accounts", adam), ("audit", adam), ("account", ben), ("connections", adam)):
        page.goto(f"/{name}")
        found += reader.look(page, f"office-{name}")
    hand_in(anna, reader, "list.csv", b"user_id,message\n1000001,A\n1000002,B\n1000003,C\n")
    found += reader.look(anna, "office-sheet")
    press(anna, anna.locator(".confirm .big-button"))
    anna.wait_for_url("**/runs/*")
    found += reader.look(anna, "office-asked")
    ben.goto("/")
    found += reader.look(ben, "office-start")
    ben.goto(anna.url)
    found += reader.look(ben, "office-to-approve")
    ben.locator("#why").fill("9.00")
    press(ben, ben.get_by_role("button", name=reader("Reject")))
    found += reader.look(ben, "office-rejected")
    ben.goto("/accounts")
    found += reader.look(ben, "office-not-allowed")

    assert [] == found, "\n".join(found)


def hand_in(page: Page, reader: OtherLanguage, name: str, content: bytes) -> None:
    """Have a sheet checked, and wait until it is."""
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    press(page, page.get_by_role("button", name=reader("Check the sheet")))


def signed_in(office: OfficeServer, visit: Callable[..., Visitor], reader: OtherLanguage, name: str) -> Page:
    """The first page of somebody who has just signed in."""
    page = visit(base_url=office.site.origin, locale=reader.language).page
    page.goto("/sign-in")
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    press(page, page.get_by_role("button", name=reader("Sign in")))
    page.wait_for_url(f"{office.site.origin}/")
    return page
