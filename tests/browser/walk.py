"""The way from a sheet to its result, as a person goes it on the page; with and without JavaScript."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Locator, Page

TEXT = "Hallo {{ Vorname }} {{ Nachname }}, neuer Status: {{ Status }}."
PATIENCE_SECONDS = 180


def practise(page: Page) -> None:
    """Turn the switch; the same page comes again, and says so."""
    press(page, page.get_by_role("switch", name="Practice"))
    page.get_by_text("nothing on this page is sent for real").wait_for()


def hand_in(page: Page, sheet: Path) -> None:
    """Choose the file and have it checked."""
    page.get_by_label("The sheet").set_input_files(sheet)
    press(page, page.get_by_role("button", name="Check the sheet"))
    page.get_by_role("heading", name=sheet.name).wait_for()
    page.wait_for_load_state()


def answer(page: Page, words: str) -> None:
    """Press an answer, and wait for the page that knows it."""
    press(page, page.get_by_role("button", name=words))


def press(page: Page, place: Locator) -> None:
    """Click where another page comes, and wait until it is there: a click itself ends before, and what is asked then is
    answered by the page of before, or by none.
    """
    with page.expect_navigation():
        place.click()
    wait_until_read(page)


def wait_until_read(page: Page) -> None:
    """What takes a while says so meanwhile, on a page that goes on by itself."""
    page.locator("[data-goes-on]").wait_for(state="hidden", timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_load_state()


def write_text(page: Page, text: str = TEXT) -> None:
    """Give a text of one's own, with placeholders."""
    page.get_by_text("A text of your own").click()
    page.get_by_role("textbox", name="The text").fill(text)
    answer(page, "Use this text")


def send(page: Page, words: str) -> None:
    """Press the button with the count, and wait for the run."""
    press(page, page.get_by_role("button", name=words))
    page.wait_for_url("**/runs/*")


def wait_for_end(page: Page) -> str:
    """The first sentence of the run that has ended. Without JavaScript the page comes anew by itself as well."""
    page.locator("h1.verdict").wait_for(timeout=PATIENCE_SECONDS * 1000)
    page.wait_for_load_state()
    return page.locator("h1").inner_text()


def wait_until_sent(page: Page, count: int) -> None:
    """Wait until so many messages of the run are delivered, by what its page says."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        # At one look: in the next moment a run that has ended may show itself otherwise.
        shown = page.locator(".count-sent b").all_inner_texts()
        if shown and int(shown[0].replace(",", "")) >= count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{count} messages were not delivered: {page.locator('main').inner_text()}")


def download(page: Page, link: str, folder: Path) -> Path:
    """Click a link and keep the file that comes, under its own name."""
    with page.expect_download() as expected:
        page.get_by_role("link", name=link, exact=True).click()
    path = folder / expected.value.suggested_filename
    expected.value.save_as(path)
    return path
