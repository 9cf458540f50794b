"""The page in a browser: every screen fits every window, shuts nobody out, and says when nothing is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import admit
from tests.browser.lived_in import RUNS
from tests.browser.looks import barriers, cut_off
from tests.browser.page_program import PageProgram
from tests.browser.visitor import WINDOWS, Visitor
from tests.browser.walk import press


@pytest.fixture
def screens(lived_in_program: PageProgram) -> list[str]:
    """The address of every screen but those of a sheet, and of each kind of run."""
    return list(addresses(lived_in_program))


def addresses(program: PageProgram) -> Iterator[str]:
    yield from ("/", "/practice", "/runs", "/runs?needs=person", "/runs?words=nobody", "/templates", "/templates/new")
    yield from (
        "/templates/status_update",
        "/connections",
        "/help",
        "/help/reply_lost",
        "/help?words=phone",
        "/nowhere",
    )
    runs = [run["run"] for run in program.machine.runs()]
    yield from (f"/runs/{runs[at]}" for at in RUNS.values())
    messages = runs[RUNS["messages"]]
    yield f"/runs/{messages}/evidence"
    for status in ("sent", "failed", "unknown", "invalid", "skipped"):
        yield f"/runs/{messages}/rows?status={status}"
    for row in (2, 5, 22, 62):
        yield f"/runs/{messages}/rows/{row}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_shut_nobody_out(
    lived_in_program: PageProgram, visit: Callable[..., Visitor], screens: list[str], scheme: str
) -> None:
    """axe finds nothing on any screen, in no light."""
    page = admit(visit, lived_in_program, color_scheme=scheme).page

    found = {}
    for address in screens:
        page.goto(address)
        found[address] = barriers(page)

    assert {} == {address: barrier for address, barrier in found.items() if barrier}


@pytest.mark.parametrize("window", WINDOWS)
def test_screens_fit_every_window(
    lived_in_program: PageProgram, visit: Callable[..., Visitor], screens: list[str], window: str
) -> None:
    """A desk, a telephone, letters of twice the size: nothing is cut off."""
    page = admit(visit, lived_in_program, viewport=WINDOWS[window]).page

    found = {}
    for address in screens:
        page.goto(address)
        found[address] = cut_off(page)

    assert {} == {address: cut for address, cut in found.items() if cut}


def test_practice_is_said_on_every_page(admitted: Callable[..., Visitor]) -> None:
    """In colour and in words, once the switch is turned, and no longer once it is turned back."""
    page = admitted().page
    switch = page.get_by_role("switch", name="Practice")

    press(page, switch)
    said = {
        address: page.goto(address) and page.locator(".practice").inner_text() for address in ("/", "/runs", "/help")
    }
    assert [] == barriers(page)
    press(page, switch)

    assert all("nothing on this page is sent for real" in words for words in said.values())
    expect(page.locator(".practice")).to_have_count(0)


def test_a_stranger_is_shown_the_door_in_words(program: PageProgram, visit: Callable[..., Visitor]) -> None:
    """Who has no key reads what to do, and that page shuts nobody out either."""
    page = visit().page

    answer = page.goto(f"{program.origin}/")

    assert answer
    assert 403 == answer.status
    assert [] == barriers(page)
