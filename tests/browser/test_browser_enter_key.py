"""Enter in a field or on a tick is no word about messages: what sends or settles is pressed itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor
from tests.browser.walk import hand_in, send, wait_for_end
from tests.support.processes.journey import Machine, people
from tests.support.service.hostile_server import HostileServer, named

SETTINGS = """
send_rate = "20/s"
default_connection = "shop"
[connections.shop]
instance = "{}"
api_key = "env:HOTLINE_API_KEY"
confirm = true
"""


@pytest.fixture
def service(machine: Machine) -> Iterator[HostileServer]:
    """The real thing, as far as the program knows; it keeps its own record of what arrived."""
    with HostileServer() as server:
        machine.toward(server)
        machine.folder.joinpath("hotline-batch.toml").write_text('send_rate = "20/s"\n')
        yield server


@pytest.fixture
def page(service: HostileServer, admitted: Callable[..., Visitor]) -> Page:
    """The first page, for real."""
    return admitted().page


def handed_in_by_enter(page: Page, tick: str, field: str, text: str) -> int:
    """Set a tick, fill in a field, and press Enter on both; how often a form was handed in by that.

    The browser decides that before it is done with the key, and is kept from leaving the page meanwhile.
    """
    page.evaluate(
        """() => {
            window.handedIn = 0;
            window.countIt = (event) => { window.handedIn += 1; event.preventDefault(); };
            addEventListener("submit", countIt);
        }"""
    )
    page.get_by_label(tick).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_label(field).fill(text)
    page.keyboard.press("Enter")
    return int(page.evaluate("() => { removeEventListener('submit', countIt); return handedIn; }"))


def test_enter_in_a_note_settles_nothing(machine: Machine, page: Page, service: HostileServer) -> None:
    """Whoever notes down something to look at later has said nothing of whether the messages arrived."""
    rows = people(4)
    for user, _ in rows[1:3]:
        service.fault_for(user, named("close_unanswered_applied"))
    hand_in(page, machine.write_sheet("people.csv", rows))
    send(page, "Send 4 messages")
    before = wait_for_end(page)

    assert 0 == handed_in_by_enter(page, "Both of them", "A note, for later", "ask Maria tomorrow")
    expect(page.get_by_label("Both of them")).to_be_checked()
    page.reload()
    assert before == page.locator("h1").inner_text() == "2 of 4 delivered, 2 need a look"


def test_enter_beside_the_button_sends_nothing(machine: Machine, page: Page, service: HostileServer) -> None:
    """Not on the tick that leaves faulty rows out, and not behind the name of a connection: neither is the trial of the
    first rows, whose button stands before the one that was meant.
    """
    machine.folder.joinpath("hotline-batch.toml").write_text(SETTINGS.format(service.credentials.instance))
    sheet = machine.write_sheet("people.csv", people(6))
    sheet.write_text(f"{sheet.read_text('utf-8')}nobody,Hello\n", "utf-8")
    hand_in(page, sheet)
    at = page.url

    assert 0 == handed_in_by_enter(page, "Leave the 1 faulty row out", "Type shop to send through it", "shop")
    assert at == page.url
    assert [] == service.applied
    send(page, "Send 6 messages")
    assert "6 of 7 delivered, 1 needs a look" == wait_for_end(page)
