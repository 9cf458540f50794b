"""The page of an office in a browser: its screens fit every window and shut nobody out; a message is approved there."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import WINDOWS, Visitor
from tests.browser.walk import press
from tests.support.page.office_server import PASSWORD, OfficeServer
from tests.support.service.hostile_server import HostileServer

SHEET = b"user_id,message\n1000001,One\n1000002,Two\n1000003,Three\n"


def signed_in(office: OfficeServer, visit: Callable[..., Visitor], name: str, **options: object) -> Page:
    """The first page of somebody who has just signed in."""
    page = visit(base_url=office.site.origin, **options).page
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, page.get_by_role("button", name="Sign in"))
    page.wait_for_url(f"{office.site.origin}/")
    return page


def asked_for_approval(office: OfficeServer, visit: Callable[..., Visitor]) -> Page:
    """Anna's page, after her button was pressed."""
    page = signed_in(office, visit, "anna")
    page.locator("input[type=file]").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": SHEET})
    press(page, page.get_by_role("button", name="Check the sheet"))
    assert [] == barriers(page)
    press(page, page.get_by_role("button", name="Ask for approval of 3 messages"))
    page.wait_for_url("**/runs/*")
    return page


def test_one_prepares_and_another_approves(
    office: OfficeServer, visit: Callable[..., Visitor], service: HostileServer
) -> None:
    """By mouse, from the upload to the messages; nothing leaves before the second person says so."""
    annas = asked_for_approval(office, visit)
    assert [] == service.applied

    bens = signed_in(office, visit, "ben")
    bens.goto(annas.url)
    bens.get_by_role("button", name="Approve 3 messages").click()
    bens.get_by_role("heading", name=re.compile("3 .*delivered$")).wait_for()
    bens.wait_for_load_state()

    assert 3 == len(service.applied)
    assert [] == barriers(bens)


def test_what_was_written_to_reject_it_approves_nothing(
    office: OfficeServer, visit: Callable[..., Visitor], service: HostileServer
) -> None:
    """Whoever has written what is to be changed, and presses the other button, is asked what is meant."""
    annas = asked_for_approval(office, visit)
    bens = signed_in(office, visit, "ben")
    bens.goto(annas.url)
    bens.get_by_label("What is to be changed").fill("Row 3 names another customer")

    bens.get_by_role("button", name="Approve 3 messages").click()

    expect(bens.get_by_role("alert").filter(has_text="Something is not kept yet")).to_be_focused()
    assert [] == service.applied
    bens.get_by_role("button", name="Go there").click()
    expect(bens.get_by_label("What is to be changed")).to_be_focused()
    press(bens, bens.get_by_role("button", name="Reject"))
    assert "Rejected by ben" in bens.locator("main").inner_text()
    assert [] == service.applied


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_of_an_office_shut_nobody_out_and_fit(
    office: OfficeServer, visit: Callable[..., Visitor], scheme: str
) -> None:
    """axe finds nothing, and nothing is cut off in any window."""
    run = asked_for_approval(office, visit).url.removeprefix(office.site.origin)
    stranger = visit(base_url=office.site.origin, color_scheme=scheme).page
    stranger.goto("/sign-in")
    of_whom = {
        "/sign-in": stranger,
        **dict.fromkeys(("/accounts", "/audit", "/account"), signed_in(office, visit, "adam", color_scheme=scheme)),
        **dict.fromkeys(("/", run), signed_in(office, visit, "ben", color_scheme=scheme)),
    }

    found = {}
    for address, page in of_whom.items():
        page.goto(address)
        found[address, "everywhere"] = barriers(page)
        for window, size in WINDOWS.items():
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            found[address, window] = cut_off(page)

    assert {} == {place: wrong for place, wrong in found.items() if wrong}
